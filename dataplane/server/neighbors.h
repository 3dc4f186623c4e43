#pragma once

#include "dataplane/fib/forwarding_table.h"
#include "dataplane/pipeline/hold_queue.h"
#include "dataplane/server/kernel_state.h"
#include "platform/base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::dataplane {

struct NeighborStatus {
    fib::AdjacencyStatus adjacency;
    std::string_view state;  // static, resolved, incomplete, failed
};

// From the kernel's neighbor table to adjacencies. The kernel speaks ARP and neighbor discovery; it
// is asked for every next hop that has no MAC address yet and every neighbor it doubts, because
// it sees none of the traffic that would make it ask by itself.
class Neighbors {
public:
    struct Calls {
        // The port of a TAP and the TAP of a port.
        std::function<std::optional<PortId>(std::uint32_t link_index)> port_of;
        std::function<std::optional<std::uint32_t>(PortId)> link_of;
        std::function<void(std::uint32_t link_index, const IpAddress&)> probe;
        std::function<void(const packet::Packet&)> retry;
        std::function<void(const packet::Packet&)> discard;
    };

    Neighbors(Scheduler& scheduler, fib::ForwardingTable& table, const KernelState& kernel,
              Calls calls);
    Neighbors(const Neighbors&) = delete;
    Neighbors& operator=(const Neighbors&) = delete;

    void on_neighbor(const netlink::Neighbor& neighbor, bool removed);
    // A packet whose next hop is unresolved, or whose destination on the link is.
    void hold(PortId port, const IpAddress& neighbor, const packet::Packet& packet);
    // Takes over what the kernel knows already.
    void add_port(PortId port, std::uint32_t link_index);
    void remove_port(PortId port);
    // Its link is down: nobody is reached by it until add_port().
    void forget(PortId port);
    // New next hops may have come: asks for them before the first packet does.
    void probe_unresolved();

    [[nodiscard]] std::vector<NeighborStatus> status() const;
    [[nodiscard]] const pipeline::HoldQueue& held() const { return hold_queue_; }

private:
    void learn(PortId port, const netlink::Neighbor& neighbor);
    void probe(PortId port, const IpAddress& address);
    void schedule_expiry();
    void schedule_probing();

    Scheduler& scheduler_;
    fib::ForwardingTable& table_;
    const KernelState& kernel_;
    Calls calls_;
    pipeline::HoldQueue hold_queue_;
    Timer expiry_;
    Timer probing_;
};

}  // namespace torii::dataplane
