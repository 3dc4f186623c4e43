#pragma once

#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/settings.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace torii::pipeline {

// The ICMP errors a router originates; each has its ICMPv4 and ICMPv6 form.
enum class IcmpErrorKind : std::uint8_t {
    time_exceeded,        // RFC 792 type 11 code 0; RFC 4443 type 3 code 0
    network_unreachable,  // type 3 code 0; type 1 code 0
    host_unreachable,     // type 3 code 1; type 1 code 3
    prohibited,           // type 3 code 13; type 1 code 1
    beyond_scope,         // IPv6 only: type 1 code 2
    packet_too_big,       // type 3 code 4 with the MTU (RFC 1191); type 2
    parameter_problem,    // IPv4 only: type 12 code 0 with the offset of the octet at fault
};

// RFC 792 type 3 and RFC 4443 type 1, without packet_too_big.
[[nodiscard]] constexpr bool is_unreachable(IcmpErrorKind kind) {
    return kind == IcmpErrorKind::network_unreachable || kind == IcmpErrorKind::host_unreachable ||
           kind == IcmpErrorKind::prohibited || kind == IcmpErrorKind::beyond_scope;
}

struct IcmpError {
    IcmpErrorKind kind = IcmpErrorKind::time_exceeded;
    std::uint16_t value = 0;  // the MTU or the offset
};

// The longest frame write_icmp_error makes: an IPv6 packet of 1280 octets (RFC 4443 section 2.4).
inline constexpr std::size_t kIcmpErrorFrameMax = 14 + 1280;

// Whether the packet may be answered at all (RFC 1812 section 4.3.2.7, RFC 4443 section 2.4): never
// an error, a later fragment, a broadcast or multicast, or a source that is no single host.
[[nodiscard]] bool may_answer(const packet::Packet& offending);

// Writes the whole Ethernet frame of the answer: to the station the packet came from, from an
// address of `port`, the port it came in on. Returns its length; 0 when the port has no address of
// the family or `out` is too small.
[[nodiscard]] std::size_t write_icmp_error(const packet::Packet& offending, const IcmpError& error,
                                           const PortSettings& port, std::span<std::uint8_t> out);

}  // namespace torii::pipeline
