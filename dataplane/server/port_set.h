#pragma once

#include "dataplane/dpdk/device.h"
#include "dataplane/dpdk/worker.h"
#include "dataplane/server/config.h"
#include "dataplane/server/host_device.h"
#include "dataplane/server/punt_port.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
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
    std::unique_ptr<dpdk::Device> device;
};

// The ports there are, by id and by name.
class PortSet {
public:
    // Attaches the device and opens the TAP. The worker does not know the port yet.
    Result<Port*> add(const PortSpec& spec, const dpdk::MbufPool& pool,
                      netlink::Requests& requests);
    // The worker must have forgotten the port. The TAP stays.
    void remove(PortId id) { ports_.at(id) = nullptr; }

    [[nodiscard]] Port* find(PortId id) const {
        return id < kMaxPorts ? ports_.at(id).get() : nullptr;
    }
    [[nodiscard]] Port* find(const std::string& name) const;
    [[nodiscard]] Port* find_tap(std::uint32_t ifindex) const;
    [[nodiscard]] Port* find_host_device(const std::string& name) const;
    [[nodiscard]] std::vector<Port*> all() const;
    // For the worker: all but `without`.
    [[nodiscard]] dpdk::WorkerPorts worker_ports(PortId without = kNoPort) const;

private:
    [[nodiscard]] PortId free_id();

    std::array<std::unique_ptr<Port>, kMaxPorts> ports_;
    PortId next_id_ = 0;
};

}  // namespace torii::dataplane
