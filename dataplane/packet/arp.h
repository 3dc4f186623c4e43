#pragma once

#include "dataplane/packet/byte_order.h"
#include "dataplane/packet/ethernet.h"

#include <cstddef>
#include <cstdint>

namespace torii::packet {

inline constexpr std::size_t kArpSize = 28;
inline constexpr std::uint16_t kArpRequest = 1;
inline constexpr std::uint16_t kArpReply = 2;

// ARP for IPv4 over Ethernet (RFC 826). Addresses in host byte order.
struct ArpFields {
    std::uint16_t operation = kArpRequest;
    MacAddress sender_mac;
    std::uint32_t sender = 0;
    MacAddress target_mac;
    std::uint32_t target = 0;
};

inline void write_arp(std::uint8_t* at, const ArpFields& fields) {
    store16(at, 1);  // Ethernet
    store16(at + 2, kEtherIpv4);
    at[4] = 6;
    at[5] = 4;
    store16(at + 6, fields.operation);
    std::ranges::copy(fields.sender_mac.octets, at + 8);
    store32(at + 14, fields.sender);
    std::ranges::copy(fields.target_mac.octets, at + 18);
    store32(at + 24, fields.target);
}

}  // namespace torii::packet
