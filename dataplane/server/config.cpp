#include "dataplane/server/config.h"

#include "dataplane/packet/packet.h"
#include "dataplane/packet/vlan.h"
#include "platform/base/pci_address.h"

#include <algorithm>
#include <net/if.h>
#include <set>
#include <string_view>
#include <utility>

namespace torii::dataplane {
namespace {

bool is_interface_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
           std::ranges::all_of(name, allowed);
}

Result<PortSpec> read_port(const ipc::PortConfig& message) {
    PortSpec port;
    port.name = message.name();
    if (!is_interface_name(port.name)) {
        return fail("port \"{}\": a name has 1 to {} letters, digits, dots, dashes and underscores",
                    port.name, IFNAMSIZ - 1);
    }
    switch (message.device_case()) {
        case ipc::PortConfig::kPci:
            port.driver = Driver::pci;
            port.device = full_pci_address(message.pci());
            break;
        case ipc::PortConfig::kKernel:
            port.driver = Driver::kernel;
            port.device = message.kernel();
            break;
        case ipc::PortConfig::kXdp:
            port.driver = Driver::xdp;
            port.device = message.xdp();
            break;
        case ipc::PortConfig::kVdev:
            port.driver = Driver::vdev;
            port.device = message.vdev();
            break;
        case ipc::PortConfig::kTap:
            port.driver = Driver::tap;
            port.device = message.tap();
            break;
        case ipc::PortConfig::kVlan:
            port.driver = Driver::vlan;
            port.device = message.vlan().parent();
            port.vlan = static_cast<std::uint16_t>(message.vlan().id());
            if (message.vlan().id() < packet::kVlanIdMin ||
                message.vlan().id() > packet::kVlanIdMax) {
                return fail("port {}: VLAN {} is not in {} to {}", port.name, message.vlan().id(),
                            packet::kVlanIdMin, packet::kVlanIdMax);
            }
            break;
        case ipc::PortConfig::DEVICE_NOT_SET: return fail("port {}: no device given", port.name);
    }
    port.rings = {static_cast<std::uint16_t>(message.rx_ring()),
                  static_cast<std::uint16_t>(message.tx_ring())};
    const bool names_interface =
        port.on_kernel_interface() || port.driver == Driver::tap || port.is_vlan();
    if (port.device.empty() || (names_interface && !is_interface_name(port.device))) {
        return fail("port {}: \"{}\" is no name of a device", port.name, port.device);
    }
    if (names_interface && port.device == port.name) {
        return fail("port {}: its device needs another name, because {} is the name of its TAP",
                    port.name, port.name);
    }
    if (port.is_vlan() && message.mtu() == 0) {
        port.mtu = 0;  // as its parent's
        return port;
    }
    const std::uint32_t mtu = message.mtu() == 0 ? kMtuDefault : message.mtu();
    if (mtu < kMtuMin || mtu > kMtuMax) {
        return fail("port {}: MTU {} is not in {} to {}", port.name, mtu, kMtuMin, kMtuMax);
    }
    port.mtu = static_cast<std::uint16_t>(mtu);
    return port;
}

// A VLAN is of another port, there once, and its packets fit that port.
Result<void> settle_vlans(std::vector<PortSpec>& ports) {
    std::set<std::pair<std::string, std::uint16_t>> taken;
    for (PortSpec& port : ports) {
        if (!port.is_vlan()) continue;
        const auto parent = std::ranges::find(ports, port.device, &PortSpec::name);
        if (parent == ports.end() || parent->is_vlan()) {
            return fail("port {}: there is no port {} for its VLAN", port.name, port.device);
        }
        if (!taken.emplace(port.device, port.vlan).second) {
            return fail("port {}: another one is VLAN {} of {} already", port.name, port.vlan,
                        port.device);
        }
        if (port.mtu == 0) port.mtu = parent->mtu;
        if (port.mtu > parent->mtu) {
            return fail("port {}: MTU {} is more than the {} of {}", port.name, port.mtu,
                        parent->mtu, parent->name);
        }
    }
    return {};
}

Result<void> read_policers(const ipc::DataplaneConfig& message,
                           std::array<pipeline::Allowance, pipeline::kPuntClassCount>& out) {
    for (const ipc::PuntPolicer& policer : message.punt_policers()) {
        const auto* const row = std::ranges::find(pipeline::kPuntClasses, policer.punt_class(),
                                                  &pipeline::PuntClassRow::name);
        // Those without an allowance of their own are errors that `forwarding icmp` limits.
        if (row == pipeline::kPuntClasses.end() || row->burst == 0) {
            return fail("punt policer {}: there is no such class", policer.punt_class());
        }
        pipeline::Allowance& allowance = out[static_cast<std::size_t>(row->punt_class)];
        if (policer.has_rate()) allowance.rate = policer.rate();
        if (policer.has_burst()) allowance.burst = policer.burst();
    }
    return {};
}

Result<fib::CountedRoutes> read_counted_routes(const ipc::RouteCounters& message) {
    fib::CountedRoutes counted;
    counted.maximum = message.maximum() == 0 ? kCountedRoutesDefault : message.maximum();
    if (counted.maximum > fib::kMaxCountedRoutes) {
        return fail("route counters: at most {} routes can be counted, not {}",
                    fib::kMaxCountedRoutes, counted.maximum);
    }
    for (const std::string& text : message.prefixes()) {
        const Result<Prefix> prefix = Prefix::parse(text);
        if (!prefix) return fail("route counters: {}", prefix.error().message);
        counted.prefixes.push_back(*prefix);
    }
    return counted;
}

pipeline::SourceValidation read_source_validation(ipc::SourceValidation mode) {
    switch (mode) {
        case ipc::SOURCE_VALIDATION_LOOSE: return pipeline::SourceValidation::loose;
        case ipc::SOURCE_VALIDATION_STRICT: return pipeline::SourceValidation::strict;
        default: return pipeline::SourceValidation::off;
    }
}

fib::HashMode read_hash_mode(ipc::EcmpHash mode) {
    switch (mode) {
        case ipc::ECMP_HASH_L3: return fib::HashMode::l3;
        case ipc::ECMP_HASH_INNER: return fib::HashMode::inner;
        default: return fib::HashMode::l4;
    }
}

}  // namespace

std::string_view driver_name(Driver driver) {
    switch (driver) {
        case Driver::pci: return "pci";
        case Driver::kernel: return "kernel";
        case Driver::xdp: return "xdp";
        case Driver::vdev: return "vdev";
        case Driver::tap: return "tap";
        case Driver::vlan: return "vlan";
    }
    return "";
}

dpdk::DeviceAddress PortSpec::address(unsigned workers) const {
    switch (driver) {
        case Driver::pci: return {"pci", device, ""};
        // Past the queueing discipline, and so past the kernel's own packet sockets. A socket for
        // each worker, over which the kernel spreads flows.
        case Driver::kernel:
            return {"vdev", "net_af_packet_" + name,
                    fmt::format("iface={},qdisc_bypass=1{}", device,
                                workers > 1 ? fmt::format(",qpairs={}", workers) : "")};
        case Driver::xdp: return {"vdev", "net_af_xdp_" + name, "iface=" + device};
        case Driver::tap: return {"vdev", "net_tap_" + name, "iface=" + device};
        case Driver::vlan:
        case Driver::vdev: break;
    }
    const std::size_t comma = device.find(',');
    return {"vdev", device.substr(0, comma),
            comma == std::string::npos ? "" : device.substr(comma + 1)};
}

Result<Config> read_config(const ipc::DataplaneConfig& message) {
    Config config;
    std::set<std::string> names;
    std::set<std::string> devices;
    for (const ipc::PortConfig& one : message.ports()) {
        Result<PortSpec> port = read_port(one);
        if (!port) return unexpected(port.error());
        if (!names.insert(port->name).second) return fail("port {} is there twice", port->name);
        if (!port->is_vlan() && !devices.insert(port->device).second) {
            return fail("port {}: another port has the device {} already", port->name,
                        port->device);
        }
        config.access_of_ports[port->name] = {one.acl_in(), one.acl_out()};
        config.unreachables[port->name] = {!one.no_unreachables_v4(), !one.no_unreachables_v6()};
        config.source_validation[port->name] = read_source_validation(one.source_validation());
        config.ports.push_back(std::move(*port));
    }
    if (const auto possible = settle_vlans(config.ports); !possible) {
        return unexpected(possible.error());
    }
    if (config.ports.size() > kMaxPorts) {
        return fail("{} ports: there can be at most {}", config.ports.size(), kMaxPorts);
    }
    Result<std::vector<AccessListSpec>> lists = read_access_lists(message);
    if (!lists) return unexpected(lists.error());
    config.access_lists = std::move(*lists);
    if (const auto read = read_policers(message, config.allowances); !read) {
        return unexpected(read.error());
    }
    config.hashing = {fib::HashSeed::make(message.ecmp_seed()), read_hash_mode(message.ecmp_hash()),
                      message.ecmp_symmetric()};
    config.hash_seed = message.ecmp_seed();
    config.selection = message.ecmp_selection() == ipc::ECMP_SELECTION_THRESHOLD
                           ? fib::Selection::threshold
                           : fib::Selection::resilient;
    Result<fib::CountedRoutes> counted = read_counted_routes(message.route_counters());
    if (!counted) return unexpected(counted.error());
    config.counted_routes = std::move(*counted);
    config.poll_always = message.idle() == ipc::IDLE_POLL;
    if (message.icmp_error_rate() != 0) config.icmp_errors_per_second = message.icmp_error_rate();
    if (message.has_hugepage_memory_mib()) {
        config.start.hugepage_memory_mib = message.hugepage_memory_mib();
    }
    config.start.worker_lcores = message.worker_lcores();
    if (message.has_main_lcore()) config.start.main_lcore = message.main_lcore();
    config.start.buffers = message.buffers();
    return config;
}

std::vector<std::string> differences(const StartSettings& one, const StartSettings& other) {
    std::vector<std::string> out;
    const auto compare = [&](const auto& left, const auto& right, const char* path) {
        if (left != right) out.emplace_back(path);
    };
    compare(one.main_lcore, other.main_lcore, "platform lcores main");
    compare(one.worker_lcores, other.worker_lcores, "platform lcores worker");
    compare(one.hugepage_memory_mib, other.hugepage_memory_mib, "platform hugepages memory");
    compare(one.buffers, other.buffers, "platform buffers count");
    return out;
}

}  // namespace torii::dataplane
