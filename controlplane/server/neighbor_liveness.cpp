#include "controlplane/server/neighbor_liveness.h"

#include "platform/base/log.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr Log kLog("neighbor");
// The kernel's own three attempts take three seconds. After ten minutes BGP has given up, too.
constexpr auto kAskInterval = std::chrono::seconds(4);
constexpr unsigned kAsksMax = 150;

}  // namespace

NeighborLiveness::NeighborLiveness(Scheduler& scheduler, LinkOperations& operations, Calls calls)
    : scheduler_(scheduler), operations_(operations), calls_(std::move(calls)) {}

void NeighborLiveness::begin_dump() {
    failed_.clear();
}

void NeighborLiveness::observe(const netlink::Neighbor& neighbor, bool removed) {
    if (!removed && neighbor.failed()) return failed(neighbor.link_index, neighbor.address);
    const auto found = failed_.find({neighbor.link_index, neighbor.address});
    if (found == failed_.end()) return;
    // The kernel forgets those that failed, and one that is being asked has not answered yet.
    if (removed ? found->second != 0 : !neighbor.usable()) return;
    failed_.erase(found);
    if (!removed) kLog.info("{} answers again", neighbor.address);
    calls_.changed();
}

void NeighborLiveness::failed(std::uint32_t link_index, const IpAddress& address) {
    const bool next_hop = calls_.is_next_hop(address);
    const unsigned asks = next_hop ? kAsksMax : 0;
    if (!failed_.try_emplace({link_index, address}, asks).second) return;
    if (!next_hop) return;
    kLog.info("{} does not answer", address);
    asking_ = scheduler_.after(kAskInterval, [this] { ask_again(); });
    calls_.changed();
}

std::set<IpAddress> NeighborLiveness::silent() const {
    std::set<IpAddress> addresses;
    for (const auto& [key, asks] : failed_) addresses.insert(key.second);
    return addresses;
}

void NeighborLiveness::ask_again() {
    bool any = false;
    const std::size_t before = failed_.size();
    for (auto entry = failed_.begin(); entry != failed_.end();) {
        const auto& [link_index, address] = entry->first;
        const bool asked = entry->second != 0;
        if (asked) {
            const auto done = operations_.probe_neighbor(link_index, address);
            if (!done) kLog.debug("{}: {}", address, done.error().message);
        }
        any = any || asked;
        entry = asked && --entry->second == 0 ? failed_.erase(entry) : std::next(entry);
    }
    if (any) asking_ = scheduler_.after(kAskInterval, [this] { ask_again(); });
    if (failed_.size() != before) calls_.changed();
}

}  // namespace torii::controlplane
