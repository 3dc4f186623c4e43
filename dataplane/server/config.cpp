#include "dataplane/server/config.h"

#include "dataplane/packet/packet.h"

#include <algorithm>
#include <net/if.h>
#include <set>
#include <string_view>

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
            port.device = message.pci();
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
        case ipc::PortConfig::DEVICE_NOT_SET: return fail("port {}: no device given", port.name);
    }
    const bool names_interface = port.on_kernel_interface() || port.driver == Driver::tap;
    if (port.device.empty() || (names_interface && !is_interface_name(port.device))) {
        return fail("port {}: \"{}\" is no name of a device", port.name, port.device);
    }
    if (names_interface && port.device == port.name) {
        return fail("port {}: its device needs another name, because {} is the name of its TAP",
                    port.name, port.name);
    }
    const std::uint32_t mtu = message.mtu() == 0 ? kMtuDefault : message.mtu();
    if (mtu < kMtuMin || mtu > kMtuMax) {
        return fail("port {}: MTU {} is not in {} to {}", port.name, mtu, kMtuMin, kMtuMax);
    }
    port.mtu = static_cast<std::uint16_t>(mtu);
    return port;
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
    }
    return "";
}

dpdk::DeviceAddress PortSpec::address() const {
    switch (driver) {
        case Driver::pci: return {"pci", device, ""};
        // Past the queueing discipline, and so past the kernel's own packet sockets.
        case Driver::kernel:
            return {"vdev", "net_af_packet_" + name, "iface=" + device + ",qdisc_bypass=1"};
        case Driver::xdp: return {"vdev", "net_af_xdp_" + name, "iface=" + device};
        case Driver::tap: return {"vdev", "net_tap_" + name, "iface=" + device};
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
        if (!devices.insert(port->device).second) {
            return fail("port {}: another port has the device {} already", port->name,
                        port->device);
        }
        config.source_validation[port->name] = read_source_validation(one.source_validation());
        config.ports.push_back(std::move(*port));
    }
    if (config.ports.size() > kMaxPorts) {
        return fail("{} ports: there can be at most {}", config.ports.size(), kMaxPorts);
    }
    config.hashing = {fib::HashSeed::make(message.ecmp_seed()), read_hash_mode(message.ecmp_hash()),
                      message.ecmp_symmetric()};
    config.hash_seed = message.ecmp_seed();
    config.selection = message.ecmp_selection() == ipc::ECMP_SELECTION_THRESHOLD
                           ? fib::Selection::threshold
                           : fib::Selection::resilient;
    config.poll_always = message.idle() == ipc::IDLE_POLL;
    if (message.icmp_error_rate() != 0) config.icmp_errors_per_second = message.icmp_error_rate();
    config.start = {message.hugepage_memory_mib(), message.worker_lcores()};
    return config;
}

}  // namespace torii::dataplane
