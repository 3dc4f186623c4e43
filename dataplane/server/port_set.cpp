#include "dataplane/server/port_set.h"

#include <utility>

namespace torii::dataplane {

Result<Port*> PortSet::add(const PortSpec& spec, dpdk::MbufPool& pool,
                           netlink::Requests& requests) {
    const PortId id = free_id();
    if (id == kNoPort) return fail("port {}: there are {} already", spec.name, kMaxPorts);
    auto port = std::make_unique<Port>();
    port->spec = spec;
    port->id = id;
    if (const auto done = attach(*port, pool, requests); !done) return unexpected(done.error());
    if (const auto done = set_up_tap_({spec.name, port->mac, spec.mtu}, requests); !done) {
        return fail("port {}: {}", spec.name, done.error().message);
    }
    auto punt = PuntPort::open(spec.name);
    if (!punt) return fail("port {}: {}", spec.name, punt.error().message);
    port->punt = std::move(*punt);
    next_id_ = static_cast<PortId>((id + 1) % kMaxPorts);
    ports_.at(id) = std::move(port);
    return ports_.at(id).get();
}

Result<void> PortSet::attach(Port& port, dpdk::MbufPool& pool, netlink::Requests& requests) {
    const PortSpec& spec = port.spec;
    if (spec.is_vlan()) {
        const Port* parent = find(spec.device);
        if (parent == nullptr || !parent->device) {
            return fail("port {}: there is no port {} for its VLAN", spec.name, spec.device);
        }
        for (unsigned worker = 0; worker < workers_; ++worker) {
            port.vlan.push_back(std::make_unique<port::VlanPort>(
                port.id, spec.vlan, parent->device->of_worker(worker), pool));
        }
        port.mac = parent->mac;
        return {};
    }
    if (spec.on_kernel_interface()) {
        auto host_device = HostDevice::take(spec, requests);
        if (!host_device) return unexpected(host_device.error());
        port.host_device = std::move(*host_device);
    }
    auto device = dpdk::Device::attach(port.id, spec.address(workers_), pool, workers_, spec.rings);
    if (!device) return fail("port {}: {}", spec.name, device.error().message);
    port.device = std::move(*device);
    port.mac = port.device->mac();
    return {};
}

// Round robin: packets on their way for a port that has just gone must not go out of its successor.
PortId PortSet::free_id() {
    for (PortId step = 0; step < kMaxPorts; ++step) {
        const auto id = static_cast<PortId>((next_id_ + step) % kMaxPorts);
        if (!ports_.at(id)) return id;
    }
    return kNoPort;
}

Port* PortSet::find(const std::string& name) const {
    for (const auto& port : ports_) {
        if (port && port->spec.name == name) return port.get();
    }
    return nullptr;
}

Port* PortSet::find_tap(std::uint32_t ifindex) const {
    for (const auto& port : ports_) {
        if (port && port->punt->ifindex() == ifindex) return port.get();
    }
    return nullptr;
}

Port* PortSet::find_host_device(const std::string& name) const {
    for (const auto& port : ports_) {
        if (port && port->host_device && port->host_device->name() == name) return port.get();
    }
    return nullptr;
}

std::vector<Port*> PortSet::all() const {
    std::vector<Port*> all;
    for (const auto& port : ports_) {
        if (port) all.push_back(port.get());
    }
    return all;
}

std::vector<Port*> PortSet::vlans_of(const Port& port) const {
    std::vector<Port*> vlans = all();
    std::erase_if(vlans, [&port](const Port* one) {
        return !one->is_vlan() || one->spec.device != port.spec.name;
    });
    return vlans;
}

std::shared_ptr<const port::VlanSorter> PortSet::sorter_of(const Port& port, unsigned worker,
                                                           PortId without) const {
    std::shared_ptr<port::VlanSorter> sorter;
    for (const Port* vlan : vlans_of(port)) {
        if (vlan->id == without) continue;
        if (!sorter) sorter = std::make_shared<port::VlanSorter>();
        sorter->add(*vlan->vlan.at(worker));
    }
    return sorter;
}

dpdk::WorkerPorts PortSet::worker_ports(unsigned worker, PortId without) const {
    dpdk::WorkerPorts ports;
    ports.descriptors_suffice = true;
    for (const Port* port : all()) {
        if (port->id == without) continue;
        ports.ports.at(port->id) = port->of_worker(worker);
        if (port->is_vlan() || !port->device->is_received_by(worker)) continue;
        ports.present.push_back(port->id);
        ports.vlans.at(port->id) = sorter_of(*port, worker, without);
        const std::vector<int> descriptors = port->device->descriptors_of(worker);
        if (descriptors.empty()) ports.descriptors_suffice = false;
        ports.descriptors.insert(ports.descriptors.end(), descriptors.begin(), descriptors.end());
    }
    return ports;
}

}  // namespace torii::dataplane
