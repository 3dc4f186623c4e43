#pragma once

#include "dataplane/packet/packet.h"
#include "platform/base/clock.h"
#include "platform/base/ip_address.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace torii::pipeline {

// Packets that wait for the MAC address of a neighbor: a few for each, some for all, none for long.
// One thread uses it (the control thread); it owns the buffers in it.
class HoldQueue {
public:
    struct Limits {
        std::size_t per_neighbor = 8;
        std::size_t neighbors = 1024;
        Duration timeout = std::chrono::seconds(3);  // as long as three probes a second apart
    };
    struct Calls {
        // Ask for the neighbor. Called once, with the first packet that waits for it.
        std::function<void(PortId, const IpAddress&)> resolve;
        // Give the packet (its verdict is none again) back to its worker, who processes it anew.
        std::function<void(const packet::Packet&)> retry;
        // Release the buffer.
        std::function<void(const packet::Packet&)> discard;
    };

    HoldQueue(const Limits& limits, Calls calls);
    HoldQueue(const HoldQueue&) = delete;
    HoldQueue& operator=(const HoldQueue&) = delete;
    // Discards what still waits.
    ~HoldQueue();

    // Takes the packet. When the neighbor has its share already the oldest goes (RFC 1122 section
    // 2.3.2.2 keeps the latest); when too many neighbors are awaited, the packet itself.
    void hold(PortId port, const IpAddress& neighbor, packet::Packet packet, TimePoint now);
    // The neighbor is known: retries what waits for it, in order.
    void resolved(PortId port, const IpAddress& neighbor);
    // The neighbor does not answer: retries with kNeighborFailed, for the sender to be told.
    void failed(PortId port, const IpAddress& neighbor);
    // Fails the neighbors asked for longer than the timeout ago.
    void expire(TimePoint now);
    // The port is gone: discards what waits for its neighbors, and what came in on it.
    void remove_port(PortId port);

    // When expire() has something to do; nothing when it is empty.
    [[nodiscard]] std::optional<TimePoint> next_expiry() const;
    [[nodiscard]] std::size_t neighbors() const { return waiting_.size(); }
    [[nodiscard]] std::size_t packets() const { return packets_; }
    // Those that wait for one neighbor.
    [[nodiscard]] std::size_t packets(PortId port, const IpAddress& neighbor) const;
    // Packets given up for want of room: drop reason `hold_queue_full`.
    [[nodiscard]] std::uint64_t overflows() const { return overflows_; }

private:
    using Key = std::pair<PortId, IpAddress>;
    struct Waiting {
        TimePoint since;
        std::deque<packet::Packet> packets;
    };

    void retry(const Key& key, std::uint8_t flags);

    Limits limits_;
    Calls calls_;
    std::map<Key, Waiting> waiting_;
    std::size_t packets_ = 0;
    std::uint64_t overflows_ = 0;
};

}  // namespace torii::pipeline
