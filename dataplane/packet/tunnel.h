#pragma once

#include "dataplane/packet/byte_order.h"
#include "dataplane/packet/ipv4.h"
#include "platform/base/byte_reader.h"

#include <cstdint>

namespace torii::packet {

// UDP ports that tunnels are sent to: RFC 7348 section 5, RFC 8926 section 3.3.
inline constexpr std::uint16_t kVxlanPort = 4789;
inline constexpr std::uint16_t kGenevePort = 6081;

// Whether find_innermost() needs to be asked: `transport` is the first four octets after the IP
// header and its options.
[[nodiscard]] inline bool may_carry_ip(std::uint8_t protocol, const std::uint8_t* transport) {
    if (protocol == kProtocolUdp) {
        const std::uint16_t destination = load16(transport + 2);
        return destination == kVxlanPort || destination == kGenevePort;
    }
    return protocol == kProtocolIpv4 || protocol == kProtocolIpv6 || protocol == kProtocolGre;
}

// The IP packet that a tunnel carries, as far as it is there: in IP (RFC 2003, 2473, 4213), GRE
// (RFC 2784, 2890), VXLAN or GENEVE, the last two and GRE also in an Ethernet frame with up to two
// VLAN tags. In a tunnel within a tunnel that of the innermost, up to a bound. What carries none,
// or none that can be read, is returned itself: `packet`, a valid IP packet without padding.
[[nodiscard]] Bytes find_innermost(Bytes packet);

}  // namespace torii::packet
