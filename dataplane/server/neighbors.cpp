#include "dataplane/server/neighbors.h"

#include <algorithm>
#include <utility>

namespace torii::dataplane {
namespace {

// A next hop that does not answer is asked again this often, so that it is known soon after it
// comes up. The kernel's own three attempts take three seconds.
constexpr auto kProbeInterval = std::chrono::seconds(4);

}  // namespace

Neighbors::Neighbors(Scheduler& scheduler, fib::ForwardingTable& table, const KernelState& kernel,
                     Calls calls)
    : scheduler_(scheduler),
      table_(table),
      kernel_(kernel),
      calls_(std::move(calls)),
      hold_queue_({}, {[this](PortId port, const IpAddress& address) { probe(port, address); },
                       calls_.retry, calls_.discard}) {
    schedule_probing();
}

void Neighbors::on_neighbor(const netlink::Neighbor& neighbor, bool removed) {
    const std::optional<PortId> port = calls_.port_of(neighbor.link_index);
    if (!port) return;
    if (!removed && neighbor.usable()) return learn(*port, neighbor);
    table_.remove_neighbor(*port, neighbor.address);
    if (removed || neighbor.failed()) hold_queue_.failed(*port, neighbor.address);
    schedule_expiry();
}

void Neighbors::learn(PortId port, const netlink::Neighbor& neighbor) {
    if (!neighbor.mac || neighbor.mac->is_zero() || neighbor.mac->is_group()) return;
    table_.set_neighbor(port, neighbor.address, *neighbor.mac);
    hold_queue_.resolved(port, neighbor.address);
    schedule_expiry();
    if (neighbor.stale()) calls_.probe(neighbor.link_index, neighbor.address);
}

void Neighbors::hold(PortId port, const IpAddress& neighbor, const packet::Packet& packet) {
    // It may have been learned while the packet was on its way here.
    const auto link_index = calls_.link_of(port);
    const netlink::Neighbor* known = link_index ? kernel_.neighbor(*link_index, neighbor) : nullptr;
    hold_queue_.hold(port, neighbor, packet, scheduler_.now());
    if (known != nullptr && known->usable() && known->mac) hold_queue_.resolved(port, neighbor);
    schedule_expiry();
}

void Neighbors::add_port(PortId port, std::uint32_t link_index) {
    for (const netlink::Neighbor& neighbor : kernel_.neighbors(link_index)) {
        if (neighbor.usable()) learn(port, neighbor);
    }
    probe_unresolved();
}

void Neighbors::remove_port(PortId port) {
    hold_queue_.remove_port(port);
    forget(port);
    schedule_expiry();
}

void Neighbors::forget(PortId port) {
    table_.retain_neighbors([port](PortId of, const IpAddress&) { return of != port; });
}

void Neighbors::probe_unresolved() {
    for (const fib::AdjacencyStatus& one : table_.adjacencies()) {
        if (!one.resolved) probe(one.port, one.address);
    }
}

void Neighbors::probe(PortId port, const IpAddress& address) {
    if (const auto link_index = calls_.link_of(port)) calls_.probe(*link_index, address);
}

void Neighbors::schedule_expiry() {
    const std::optional<TimePoint> next = hold_queue_.next_expiry();
    if (!next) return expiry_.reset();
    const Duration delay = std::max(Duration::zero(), *next - scheduler_.now());
    expiry_ = scheduler_.after(delay, [this] {
        hold_queue_.expire(scheduler_.now());
        schedule_expiry();
    });
}

void Neighbors::schedule_probing() {
    probing_ = scheduler_.after(kProbeInterval, [this] {
        probe_unresolved();
        schedule_probing();
    });
}

std::vector<NeighborStatus> Neighbors::status() const {
    std::vector<NeighborStatus> all;
    for (const fib::AdjacencyStatus& adjacency : table_.adjacencies()) {
        const auto link_index = calls_.link_of(adjacency.port);
        const netlink::Neighbor* known =
            link_index ? kernel_.neighbor(*link_index, adjacency.address) : nullptr;
        const bool failed = known != nullptr && known->failed();
        const bool fixed = known != nullptr && known->permanent();
        all.push_back({adjacency, adjacency.resolved ? fixed ? "static" : "resolved"
                                  : failed           ? "failed"
                                                     : "incomplete"});
    }
    return all;
}

}  // namespace torii::dataplane
