#pragma once

#include "dataplane/packet/checksum.h"
#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/icmp.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/packet.h"
#include "dataplane/packet/tcp_udp.h"
#include "platform/base/ip_address.h"
#include "platform/base/mac_address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

// Frames as a host on the link would send them.
namespace torii::test {

using Frame = std::vector<std::uint8_t>;

inline constexpr MacAddress kHostMac{{2, 0, 0, 0, 1, 2}};
inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// Our own MAC address of a port.
[[nodiscard]] inline MacAddress port_mac(PortId port) {
    return MacAddress{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(port + 1)}};
}
[[nodiscard]] inline IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}
[[nodiscard]] inline std::uint32_t number(const std::string& text) {
    return address(text).v4_number();
}

// What a frame of either family is made of; the payload is what follows the IP header.
struct Packing {
    std::string source;
    std::string destination;
    std::uint8_t protocol = packet::kProtocolUdp;
    std::uint8_t hops = 64;
    std::uint16_t fragment_word = 0;  // IPv4 only
    Frame options = {};               // IPv4 only; a multiple of 4 octets
    MacAddress to = port_mac(0);
    MacAddress from = kHostMac;
    Frame payload = {};
};

[[nodiscard]] Frame joined(const Frame& first, const Frame& second);
[[nodiscard]] Frame ethernet(const MacAddress& to, const MacAddress& from, std::uint16_t type,
                             const Frame& payload);
[[nodiscard]] Frame ipv4(const Packing& packing);
[[nodiscard]] Frame ipv6(const Packing& packing);
// Writes the header checksum anew after a test has changed the header.
void fix_ipv4_checksum(Frame& frame);

// Transport headers, all without a checksum.
[[nodiscard]] Frame udp(std::uint16_t source, std::uint16_t destination, std::size_t data = 12);
[[nodiscard]] Frame tcp(std::uint16_t source, std::uint16_t destination, std::size_t data = 0);
[[nodiscard]] Frame icmp(std::uint8_t type);
// An IPv6 fragment header (RFC 8200 section 4.5) and what follows it. `offset` in octets.
[[nodiscard]] Frame fragment_header(std::uint8_t next, std::uint16_t offset, bool more,
                                    const Frame& payload);

// The IP packet of a frame, and what tunnels put around it: payloads of IP.
[[nodiscard]] Frame ip_of(const Frame& frame);
[[nodiscard]] Frame gre(std::uint16_t flags, std::uint16_t type, const Frame& carried);
// Around an Ethernet frame.
[[nodiscard]] Frame vxlan(std::uint16_t source_port, const Frame& carried);
[[nodiscard]] Frame geneve(std::uint16_t source_port, std::size_t option_words, std::uint16_t type,
                           const Frame& carried);

}  // namespace torii::test
