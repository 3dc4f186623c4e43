#pragma once

#include "dataplane/dpdk/device.h"
#include "dataplane/dpdk/worker.h"
#include "dataplane/port/vlan_port.h"
#include "dataplane/server/config.h"
#include "dataplane/server/host_device.h"
#include "dataplane/server/punt_port.h"
#include "platform/linux/tap_setup.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torii::dataplane {

// A port with all that belongs to it; members end in the reverse order.
struct Port {
    PortSpec spec;
    PortId id = kNoPort;
    MacAddress mac;
    bool link_up = false;
    std::unique_ptr<PuntPort> punt;
    std::unique_ptr<HostDevice> host_device;  // drivers kernel and xdp
    std::unique_ptr<dpdk::Device> device;     // of a port of its own
    // Of a VLAN, whose parent has the device: for each worker.
    std::vector<std::unique_ptr<port::VlanPort>> vlan;

    [[nodiscard]] bool is_vlan() const { return !device; }
    [[nodiscard]] port::Port* of_worker(unsigned worker) const {
        return device ? &device->of_worker(worker) : vlan.at(worker).get();
    }
};

// Has a port's TAP made, or changed.
using SetUpTap = std::function<Result<void>(const PortTap& tap, netlink::Requests& requests)>;

// The ports there are, by id and by name.
class PortSet {
public:
    explicit PortSet(SetUpTap set_up_tap) : set_up_tap_(std::move(set_up_tap)) {}

    // Attaches the device and opens the TAP. The worker does not know the port yet. The parent of a
    // VLAN is there already.
    Result<Port*> add(const PortSpec& spec, dpdk::MbufPool& pool, netlink::Requests& requests);
    // Before the first port.
    void set_workers(unsigned workers) { workers_ = workers; }
    // The worker must have forgotten the port. The TAP stays.
    void remove(PortId id) { ports_.at(id) = nullptr; }

    [[nodiscard]] Port* find(PortId id) const {
        return id < kMaxPorts ? ports_.at(id).get() : nullptr;
    }
    [[nodiscard]] Port* find(const std::string& name) const;
    [[nodiscard]] Port* find_tap(std::uint32_t ifindex) const;
    [[nodiscard]] Port* find_host_device(const std::string& name) const;
    [[nodiscard]] std::vector<Port*> all() const;
    // Its VLANs.
    [[nodiscard]] std::vector<Port*> vlans_of(const Port& port) const;
    // For one worker: all but `without`.
    [[nodiscard]] dpdk::WorkerPorts worker_ports(unsigned worker, PortId without = kNoPort) const;

private:
    [[nodiscard]] PortId free_id();
    Result<void> attach(Port& port, dpdk::MbufPool& pool, netlink::Requests& requests);
    [[nodiscard]] std::shared_ptr<const port::VlanSorter> sorter_of(const Port& port,
                                                                    unsigned worker,
                                                                    PortId without) const;

    SetUpTap set_up_tap_;
    std::array<std::unique_ptr<Port>, kMaxPorts> ports_;
    PortId next_id_ = 0;
    unsigned workers_ = 1;
};

}  // namespace torii::dataplane
