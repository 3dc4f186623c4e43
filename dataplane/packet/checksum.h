#pragma once

#include "dataplane/packet/byte_order.h"
#include "platform/base/byte_reader.h"

#include <cstddef>
#include <cstdint>

// The Internet checksum (RFC 1071): a one's complement sum, so that octets may be added up in any
// width and byte order and folded at the end.
namespace torii::packet {

// The folded sum, in memory byte order; 0xffff when it covers its own correct checksum.
[[nodiscard]] inline std::uint16_t fold_checksum(std::uint64_t sum) {
    sum = (sum & 0xffffffffU) + (sum >> 32U);
    sum = (sum & 0xffffffffU) + (sum >> 32U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(sum);
}

// Adds `bytes` to a sum; an odd octet at the end counts as padded with zero.
[[nodiscard]] std::uint64_t add_to_sum(std::uint64_t sum, Bytes bytes);

// The sum of the 20 octets of an IPv4 header without options.
[[nodiscard]] inline std::uint64_t sum20(const std::uint8_t* header) {
    std::uint64_t sum = 0;
    for (std::size_t offset = 0; offset < 20; offset += 4) sum += load32_raw(header + offset);
    return sum;
}

// The number to put into a checksum field that is zero meanwhile, or 0 over a correct one.
[[nodiscard]] std::uint16_t internet_checksum(Bytes bytes);

// The sum of the pseudo-header of TCP, UDP and ICMPv6 (RFC 793, RFC 8200 section 8.1). `addresses`
// is source and destination, 8 or 32 octets.
[[nodiscard]] std::uint64_t pseudo_header_sum(Bytes addresses, std::uint8_t protocol,
                                              std::uint32_t length);

// The checksum of an upper-layer message whose checksum field is zero meanwhile.
[[nodiscard]] std::uint16_t transport_checksum(Bytes addresses, std::uint8_t protocol,
                                               Bytes message);

// Completes the checksum of an unfragmented TCP or UDP packet that holds only the sum of its
// pseudo-header: what a veth peer with transmit offload leaves to a device that is not there. A
// complete checksum that looks the same is rewritten to itself, so no good packet changes. `packet`
// starts with the IPv4 or IPv6 header and holds all of the packet. Returns whether it was
// rewritten.
bool repair_transport_checksum(std::uint8_t* packet, std::size_t length);

}  // namespace torii::packet
