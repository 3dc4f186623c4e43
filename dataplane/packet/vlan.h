#pragma once

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/packet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

// Tags of IEEE 802.1Q (section 9.6): between the MAC addresses and the EtherType, which moves.
namespace torii::packet {

inline constexpr std::uint32_t kVlanTagSize = 4;
inline constexpr std::uint16_t kVlanIdMask = 0x0fff;
inline constexpr std::uint16_t kVlanIdMin = 1;  // 0 says nothing but a priority
inline constexpr std::uint16_t kVlanIdMax = 4094;

// Whether there is a tag with all of its octets.
[[nodiscard]] inline bool has_vlan_tag(const Packet& packet) {
    return packet.length >= kEthernetSize + kVlanTagSize && ether_type(packet.data) == kEtherVlan;
}

// Of a frame with a tag.
[[nodiscard]] inline std::uint16_t vlan_id(const std::uint8_t* frame) {
    return load16(frame + kEthernetSize) & kVlanIdMask;
}

// The frame begins later than before.
inline void take_vlan_tag_off(Packet& packet) {
    std::memmove(packet.data + kVlanTagSize, packet.data, 2 * sizeof(MacAddress::octets));
    packet.data += kVlanTagSize;
    packet.length -= kVlanTagSize;
}

// The frame begins earlier than before: there must be kVlanTagSize octets in front of it.
inline void put_vlan_tag_on(Packet& packet, std::uint16_t id) {
    packet.data -= kVlanTagSize;
    packet.length += kVlanTagSize;
    std::memmove(packet.data, packet.data + kVlanTagSize, 2 * sizeof(MacAddress::octets));
    store16(packet.data + kEthernetSize - 2, kEtherVlan);
    store16(packet.data + kEthernetSize, id);
}

}  // namespace torii::packet
