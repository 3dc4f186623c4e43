#include "mgmt/show/forwarding.h"
#include "mgmt/show/interface_state.h"
#include "mgmt/show/message_json.h"
#include "mgmt/show/text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace torii::show {
namespace {

namespace json = boost::json;

std::string address_of(const InterfaceState& both, int index) {
    if (both.config == nullptr || index >= both.config->addresses_size()) {
        return index == 0 ? "-" : "";
    }
    return both.config->addresses(index);
}

std::vector<std::string> row(const InterfaceState& both) {
    std::vector<std::string> cells{both.name, both.link(), address_of(both, 0)};
    if (both.port == nullptr) {
        cells.resize(10, "-");
        return cells;
    }
    for (const std::uint64_t value :
         {std::uint64_t{both.port->mtu()}, both.port->rx_packets(), both.port->tx_packets(),
          both.port->forwarded_packets(), both.port->punted_packets(),
          both.port->injected_packets(), both.port->rx_dropped() + both.port->tx_dropped()}) {
        cells.push_back(std::to_string(value));
    }
    return cells;
}

std::string_view source_validation(const ipc::PortStatus& port) {
    switch (port.source_validation()) {
        case ipc::SOURCE_VALIDATION_LOOSE: return "loose";
        case ipc::SOURCE_VALIDATION_STRICT: return "strict";
        default: return "off";
    }
}

std::string_view unreachables(const ipc::PortStatus& port) {
    if (port.no_unreachables_v4()) return port.no_unreachables_v6() ? "off" : "for IPv6 only";
    return port.no_unreachables_v6() ? "for IPv4 only" : "on";
}

std::string counters(const ipc::PortStatus& port) {
    std::string out;
    if (port.vlan() != 0) out = fmt::format("  VLAN {} of {}\n", port.vlan(), port.parent());
    return out + fmt::format(
                     "  MTU {}, MAC {}, driver {}, kernel index {}\n"
                     "  Source validation {}, ICMP unreachables {}\n"
                     "  Received     {} packets, {} bytes; {} dropped, {} errors\n"
                     "    forwarded  {} packets by the packet engine\n"
                     "    punted     {} packets to the kernel\n"
                     "  Transmitted  {} packets, {} bytes; {} dropped\n"
                     "    injected   {} packets from the kernel\n",
                     port.mtu(), octets_text(port.mac()), port.driver(), port.ifindex(),
                     source_validation(port), unreachables(port), port.rx_packets(),
                     port.rx_bytes(), port.rx_dropped(), port.rx_errors(), port.forwarded_packets(),
                     port.punted_packets(), port.tx_packets(), port.tx_bytes(), port.tx_dropped(),
                     port.injected_packets());
}

}  // namespace

std::string InterfaceState::link() const {
    if (config != nullptr && !config->enabled()) return "disabled";
    if (port != nullptr) return port->link_up() ? "up" : "down";
    return config->loopback() ? "up" : "absent";
}

std::vector<InterfaceState> interface_states(const ipc::PortStatusList& ports,
                                             const ipc::ControlplaneConfig& config) {
    std::vector<InterfaceState> out;
    for (const auto& interface : config.interfaces()) out.push_back({interface.name(), &interface});
    for (const auto& port : ports.ports()) {
        InterfaceState* found = nullptr;
        for (InterfaceState& both : out) {
            if (both.name == port.name()) found = &both;
        }
        if (found == nullptr) found = &out.emplace_back(InterfaceState{port.name()});
        found->port = &port;
    }
    return out;
}

std::string interfaces(const ipc::PortStatusList& ports, const ipc::ControlplaneConfig& config) {
    Table table({"Interface", "Link", "Address", "MTU", "Rx packets", "Tx packets", "Forwarded",
                 "Punted", "Injected", "Dropped"});
    for (const InterfaceState& both : interface_states(ports, config)) {
        table.add(row(both));
        for (int index = 1; !address_of(both, index).empty(); ++index) {
            table.add({"", "", address_of(both, index)});
        }
    }
    return table.empty() ? "No interface is configured.\n" : table.text();
}

std::string interfaces_brief(const ipc::PortStatusList& ports,
                             const ipc::ControlplaneConfig& config) {
    std::string out =
        "Interface       Status  VRF             Addresses\n"
        "---------       ------  ---             ---------\n";
    for (const InterfaceState& both : interface_states(ports, config)) {
        out += fmt::format("{:<16}{:<8}", both.name, both.link());
        const std::string first = address_of(both, 0);
        out += first == "-" ? "default\n" : fmt::format("{:<16}{}\n", "default", first);
        for (int index = 1; !address_of(both, index).empty(); ++index) {
            out += fmt::format("{:40}+ {}\n", "", address_of(both, index));
        }
    }
    return out;
}

std::string interfaces_counters(const ipc::PortStatusList& ports,
                                const ipc::ControlplaneConfig& config) {
    Table table({"Interface", "Rx packets", "Rx bytes", "Rx dropped", "Rx errors", "Tx packets",
                 "Tx bytes", "Tx dropped"});
    for (const InterfaceState& both : interface_states(ports, config)) {
        if (both.port == nullptr) continue;
        std::vector<std::string> cells{both.name};
        for (const std::uint64_t value :
             {both.port->rx_packets(), both.port->rx_bytes(), both.port->rx_dropped(),
              both.port->rx_errors(), both.port->tx_packets(), both.port->tx_bytes(),
              both.port->tx_dropped()}) {
            cells.push_back(std::to_string(value));
        }
        table.add(std::move(cells));
    }
    return table.empty() ? "The packet engine has no ports.\n" : table.text();
}

json::value interfaces_json(const ipc::PortStatusList& ports,
                            const ipc::ControlplaneConfig& config) {
    json::object out;
    for (const InterfaceState& both : interface_states(ports, config)) {
        json::object one{{"link", both.link()}};
        json::array addresses;
        if (both.config != nullptr) {
            one["description"] = both.config->description();
            for (const auto& address : both.config->addresses()) addresses.emplace_back(address);
        }
        one["addresses"] = std::move(addresses);
        if (both.port != nullptr) one["port"] = message_json(*both.port);
        out[both.name] = std::move(one);
    }
    return out;
}

std::string interface_detail(const ipc::PortStatusList& ports,
                             const ipc::ControlplaneConfig& config, const std::string& name) {
    for (const InterfaceState& both : interface_states(ports, config)) {
        if (both.name != name) continue;
        std::string out = fmt::format("Interface {} is {}\n", name, both.link());
        if (both.config != nullptr && !both.config->description().empty()) {
            out += fmt::format("  Description: {}\n", both.config->description());
        }
        for (int index = 0; both.config != nullptr && index < both.config->addresses_size();
             ++index) {
            out += fmt::format("  Address {}\n", both.config->addresses(index));
        }
        if (both.port != nullptr) out += counters(*both.port);
        return out;
    }
    return {};
}

}  // namespace torii::show
