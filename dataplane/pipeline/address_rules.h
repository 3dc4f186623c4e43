#pragma once

#include "dataplane/packet/byte_order.h"

#include <cstdint>

// What an address may be used for, whatever the routes say.
namespace torii::pipeline {

inline constexpr std::uint32_t kLimitedBroadcast = 0xffffffff;

[[nodiscard]] constexpr bool is_multicast_v4(std::uint32_t address) {
    return address >> 28U == 0xe;
}
// RFC 3927 section 2.7: never crosses a router.
[[nodiscard]] constexpr bool is_link_local_v4(std::uint32_t address) {
    return address >> 16U == 0xa9fe;
}
// 0.0.0.0/8, 127.0.0.0/8 and everything from 224.0.0.0 on: one host's address is none of these
// (RFC 1812 section 5.3.7, RFC 6890).
[[nodiscard]] constexpr bool is_no_host_v4(std::uint32_t address) {
    return address >> 24U == 0 || address >> 24U == 127 || address >> 28U >= 0xe;
}

[[nodiscard]] inline bool is_multicast_v6(const std::uint8_t* address) {
    return address[0] == 0xff;
}
// Reserved and interface-local scope do not come off a wire (RFC 4291 section 2.7).
[[nodiscard]] inline bool is_wire_multicast_v6(const std::uint8_t* address) {
    return (address[1] & 0x0fU) > 1;
}
[[nodiscard]] inline bool is_link_local_v6(const std::uint8_t* address) {
    return address[0] == 0xfe && (address[1] & 0xc0U) == 0x80;
}
[[nodiscard]] inline bool is_unspecified_v6(const std::uint8_t* address) {
    return (packet::load64_raw(address) | packet::load64_raw(address + 8)) == 0;
}
// ::, ::1 and ::ffff:0:0/96 (RFC 4291 section 2.5, RFC 4942 section 2.2): no host's on a wire.
[[nodiscard]] inline bool is_no_unicast_v6(const std::uint8_t* address) {
    if (packet::load64_raw(address) != 0) return false;
    const std::uint32_t third = packet::load32(address + 8);
    return third == 0xffff || (third == 0 && packet::load32(address + 12) <= 1);
}

}  // namespace torii::pipeline
