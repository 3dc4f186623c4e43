#include "dataplane/pipeline/capture.h"

#include <algorithm>

namespace torii::pipeline {
namespace {

bool fits(CapturePoint point, const packet::Packet& packet) {
    switch (point) {
        case kCaptureDrop: return packet.verdict == packet::Verdict::drop;
        case kCapturePunt: return packet.verdict == packet::Verdict::punt;
        case kCaptureRx:
        case kCaptureTx: break;
    }
    return true;
}

}  // namespace

Capture::Capture(const PacketFilter& filter, std::uint8_t points, std::uint64_t count,
                 std::uint32_t snap_length, unsigned workers)
    : filter_(filter), points_(points), count_(count), snap_length_(snap_length) {
    for (unsigned worker = 0; worker < workers; ++worker) {
        rings_.push_back(std::make_unique<Ring>());
    }
}

void Capture::look_at(unsigned worker, CapturePoint point, PortId port,
                      std::span<const packet::Packet> packets) {
    if ((points_ & point) == 0) return;
    if (filter_.port != kNoPort && filter_.port != port) return;
    for (const packet::Packet& packet : packets) {
        if (!fits(point, packet) || !filter_.matches({packet.data, packet.length})) continue;
        copy(*rings_[worker], point, packet);
    }
}

void Capture::copy(Ring& ring, CapturePoint point, const packet::Packet& packet) {
    const std::size_t head = ring.head.load(std::memory_order_relaxed);
    if (head - ring.tail.load(std::memory_order_acquire) == kSlots) {
        lost_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    CapturedPacket& slot = ring.slots[head % kSlots];
    slot.time = std::chrono::system_clock::now();
    slot.point = point;
    slot.detail = packet.detail;
    slot.length = packet.length;
    slot.kept = static_cast<std::uint16_t>(
        std::min({packet.length, snap_length_, std::uint32_t{CapturedPacket::kOctetsMax}}));
    std::copy_n(packet.data, slot.kept, slot.octets.begin());
    ring.head.store(head + 1, std::memory_order_release);
}

void Capture::take_out(const std::function<void(const CapturedPacket&)>& write) {
    for (const auto& ring : rings_) {
        std::size_t tail = ring->tail.load(std::memory_order_relaxed);
        const std::size_t head = ring->head.load(std::memory_order_acquire);
        for (; tail != head && written_ < count_; ++tail, ++written_) {
            write(ring->slots[tail % kSlots]);
        }
        ring->tail.store(tail, std::memory_order_release);
    }
}

}  // namespace torii::pipeline
