#include "dataplane/pipeline/hold_queue.h"

#include <algorithm>
#include <vector>

namespace torii::pipeline {

HoldQueue::HoldQueue(const Limits& limits, Calls calls)
    : limits_(limits), calls_(std::move(calls)) {}

HoldQueue::~HoldQueue() {
    for (const auto& [key, waiting] : waiting_) {
        for (const packet::Packet& packet : waiting.packets) calls_.discard(packet);
    }
}

void HoldQueue::hold(PortId port, const IpAddress& neighbor, packet::Packet packet, TimePoint now) {
    const Key key{port, neighbor};
    auto position = waiting_.find(key);
    const bool first = position == waiting_.end();
    if (first && waiting_.size() >= limits_.neighbors) {
        ++overflows_;
        calls_.discard(packet);
        return;
    }
    if (first) position = waiting_.emplace(key, Waiting{now, {}}).first;
    std::deque<packet::Packet>& packets = position->second.packets;
    if (packets.size() >= limits_.per_neighbor) {
        ++overflows_;
        --packets_;
        calls_.discard(packets.front());
        packets.pop_front();
    }
    packet.verdict = packet::Verdict::none;
    packets.push_back(packet);
    ++packets_;
    if (first) calls_.resolve(port, neighbor);
}

void HoldQueue::resolved(PortId port, const IpAddress& neighbor) {
    retry({port, neighbor}, 0);
}

void HoldQueue::failed(PortId port, const IpAddress& neighbor) {
    retry({port, neighbor}, packet::kNeighborFailed);
}

void HoldQueue::retry(const Key& key, std::uint8_t flags) {
    auto node = waiting_.extract(key);
    if (node.empty()) return;
    packets_ -= node.mapped().packets.size();
    for (packet::Packet& packet : node.mapped().packets) {
        packet.flags |= flags;
        calls_.retry(packet);
    }
}

void HoldQueue::expire(TimePoint now) {
    std::vector<Key> expired;
    for (const auto& [key, waiting] : waiting_) {
        if (now - waiting.since >= limits_.timeout) expired.push_back(key);
    }
    for (const Key& key : expired) retry(key, packet::kNeighborFailed);
}

void HoldQueue::remove_port(PortId port) {
    for (auto position = waiting_.begin(); position != waiting_.end();) {
        std::deque<packet::Packet>& packets = position->second.packets;
        const bool its_neighbor = position->first.first == port;
        packets_ -= std::erase_if(packets, [&](const packet::Packet& packet) {
            if (!its_neighbor && packet.in_port != port) return false;
            calls_.discard(packet);
            return true;
        });
        position = packets.empty() ? waiting_.erase(position) : std::next(position);
    }
}

std::size_t HoldQueue::packets(PortId port, const IpAddress& neighbor) const {
    const auto found = waiting_.find({port, neighbor});
    return found == waiting_.end() ? 0 : found->second.packets.size();
}

std::optional<TimePoint> HoldQueue::next_expiry() const {
    if (waiting_.empty()) return std::nullopt;
    const auto oldest = std::ranges::min_element(
        waiting_, {}, [](const auto& entry) { return entry.second.since; });
    return oldest->second.since + limits_.timeout;
}

}  // namespace torii::pipeline
