#pragma once

#include "dataplane/packet/packet.h"
#include "platform/base/ip_address.h"
#include "platform/base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct rte_ring;

namespace torii::dpdk {

// A packet on its way between the worker and the control thread; the verdict says what is to be
// done: punt and hold from the worker, forward (send) and none (process again) to it.
struct Handover {
    packet::Packet packet;
    IpAddress neighbor;              // hold: whose MAC address is missing
    PortId neighbor_port = kNoPort;  // and on which port
};

// From one thread to one other.
class PacketRing {
public:
    static Result<PacketRing> create(const std::string& name, unsigned size);

    // False when it is full; the packet stays the caller's.
    [[nodiscard]] bool push(const Handover& handover);
    // How many were taken out into `handovers`.
    [[nodiscard]] std::size_t pop(std::span<Handover> handovers);
    [[nodiscard]] bool empty() const;

private:
    struct Free {
        void operator()(rte_ring* ring) const;
    };
    explicit PacketRing(rte_ring* ring) : ring_(ring) {}

    std::unique_ptr<rte_ring, Free> ring_;
};

}  // namespace torii::dpdk
