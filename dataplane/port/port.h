#pragma once

#include "dataplane/packet/packet.h"

#include <cstddef>
#include <span>

namespace torii::port {

// Where frames come in and go out, in bursts. Used by one thread.
class Port {
public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;

    // Fills the front of `burst` (all but verdict, detail and out_port) and says how many. The
    // buffers are the caller's from then on.
    virtual std::size_t receive(std::span<packet::Packet> burst) = 0;

    // Sends the front of `packets` and says how many: those buffers are the port's, the others
    // stay the caller's.
    virtual std::size_t transmit(std::span<const packet::Packet> packets) = 0;
};

// Where packet buffers come from and go back to. Safe from any thread of the packet engine.
class BufferPool {
public:
    BufferPool() = default;
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    virtual ~BufferPool() = default;

    // An empty packet: `data` and `buffer` are set, capacity() octets may be written. False when
    // there is no buffer left.
    [[nodiscard]] virtual bool allocate(packet::Packet& packet) = 0;
    [[nodiscard]] virtual std::size_t capacity() const = 0;
    virtual void release(std::span<const packet::Packet> packets) = 0;
    // The frame begins at `data` now, elsewhere in its buffer than before. There is room for a VLAN
    // tag in front of every frame that comes from a port or from allocate().
    virtual void begin_at(const packet::Packet& packet) = 0;
};

}  // namespace torii::port
