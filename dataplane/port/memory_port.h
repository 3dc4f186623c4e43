#pragma once

#include "dataplane/port/port.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace torii::port {

using Frame = std::vector<std::uint8_t>;

// Buffers on the heap, counted: a test ends with none in use.
class MemoryPool final : public BufferPool {
public:
    [[nodiscard]] bool allocate(packet::Packet& packet) override;
    [[nodiscard]] std::size_t capacity() const override { return 2048; }
    void release(std::span<const packet::Packet> packets) override;
    void begin_at(const packet::Packet&) override {}

    [[nodiscard]] std::size_t in_use() const { return in_use_; }
    // allocate() fails when this many are in use.
    void set_limit(std::size_t limit) { limit_ = limit; }

private:
    static constexpr std::size_t kHeadroom = 16;

    std::size_t in_use_ = 0;
    std::size_t limit_ = 4096;
};

// A port whose cable is the test.
class MemoryPort final : public Port {
public:
    MemoryPort(PortId id, MemoryPool& pool) : id_(id), pool_(pool) {}

    // Frames that receive() will give.
    void feed(Frame frame) { waiting_.push_back(std::move(frame)); }
    // What was sent since the last call.
    [[nodiscard]] std::vector<Frame> take_sent();
    // transmit() takes no more than this many at a time.
    void set_transmit_limit(std::size_t limit) { transmit_limit_ = limit; }

    std::size_t receive(std::span<packet::Packet> burst) override;
    std::size_t transmit(std::span<const packet::Packet> packets) override;

private:
    PortId id_;
    MemoryPool& pool_;
    std::deque<Frame> waiting_;
    std::vector<Frame> sent_;
    std::size_t transmit_limit_ = kBurst;
};

}  // namespace torii::port
