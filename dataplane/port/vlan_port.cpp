#include "dataplane/port/vlan_port.h"

#include <algorithm>
#include <cassert>

namespace torii::port {

std::size_t VlanPort::transmit(std::span<const packet::Packet> packets) {
    assert(packets.size() <= kBurst);
    std::array<packet::Packet, kBurst> tagged;
    for (std::size_t index = 0; index < packets.size(); ++index) {
        tagged[index] = packets[index];
        packet::put_vlan_tag_on(tagged[index], vlan_);
        pool_.begin_at(tagged[index]);
    }
    // Those that are sent belong to the parent: nothing may be read of them afterwards.
    const std::size_t sent = parent_.transmit(std::span(tagged).first(packets.size()));
    std::uint64_t octets = 0;
    for (const packet::Packet& packet : packets.first(sent)) octets += packet.length;
    counters_.tx_packets.fetch_add(sent, std::memory_order_relaxed);
    counters_.tx_bytes.fetch_add(octets, std::memory_order_relaxed);
    return sent;
}

void VlanPort::count_received(std::uint64_t packets, std::uint64_t octets) {
    counters_.rx_packets.fetch_add(packets, std::memory_order_relaxed);
    counters_.rx_bytes.fetch_add(octets, std::memory_order_relaxed);
}

// Atomic additions are dear: one for each run of packets of the same VLAN.
void VlanSorter::sort(std::span<packet::Packet> burst, BufferPool& pool) const {
    VlanPort* last = nullptr;
    std::uint64_t packets = 0;
    std::uint64_t octets = 0;
    const auto count = [&](VlanPort* port, std::uint32_t length) {
        if (port != last && last != nullptr) last->count_received(packets, octets);
        if (port != last) packets = octets = 0;
        last = port;
        ++packets;
        octets += length;
    };
    for (packet::Packet& packet : burst) {
        if ((packet.flags & packet::kSegmented) != 0 || !packet::has_vlan_tag(packet)) continue;
        const std::uint16_t id = packet::vlan_id(packet.data);
        VlanPort* const port = id <= packet::kVlanIdMax ? ports_[id] : nullptr;
        if (port == nullptr && id != 0) continue;
        packet::take_vlan_tag_off(packet);
        pool.begin_at(packet);
        if (port == nullptr) continue;
        packet.in_port = port->id();
        count(port, packet.length);
    }
    if (last != nullptr) last->count_received(packets, octets);
}

}  // namespace torii::port
