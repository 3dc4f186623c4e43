#pragma once

#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/packet_filter.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace torii::pipeline {

// Where packets are copied (bits).
enum CapturePoint : std::uint8_t {
    kCaptureRx = 1U << 0U,    // as they come in
    kCaptureTx = 1U << 1U,    // as they go out
    kCaptureDrop = 1U << 2U,  // with the reason
    kCapturePunt = 1U << 3U,  // with the class
};

struct CapturedPacket {
    static constexpr std::size_t kOctetsMax = 1984;  // every frame there can be fits

    std::chrono::system_clock::time_point time;
    std::uint8_t point = 0;    // one CapturePoint
    std::uint8_t detail = 0;   // drop: DropReason; punt: PuntClass
    std::uint16_t kept = 0;    // octets of it
    std::uint32_t length = 0;  // octets there were
    std::array<std::uint8_t, kOctetsMax> octets;
};

// Copies of packets on their way to a file: each worker has a ring, which it never waits for. What
// does not fit is counted.
class Capture {
public:
    Capture(const PacketFilter& filter, std::uint8_t points, std::uint64_t count,
            std::uint32_t snap_length, unsigned workers);

    // Worker: packets of one port at one point. Of `packets` those whose verdict fits the point.
    void look_at(unsigned worker, CapturePoint point, PortId port,
                 std::span<const packet::Packet> packets);

    // Control thread: takes out what there is, up to the wanted count in all.
    void take_out(const std::function<void(const CapturedPacket&)>& write);
    [[nodiscard]] bool complete() const { return written_ == count_; }
    [[nodiscard]] std::uint64_t wanted() const { return count_; }
    [[nodiscard]] std::uint64_t written() const { return written_; }
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t kSlots = 1024;  // a power of two

    struct Ring {
        std::vector<CapturedPacket> slots = std::vector<CapturedPacket>(kSlots);
        alignas(64) std::atomic<std::size_t> head{0};  // the worker's
        alignas(64) std::atomic<std::size_t> tail{0};  // the control thread's
    };
    void copy(Ring& ring, CapturePoint point, const packet::Packet& packet);

    PacketFilter filter_;
    std::uint8_t points_;
    std::uint64_t count_;
    std::uint32_t snap_length_;
    std::uint64_t written_ = 0;
    std::atomic<std::uint64_t> lost_{0};
    std::vector<std::unique_ptr<Ring>> rings_;  // by worker
};

}  // namespace torii::pipeline
