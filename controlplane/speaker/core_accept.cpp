// Whose connections are taken in, and how many of those that say nothing.
#include "controlplane/speaker/core.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::speaker {
namespace {

constexpr Log kLog("bgp");
// Connections at the same time, of all peers, that have not brought an acceptable OPEN. When there
// are as many, the oldest has to go for the next: a peer speaks at once, whoever else has come.
constexpr std::size_t kSilentMax = 256;

}  // namespace

bool Core::expects(const IpAddress& remote) {
    const bgp::PeerConfig* const wanted = config_of(remote);
    const bool room = records_.contains(remote) || wanted == nullptr || has_room(*range_of(remote));
    if (wanted != nullptr && wanted->enabled && room) return true;
    ++rejected_connections_;
    kLog.debug("connection from={} rejected", remote);
    return false;
}

void Core::incoming(std::unique_ptr<Connection> connection) {
    const IpAddress remote = connection->info().remote;
    const bgp::PeerConfig* const wanted = config_of(remote);
    // What it sends may be here already, from before the kernel was told to look at the hops.
    if (wanted == nullptr || connection->info().ttl < wanted->ttl_min) {
        ++rejected_connections_;
        kLog.debug("connection from={} ttl={} rejected", remote, connection->info().ttl);
        return;
    }
    make_room();
    if (!records_.contains(remote)) {
        const DynamicNeighbors& range = *range_of(remote);
        if (members(range) >= range.limit) evict_silent(&range);
        add_peer(dynamic_peer(range, remote));
    }
    records_.at(remote).neighbor->incoming(std::move(connection));
}

const bgp::PeerConfig* Core::config_of(const IpAddress& remote) const {
    if (const Neighbor* const neighbor = find(remote)) return &neighbor->config();
    const DynamicNeighbors* const range = range_of(remote);
    return range == nullptr ? nullptr : &range->peer;
}

bool Core::is_member(const Records::value_type& entry, const DynamicNeighbors& range) {
    const auto& [address, record] = entry;
    return record.neighbor->config().dynamic && range.prefix.contains(address) &&
           (!record.neighbor->gone() || record.held_down);
}

std::size_t Core::members(const DynamicNeighbors& range) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        records_, [&](const auto& entry) { return is_member(entry, range); }));
}

bool Core::has_room(const DynamicNeighbors& range) const {
    if (members(range) < range.limit) return true;
    return std::ranges::any_of(records_, [&](const auto& entry) {
        return is_member(entry, range) && entry.second.neighbor->only_silent();
    });
}

void Core::make_room() {
    std::size_t silent = 0;
    for (const auto& [address, record] : records_) silent += record.neighbor->silent();
    if (silent < kSilentMax / 2) crowd_told_ = false;
    if (silent < kSilentMax) return;
    // Once, not for each of a flood.
    if (!std::exchange(crowd_told_, true)) {
        kLog.warning("connections={} have not brought an OPEN: the oldest go for new ones", silent);
    }
    evict_silent(nullptr);
}

void Core::evict_silent(const DynamicNeighbors* range) {
    Neighbor* oldest = nullptr;
    for (const auto& entry : records_) {
        Neighbor& neighbor = *entry.second.neighbor;
        if (!neighbor.silent_since()) continue;
        if (range != nullptr && !(is_member(entry, *range) && neighbor.only_silent())) continue;
        if (oldest == nullptr || neighbor.silent_since() < oldest->silent_since()) {
            oldest = &neighbor;
        }
    }
    if (oldest == nullptr) return;
    rejected_connections_ += oldest->silent();
    oldest->reject_silent();
}

}  // namespace torii::speaker
