#include "controlplane/bgp/capability.h"

#include "controlplane/bgp/family_codec.h"

#include <algorithm>

namespace torii::bgp {

namespace {

// IANA registry "Capability Codes".
enum class Code : std::uint8_t {
    multiprotocol = 1,
    route_refresh = 2,
    extended_next_hop = 5,
    extended_message = 6,
    graceful_restart = 64,
    four_octet_as = 65,
    enhanced_route_refresh = 70,
};

constexpr std::uint16_t kRestartingBit = 0x8000;
constexpr std::uint16_t kNotificationBit = 0x4000;  // RFC 8538 section 2
constexpr std::uint16_t kRestartTimeMask = 0x0fff;
constexpr std::uint8_t kForwardingBit = 0x80;

void decode_multiprotocol(ByteReader value, Capabilities& capabilities) {
    if (value.remaining() != 4) return;
    const std::uint16_t afi = value.u16();
    value.u8();
    const std::optional<Family> family = family_of(afi, value.u8());
    capabilities.multiprotocol = true;
    if (family) capabilities.families.insert(*family);
}

// RFC 8950 section 4: AFI, two octets of SAFI, AFI of the next hop.
void decode_extended_next_hop(ByteReader value, Capabilities& capabilities) {
    if (value.remaining() % 6 != 0) return;
    while (!value.empty()) {
        const std::uint16_t afi = value.u16();
        const std::uint16_t safi = value.u16();
        const std::uint16_t next_hop_afi = value.u16();
        if (afi == kAfiIpv4 && safi == kSafiUnicast && next_hop_afi == kAfiIpv6) {
            capabilities.extended_next_hop = true;
        }
    }
}

void decode_graceful_restart(ByteReader value, Capabilities& capabilities) {
    if (value.remaining() % 4 != 2) return;
    GracefulRestartCapability restart;
    const std::uint16_t head = value.u16();
    restart.restarting = (head & kRestartingBit) != 0;
    restart.notification = (head & kNotificationBit) != 0;
    restart.time = Seconds{head & kRestartTimeMask};
    while (!value.empty()) {
        const std::uint16_t afi = value.u16();
        const std::optional<Family> family = family_of(afi, value.u8());
        const std::uint8_t flags = value.u8();
        if (!family) continue;
        restart.families.insert(*family);
        if ((flags & kForwardingBit) != 0) restart.forwarding.insert(*family);
    }
    // RFC 4724 section 3: of several instances only the last counts.
    capabilities.graceful_restart = restart;
}

void decode_capability(std::uint8_t code, Bytes octets, Capabilities& capabilities) {
    ByteReader value(octets);
    const bool bare = octets.empty();  // as the capabilities without parameters must be
    switch (Code{code}) {
        case Code::multiprotocol: decode_multiprotocol(value, capabilities); break;
        case Code::route_refresh: capabilities.route_refresh |= bare; break;
        case Code::extended_next_hop: decode_extended_next_hop(value, capabilities); break;
        case Code::extended_message: capabilities.extended_message |= bare; break;
        case Code::graceful_restart: decode_graceful_restart(value, capabilities); break;
        case Code::four_octet_as:
            if (octets.size() == 4) capabilities.four_octet_as = Asn{value.u32()};
            break;
        case Code::enhanced_route_refresh: capabilities.enhanced_route_refresh |= bare; break;
    }
}

void put_head(ByteWriter& out, Code code, std::size_t size) {
    out.u8(static_cast<std::uint8_t>(code));
    out.u8(static_cast<std::uint8_t>(size));
}

void encode_graceful_restart(const GracefulRestartCapability& restart, ByteWriter& out) {
    const auto families = std::ranges::count_if(
        kFamilies, [&](Family family) { return restart.families.contains(family); });
    put_head(out, Code::graceful_restart, 2 + 4 * static_cast<std::size_t>(families));
    const auto time = static_cast<std::uint16_t>(
        std::clamp<Seconds::rep>(restart.time.count(), 0, kRestartTimeMask));
    out.u16(static_cast<std::uint16_t>((restart.restarting ? kRestartingBit : 0U) |
                                       (restart.notification ? kNotificationBit : 0U) | time));
    for (const Family family : kFamilies) {
        if (!restart.families.contains(family)) continue;
        out.u16(afi_of(family));
        out.u8(kSafiUnicast);
        out.u8(restart.forwarding.contains(family) ? kForwardingBit : 0);
    }
}

}  // namespace

bool decode_capabilities(Bytes parameter, Capabilities& capabilities) {
    ByteReader in(parameter);
    while (!in.empty()) {
        const std::uint8_t code = in.u8();
        const Bytes value = in.take(in.u8());
        if (in.failed()) return false;
        decode_capability(code, value, capabilities);
    }
    return true;
}

void encode_capabilities(const Capabilities& capabilities, ByteWriter& out) {
    for (const Family family : kFamilies) {
        if (!capabilities.families.contains(family)) continue;
        put_head(out, Code::multiprotocol, 4);
        out.u16(afi_of(family));
        out.u8(0);
        out.u8(kSafiUnicast);
    }
    if (capabilities.route_refresh) put_head(out, Code::route_refresh, 0);
    if (capabilities.extended_next_hop) {
        put_head(out, Code::extended_next_hop, 6);
        out.u16(kAfiIpv4);
        out.u16(kSafiUnicast);
        out.u16(kAfiIpv6);
    }
    if (capabilities.extended_message) put_head(out, Code::extended_message, 0);
    if (capabilities.graceful_restart) encode_graceful_restart(*capabilities.graceful_restart, out);
    if (capabilities.four_octet_as) {
        put_head(out, Code::four_octet_as, 4);
        out.u32(capabilities.four_octet_as->value());
    }
    if (capabilities.enhanced_route_refresh) put_head(out, Code::enhanced_route_refresh, 0);
}

}  // namespace torii::bgp
