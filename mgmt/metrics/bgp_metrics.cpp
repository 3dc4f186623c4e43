#include "mgmt/metrics/metrics.h"

#include <initializer_list>

namespace torii::metrics {
namespace {

using ipc::BgpNeighborState;
using ipc::BgpPrefixCounts;

constexpr std::string_view kEstablished = "Established";

// A family with one sample a neighbor.
template <class Value>
void add_per_neighbor(Exposition& to, const ipc::BgpNeighbors& neighbors, std::string_view name,
                      Kind kind, std::string_view help, const Value& value) {
    to.family(name, kind, help);
    for (const BgpNeighborState& neighbor : neighbors.neighbors()) {
        to.sample({{"peer", neighbor.address()}, {"group", neighbor.peer_group()}},
                  value(neighbor));
    }
}

// A family with one sample a neighbor and address family.
template <class Value>
void add_per_table(Exposition& to, const ipc::BgpNeighbors& neighbors, std::string_view name,
                   std::string_view help, const Value& value) {
    to.family(name, Kind::gauge, help);
    for (const BgpNeighborState& neighbor : neighbors.neighbors()) {
        for (const BgpPrefixCounts& counts : neighbor.prefixes()) {
            const auto* family = counts.family() == ipc::IPV6_UNICAST ? "ipv6" : "ipv4";
            to.sample({{"peer", neighbor.address()},
                       {"group", neighbor.peer_group()},
                       {"family", family}},
                      value(counts));
        }
    }
}

void add_messages(Exposition& to, const ipc::BgpNeighbors& neighbors, std::string_view name,
                  std::string_view help,
                  const ipc::BgpMessageCounts& (BgpNeighborState::*direction)() const) {
    to.family(name, Kind::counter, help);
    for (const BgpNeighborState& neighbor : neighbors.neighbors()) {
        const ipc::BgpMessageCounts& counts = (neighbor.*direction)();
        const std::initializer_list<std::pair<std::string_view, std::uint64_t>> kinds{
            {"open", counts.opens()},
            {"update", counts.updates()},
            {"keepalive", counts.keepalives()},
            {"notification", counts.notifications()},
            {"route-refresh", counts.route_refreshes()}};
        for (const auto& [kind, count] : kinds) {
            to.sample({{"peer", neighbor.address()}, {"type", kind}}, count);
        }
    }
}

void add_sessions(Exposition& to, const ipc::BgpNeighbors& neighbors) {
    add_per_neighbor(
        to, neighbors, "torii_bgp_peer_up", Kind::gauge, "1 while the session is Established.",
        [](const BgpNeighborState& peer) { return peer.state() == kEstablished ? 1 : 0; });
    to.family("torii_bgp_peer_info", Kind::gauge, "Who the neighbor is; always 1.");
    for (const BgpNeighborState& neighbor : neighbors.neighbors()) {
        to.sample({{"peer", neighbor.address()},
                   {"group", neighbor.peer_group()},
                   {"remote_as", std::to_string(neighbor.remote_as())},
                   {"router_id", neighbor.remote_router_id()},
                   {"description", neighbor.description()}},
                  1);
    }
    add_per_neighbor(to, neighbors, "torii_bgp_peer_state_seconds", Kind::gauge,
                     "Seconds since the session came into its state.",
                     [](const BgpNeighborState& peer) { return peer.state_seconds(); });
    add_per_neighbor(to, neighbors, "torii_bgp_peer_established_total", Kind::counter,
                     "Times the session became Established.",
                     [](const BgpNeighborState& peer) { return peer.established_count(); });
    add_per_neighbor(to, neighbors, "torii_bgp_peer_dropped_total", Kind::counter,
                     "Times an Established session ended.",
                     [](const BgpNeighborState& peer) { return peer.dropped_count(); });
    add_per_neighbor(to, neighbors, "torii_bgp_peer_output_queue_messages", Kind::gauge,
                     "Messages that wait to be sent.",
                     [](const BgpNeighborState& peer) { return peer.output_queue(); });
}

}  // namespace

void add_bgp(Exposition& to, const Controlplane& controlplane) {
    const ipc::BgpNeighbors& neighbors = controlplane.neighbors;
    const ipc::ControlplaneStatus& status = controlplane.status;
    add_sessions(to, neighbors);
    add_messages(to, neighbors, "torii_bgp_peer_received_messages_total", "Messages received.",
                 &BgpNeighborState::received);
    add_messages(to, neighbors, "torii_bgp_peer_sent_messages_total", "Messages sent.",
                 &BgpNeighborState::sent);
    add_per_table(to, neighbors, "torii_bgp_peer_received_prefixes", "Paths in Adj-RIB-In.",
                  [](const BgpPrefixCounts& counts) { return counts.received(); });
    add_per_table(to, neighbors, "torii_bgp_peer_accepted_prefixes",
                  "Paths that the import policy took.",
                  [](const BgpPrefixCounts& counts) { return counts.accepted(); });
    add_per_table(to, neighbors, "torii_bgp_peer_advertised_prefixes", "Paths in Adj-RIB-Out.",
                  [](const BgpPrefixCounts& counts) { return counts.sent(); });
    add_per_table(to, neighbors, "torii_bgp_peer_stale",
                  "1 while routes are kept for a peer that is away (graceful restart).",
                  [](const BgpPrefixCounts& counts) { return counts.stale() ? 1 : 0; });
    to.single("torii_rib_bgp_routes", Kind::gauge, "Routes of BGP that are in use.",
              status.bgp_routes());
    to.single("torii_rib_kernel_bgp_routes", Kind::gauge, "Routes of BGP in the kernel.",
              status.kernel_bgp_routes());
    to.single("torii_rib_kernel_bgp_routes_limit", Kind::gauge,
              "Routes of BGP that the kernel may get.", status.kernel_bgp_limit());
    to.single("torii_fib_connected", Kind::gauge,
              "1 while the control plane is connected to the packet engine.",
              status.dataplane_connected() ? 1 : 0);
    to.single("torii_fib_updates_pending", Kind::gauge,
              "Updates of the forwarding table that the packet engine has not confirmed.",
              status.fib_version_sent() - status.fib_version_acknowledged());
}

}  // namespace torii::metrics
