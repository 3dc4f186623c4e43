#include "dataplane/packet/tunnel.h"

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"

#include <algorithm>
#include <optional>

namespace torii::packet {
namespace {

constexpr unsigned kTunnelsMax = 4;
constexpr unsigned kTagsMax = 2;
constexpr std::uint16_t kEtherBridged = 0x6558;  // an Ethernet frame follows (RFC 7637, RFC 8926)
constexpr std::size_t kTagSize = 4;
constexpr std::size_t kVxlanSize = 8;
constexpr std::size_t kGeneveSize = 8;  // and options

std::optional<Bytes> after(Bytes octets, std::size_t header) {
    if (octets.size() < header) return std::nullopt;
    return octets.subspan(header);
}

// Without what follows the packet.
std::optional<Bytes> ipv4_packet(Bytes octets) {
    if (octets.size() < kIpv4Size) return std::nullopt;
    const Ipv4View ip(octets.data());
    const std::size_t header = ip.header_length();
    if (ip.version() != 4 || header < kIpv4Size || header > octets.size() ||
        ip.total_length() < header) {
        return std::nullopt;
    }
    return octets.first(std::min<std::size_t>(octets.size(), ip.total_length()));
}

std::optional<Bytes> ipv6_packet(Bytes octets) {
    if (octets.size() < kIpv6Size) return std::nullopt;
    const Ipv6View ip(octets.data());
    if (ip.version() != 6) return std::nullopt;
    return octets.first(std::min(octets.size(), kIpv6Size + ip.payload_length()));
}

std::optional<Bytes> of_type(std::uint16_t type, Bytes octets) {
    if (type == kEtherIpv4) return ipv4_packet(octets);
    return type == kEtherIpv6 ? ipv6_packet(octets) : std::nullopt;
}

std::optional<Bytes> in_frame(Bytes frame) {
    std::optional<Bytes> rest = after(frame, kEthernetSize);
    if (!rest) return std::nullopt;
    std::uint16_t type = load16(frame.data() + kEthernetSize - 2);
    for (unsigned tags = 0; type == kEtherVlan || type == kEtherProviderVlan; ++tags) {
        if (tags == kTagsMax || rest->size() < kTagSize) return std::nullopt;
        type = load16(rest->data() + 2);
        rest = rest->subspan(kTagSize);
    }
    return of_type(type, *rest);
}

std::optional<Bytes> of_type_or_bridged(std::uint16_t type, std::optional<Bytes> octets) {
    if (!octets) return std::nullopt;
    return type == kEtherBridged ? in_frame(*octets) : of_type(type, *octets);
}

// RFC 2784 section 2.1 and RFC 2890 section 2: checksum, key and sequence number, if there. Not
// version 1 (RFC 2637), nor what RFC 1701 had besides.
std::optional<Bytes> in_gre(Bytes octets) {
    if (octets.size() < 4) return std::nullopt;
    const unsigned flags = load16(octets.data());
    if ((flags & 0x4007U) != 0) return std::nullopt;
    std::size_t header = 4;
    for (const unsigned flag : {0x8000U, 0x2000U, 0x1000U}) header += (flags & flag) != 0 ? 4 : 0;
    return of_type_or_bridged(load16(octets.data() + 2), after(octets, header));
}

std::optional<Bytes> in_udp(Bytes octets) {
    if (octets.size() < kUdpSize) return std::nullopt;
    const std::uint16_t port = load16(octets.data() + 2);
    const Bytes data = octets.subspan(kUdpSize);
    if (port == kVxlanPort) {
        const std::optional<Bytes> frame = after(data, kVxlanSize);
        return frame ? in_frame(*frame) : std::nullopt;
    }
    if (port != kGenevePort || data.size() < kGeneveSize || data[0] >> 6U != 0) {
        return std::nullopt;
    }
    const std::size_t options = (data[0] & 0x3fU) * 4U;
    return of_type_or_bridged(load16(data.data() + 2), after(data, kGeneveSize + options));
}

std::optional<Bytes> in_payload(std::uint8_t protocol, Bytes octets) {
    switch (protocol) {
        case kProtocolIpv4: return ipv4_packet(octets);
        case kProtocolIpv6: return ipv6_packet(octets);
        case kProtocolGre: return in_gre(octets);
        case kProtocolUdp: return in_udp(octets);
        default: return std::nullopt;
    }
}

// A fragment has only a part of what it carries.
std::optional<Bytes> carried_by(Bytes packet) {
    const Ipv4View ip(packet.data());
    if (ip.version() == 4) {
        if (ip.is_fragment()) return std::nullopt;
        return in_payload(ip.protocol(), packet.subspan(ip.header_length()));
    }
    const UpperLayer upper = find_upper_layer(packet.data(), packet.size());
    if (!upper.complete || upper.fragment) return std::nullopt;
    return in_payload(upper.protocol, packet.subspan(upper.offset));
}

}  // namespace

Bytes find_innermost(Bytes packet) {
    for (unsigned tunnels = 0; tunnels < kTunnelsMax; ++tunnels) {
        const std::optional<Bytes> carried = carried_by(packet);
        if (!carried) break;
        packet = *carried;
    }
    return packet;
}

}  // namespace torii::packet
