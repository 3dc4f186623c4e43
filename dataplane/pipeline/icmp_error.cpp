#include "dataplane/pipeline/icmp_error.h"

#include "dataplane/packet/checksum.h"
#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/icmp.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/pipeline/address_rules.h"

#include <algorithm>
#include <array>

namespace torii::pipeline {
namespace {

using packet::Ipv4View;
using packet::Ipv6View;
using packet::kEthernetSize;
using packet::kIcmpSize;
using packet::kIpv4Size;
using packet::kIpv6Size;
using packet::Packet;

constexpr std::size_t kErrorMaxV4 = 576;   // RFC 1812 section 4.3.2.3
constexpr std::size_t kErrorMaxV6 = 1280;  // RFC 4443 section 2.4 (c)
constexpr std::uint8_t kHopsOfErrors = 64;
constexpr std::uint8_t kInternetworkControl = 0xc0;  // RFC 1812 section 4.3.2.5
constexpr std::uint16_t kDontFragment = 0x4000;

struct TypeAndCode {
    std::uint8_t type;
    std::uint8_t code;
};

// By IcmpErrorKind.
constexpr std::array<TypeAndCode, 7> kErrorsV4{{
    {packet::kIcmpTimeExceeded, 0},
    {packet::kIcmpUnreachable, 0},
    {packet::kIcmpUnreachable, 1},
    {packet::kIcmpUnreachable, 13},
    {packet::kIcmpUnreachable, 13},  // beyond_scope: there is no such error
    {packet::kIcmpUnreachable, 4},
    {packet::kIcmpParameterProblem, 0},
}};
constexpr std::array<TypeAndCode, 7> kErrorsV6{{
    {packet::kIcmpv6TimeExceeded, 0},
    {packet::kIcmpv6Unreachable, 0},
    {packet::kIcmpv6Unreachable, 3},
    {packet::kIcmpv6Unreachable, 1},
    {packet::kIcmpv6Unreachable, 2},
    {packet::kIcmpv6PacketTooBig, 0},
    {packet::kIcmpv6ParameterProblem, 0},
}};

bool may_answer_v4(const std::uint8_t* header, std::size_t octets) {
    const Ipv4View ip(header);
    if (octets < kIpv4Size || ip.is_later_fragment()) return false;
    if (is_no_host_v4(ip.source()) || is_no_host_v4(ip.destination())) return false;
    if (ip.protocol() != packet::kProtocolIcmp) return true;
    return ip.header_length() < octets && !packet::is_icmp_error(header[ip.header_length()]);
}

bool may_answer_v6(const std::uint8_t* header, std::size_t octets) {
    if (octets < kIpv6Size) return false;
    const Ipv6View ip(header);
    if (is_multicast_v6(ip.source()) || is_no_unicast_v6(ip.source())) return false;
    if (is_multicast_v6(ip.destination())) return false;
    const packet::UpperLayer upper = packet::find_upper_layer(header, octets);
    // What cannot be read may be an error.
    if (!upper.complete || upper.later_fragment) return false;
    if (upper.protocol != packet::kProtocolIcmpv6) return true;
    return upper.offset < octets && !packet::is_icmpv6_error(header[upper.offset]);
}

// The address to answer from: of the subnet the packet came from if there is one, so that the
// sender knows it (RFC 1812 section 4.3.2.4); link-local only to a neighbor.
const IpAddress* answering_address(const PortSettings& port, const IpAddress& to) {
    const IpAddress* found = nullptr;
    for (const InterfaceAddress& own : port.addresses) {
        if (own.address.family() != to.family()) continue;
        if (own.network().contains(to)) return &own.address;
        const bool better =
            found == nullptr || (found->is_link_local() && !own.address.is_link_local());
        if (better) found = &own.address;
    }
    return found;
}

IpAddress source_v6(const std::uint8_t* header) {
    std::array<std::uint8_t, 16> octets{};
    std::copy_n(Ipv6View(header).source(), octets.size(), octets.begin());
    return IpAddress::v6(octets);
}

// The ICMP header but for its checksum, and the start of the packet after it.
void write_message(std::uint8_t* message, TypeAndCode what, std::uint32_t rest, Bytes quote) {
    message[0] = what.type;
    message[1] = what.code;
    packet::store16(message + 2, 0);
    packet::store32(message + 4, rest);
    std::ranges::copy(quote, message + kIcmpSize);
}

std::size_t write_v4(Bytes offending, const IcmpError& error, const PortSettings& port,
                     std::uint8_t* out) {
    const Ipv4View ip(offending.data());
    const IpAddress* from = answering_address(port, IpAddress::v4(ip.source()));
    if (from == nullptr) return 0;
    const Bytes quote = offending.first(std::min<std::size_t>(
        {offending.size(), ip.total_length(), kErrorMaxV4 - kIpv4Size - kIcmpSize}));
    const std::size_t length = kIpv4Size + kIcmpSize + quote.size();
    packet::Ipv4Fields fields;
    fields.total_length = static_cast<std::uint16_t>(length);
    fields.fragment_word = kDontFragment;
    fields.type_of_service = kInternetworkControl;
    fields.ttl = kHopsOfErrors;
    fields.protocol = packet::kProtocolIcmp;
    fields.source = from->v4_number();
    fields.destination = ip.source();
    packet::write_ipv4(out, fields);
    std::uint8_t* message = out + kIpv4Size;
    // RFC 792: the pointer is the first octet, the MTU (RFC 1191) the last two.
    const bool pointer = error.kind == IcmpErrorKind::parameter_problem;
    const std::uint32_t rest = pointer ? std::uint32_t{error.value} << 24U : error.value;
    write_message(message, kErrorsV4[static_cast<std::size_t>(error.kind)], rest, quote);
    packet::store16(message + 2,
                    packet::internet_checksum(Bytes(message, kIcmpSize + quote.size())));
    return length;
}

std::size_t write_v6(Bytes offending, const IcmpError& error, const PortSettings& port,
                     std::uint8_t* out) {
    const Ipv6View ip(offending.data());
    const IpAddress to = source_v6(offending.data());
    const IpAddress* from = answering_address(port, to);
    if (from == nullptr) return 0;
    const Bytes quote = offending.first(std::min<std::size_t>(
        {offending.size(), kIpv6Size + ip.payload_length(), kErrorMaxV6 - kIpv6Size - kIcmpSize}));
    const std::size_t payload = kIcmpSize + quote.size();
    packet::Ipv6Fields fields;
    fields.payload_length = static_cast<std::uint16_t>(payload);
    fields.next_header = packet::kProtocolIcmpv6;
    fields.hop_limit = kHopsOfErrors;
    fields.source = from->octets();
    fields.destination = to.octets();
    packet::write_ipv6(out, fields);
    std::uint8_t* message = out + kIpv6Size;
    write_message(message, kErrorsV6[static_cast<std::size_t>(error.kind)], error.value, quote);
    packet::store16(message + 2,
                    packet::transport_checksum(Bytes(out + 8, 32), packet::kProtocolIcmpv6,
                                               Bytes(message, payload)));
    return kIpv6Size + payload;
}

}  // namespace

bool may_answer(const Packet& offending) {
    if (offending.l3_offset < kEthernetSize || offending.length <= offending.l3_offset)
        return false;
    if (packet::destination_mac(offending.data).is_group() ||
        packet::source_mac(offending.data).is_group()) {
        return false;
    }
    const std::uint8_t* header = offending.data + offending.l3_offset;
    const std::size_t octets = offending.length - offending.l3_offset;
    switch (header[0] >> 4U) {
        case 4: return may_answer_v4(header, octets);
        case 6: return may_answer_v6(header, octets);
        default: return false;
    }
}

std::size_t write_icmp_error(const Packet& offending, const IcmpError& error,
                             const PortSettings& port, std::span<std::uint8_t> out) {
    if (out.size() < kIcmpErrorFrameMax) return 0;
    const Bytes packet(offending.data + offending.l3_offset,
                       offending.length - offending.l3_offset);
    const bool is_v4 = packet[0] >> 4U == 4;
    std::uint8_t* ip = out.data() + kEthernetSize;
    const std::size_t length =
        is_v4 ? write_v4(packet, error, port, ip) : write_v6(packet, error, port, ip);
    if (length == 0) return 0;
    packet::write_ethernet(out.data(), packet::source_mac(offending.data), port.mac,
                           is_v4 ? packet::kEtherIpv4 : packet::kEtherIpv6);
    return kEthernetSize + length;
}

}  // namespace torii::pipeline
