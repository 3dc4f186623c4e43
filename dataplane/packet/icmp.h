#pragma once

#include <cstddef>
#include <cstdint>

namespace torii::packet {

inline constexpr std::size_t kIcmpSize = 8;

// ICMP types (RFC 792).
enum IcmpType : std::uint8_t {
    kIcmpEchoReply = 0,
    kIcmpUnreachable = 3,
    kIcmpSourceQuench = 4,
    kIcmpRedirect = 5,
    kIcmpEchoRequest = 8,
    kIcmpTimeExceeded = 11,
    kIcmpParameterProblem = 12,
};

// ICMPv6 types (RFC 4443, RFC 4861). Those below 128 are errors.
enum Icmpv6Type : std::uint8_t {
    kIcmpv6Unreachable = 1,
    kIcmpv6PacketTooBig = 2,
    kIcmpv6TimeExceeded = 3,
    kIcmpv6ParameterProblem = 4,
    kIcmpv6EchoRequest = 128,
    kIcmpv6RouterSolicitation = 133,
    kIcmpv6Redirect = 137,
};

// Whether an ICMP message reports an error (RFC 1812 section 4.3.2.7 and RFC 1122 section 3.2.2).
[[nodiscard]] constexpr bool is_icmp_error(std::uint8_t type) {
    return type == kIcmpUnreachable || type == kIcmpSourceQuench || type == kIcmpRedirect ||
           type == kIcmpTimeExceeded || type == kIcmpParameterProblem;
}
[[nodiscard]] constexpr bool is_icmpv6_error(std::uint8_t type) {
    return type < 128 || type == kIcmpv6Redirect;
}
[[nodiscard]] constexpr bool is_neighbor_discovery(std::uint8_t type) {
    return type >= kIcmpv6RouterSolicitation && type <= kIcmpv6Redirect;
}

}  // namespace torii::packet
