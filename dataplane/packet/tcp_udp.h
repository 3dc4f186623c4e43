#pragma once

#include "dataplane/packet/ipv4.h"

#include <cstddef>
#include <cstdint>

namespace torii::packet {

inline constexpr std::size_t kTcpSize = 20;
inline constexpr std::size_t kTcpFlags = 13;  // where they are
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::size_t kUdpSize = 8;
inline constexpr std::uint16_t kBgpPort = 179;
inline constexpr std::uint16_t kSshPort = 22;
// RFC 5881 section 4 (single hop and echo), RFC 5883 section 5 (multihop).
inline constexpr std::uint16_t kBfdPort = 3784;
inline constexpr std::uint16_t kBfdEchoPort = 3785;
inline constexpr std::uint16_t kBfdMultihopPort = 4784;

// The protocols with source and destination port in their first four octets.
// `Protocol` is one or a vector of them.
template <class Protocol>
[[nodiscard, gnu::always_inline]] constexpr auto has_ports(const Protocol& protocol) {
    constexpr std::uint32_t kTcp = kProtocolTcp, kUdp = kProtocolUdp;
    constexpr std::uint32_t kSctp = kProtocolSctp, kUdpLite = kProtocolUdpLite;
    return (protocol == kTcp) | (protocol == kUdp) | (protocol == kSctp) | (protocol == kUdpLite);
}

inline void write_udp(std::uint8_t* header, std::uint16_t source, std::uint16_t destination,
                      std::uint16_t length, std::uint16_t checksum) {
    store16(header, source);
    store16(header + 2, destination);
    store16(header + 4, length);
    store16(header + 6, checksum);
}

}  // namespace torii::packet
