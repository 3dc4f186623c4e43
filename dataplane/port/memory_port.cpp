#include "dataplane/port/memory_port.h"

#include <algorithm>
#include <utility>

namespace torii::port {

bool MemoryPool::allocate(packet::Packet& packet) {
    if (in_use_ == limit_) return false;
    ++in_use_;
    packet = {};
    packet.buffer = new std::uint8_t[kHeadroom + capacity()];
    packet.data = static_cast<std::uint8_t*>(packet.buffer) + kHeadroom;
    return true;
}

void MemoryPool::release(std::span<const packet::Packet> packets) {
    for (const packet::Packet& packet : packets) delete[] static_cast<std::uint8_t*>(packet.buffer);
    in_use_ -= packets.size();
}

std::vector<Frame> MemoryPort::take_sent() {
    return std::exchange(sent_, {});
}

std::size_t MemoryPort::receive(std::span<packet::Packet> burst) {
    std::size_t count = 0;
    while (count < burst.size() && !waiting_.empty() && pool_.allocate(burst[count])) {
        const Frame frame = std::move(waiting_.front());
        waiting_.pop_front();
        packet::Packet& packet = burst[count++];
        packet.length = static_cast<std::uint32_t>(std::min(frame.size(), pool_.capacity()));
        std::copy_n(frame.begin(), packet.length, packet.data);
        packet.in_port = id_;
    }
    return count;
}

std::size_t MemoryPort::transmit(std::span<const packet::Packet> packets) {
    const auto taken = packets.first(std::min(packets.size(), transmit_limit_));
    for (const packet::Packet& packet : taken) {
        sent_.emplace_back(packet.data, packet.data + packet.length);
    }
    pool_.release(taken);
    return taken.size();
}

}  // namespace torii::port
