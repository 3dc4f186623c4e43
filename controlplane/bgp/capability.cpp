#include "controlplane/bgp/capability.h"

#include "controlplane/bgp/family_codec.h"
#include "controlplane/bgp/notification.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace torii::bgp {

namespace {

// IANA registry "Capability Codes".
enum class Code : std::uint8_t {
    multiprotocol = 1,
    route_refresh = 2,
    extended_next_hop = 5,
    extended_message = 6,
    role = 9,
    graceful_restart = 64,
    four_octet_as = 65,
    add_path = 69,
    enhanced_route_refresh = 70,
    long_lived_graceful_restart = 71,
    host_name = 73,
    old_route_refresh = 128,
};

constexpr std::uint16_t kRestartingBit = 0x8000;
constexpr std::uint16_t kNotificationBit = 0x4000;  // RFC 8538 section 2
constexpr std::uint16_t kRestartTimeMask = 0x0fff;
constexpr std::uint8_t kForwardingBit = 0x80;
constexpr std::uint8_t kAddPathReceive = 1;  // RFC 7911 section 4
constexpr std::uint8_t kAddPathSend = 2;
constexpr std::size_t kNameMax = 64;
constexpr Seconds::rep kLongLivedTimeMax = 0xffffff;

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

// RFC 9234 section 4.2: several that are the same are one.
void decode_role(ByteReader value, Capabilities& capabilities) {
    if (value.remaining() != 1) return;
    const Role role{value.u8()};
    if (!capabilities.role) capabilities.role = role;
    if (*capabilities.role != role) capabilities.several_roles = true;
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

// RFC 9494 section 3.1: the stale time has three octets.
void decode_long_lived(ByteReader value, Capabilities& capabilities) {
    if (value.remaining() % 7 != 0) return;
    LongLivedCapability restart;
    while (!value.empty()) {
        const std::uint16_t afi = value.u16();
        const std::optional<Family> family = family_of(afi, value.u8());
        const std::uint8_t flags = value.u8();
        const std::uint32_t high = value.u8();
        const Seconds time{high << 16U | value.u16()};
        if (!family || restart.find(*family) != nullptr) continue;
        restart.entries.push_back({*family, (flags & kForwardingBit) != 0, time});
    }
    capabilities.long_lived = std::move(restart);
}

// RFC 7911 section 4: an entry with another Send/Receive value is ignored, of several for one
// family the first counts.
void decode_add_path(ByteReader value, Capabilities& capabilities) {
    if (value.remaining() % 4 != 0) return;
    FamilySet seen;
    while (!value.empty()) {
        const std::uint16_t afi = value.u16();
        const std::optional<Family> family = family_of(afi, value.u8());
        const std::uint8_t mode = value.u8();
        const bool sane = mode != 0 && mode <= (kAddPathReceive | kAddPathSend);
        if (!family || !sane || seen.contains(*family)) continue;
        seen.insert(*family);
        if ((mode & kAddPathReceive) != 0) capabilities.add_path_receive.insert(*family);
        if ((mode & kAddPathSend) != 0) capabilities.add_path_send.insert(*family);
    }
}

std::string name_of(Bytes octets) {
    const auto shown = octets.first(std::min(octets.size(), kNameMax));
    return printable({reinterpret_cast<const char*>(shown.data()), shown.size()});
}

void decode_host_name(ByteReader value, Capabilities& capabilities) {
    HostName name;
    name.host = name_of(value.take(value.u8()));
    name.domain = name_of(value.take(value.u8()));
    if (!value.failed()) capabilities.host_name = std::move(name);
}

void decode_capability(std::uint8_t code, Bytes octets, Capabilities& capabilities) {
    ByteReader value(octets);
    const bool bare = octets.empty();  // as the capabilities without parameters must be
    switch (Code{code}) {
        case Code::multiprotocol: decode_multiprotocol(value, capabilities); break;
        case Code::route_refresh: capabilities.route_refresh |= bare; break;
        case Code::extended_next_hop: decode_extended_next_hop(value, capabilities); break;
        case Code::extended_message: capabilities.extended_message |= bare; break;
        case Code::role: decode_role(value, capabilities); break;
        case Code::graceful_restart: decode_graceful_restart(value, capabilities); break;
        case Code::four_octet_as:
            if (octets.size() == 4) capabilities.four_octet_as = Asn{value.u32()};
            break;
        case Code::enhanced_route_refresh: capabilities.enhanced_route_refresh |= bare; break;
        case Code::add_path: decode_add_path(value, capabilities); break;
        case Code::long_lived_graceful_restart: decode_long_lived(value, capabilities); break;
        case Code::host_name: decode_host_name(value, capabilities); break;
        case Code::old_route_refresh: capabilities.old_route_refresh |= bare; break;
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

void encode_long_lived(const LongLivedCapability& restart, ByteWriter& out) {
    put_head(out, Code::long_lived_graceful_restart, 7 * restart.entries.size());
    for (const LongLivedCapability::Entry& entry : restart.entries) {
        const auto time = static_cast<std::uint32_t>(
            std::clamp<Seconds::rep>(entry.stale_time.count(), 0, kLongLivedTimeMax));
        out.u16(afi_of(entry.family));
        out.u8(kSafiUnicast);
        out.u8(entry.forwarding ? kForwardingBit : 0);
        out.u8(static_cast<std::uint8_t>(time >> 16U));
        out.u16(static_cast<std::uint16_t>(time & 0xffffU));
    }
}

void encode_add_path(const Capabilities& capabilities, ByteWriter& out) {
    const FamilySet any = capabilities.add_path_send | capabilities.add_path_receive;
    if (any.empty()) return;
    const auto families =
        std::ranges::count_if(kFamilies, [&](Family family) { return any.contains(family); });
    put_head(out, Code::add_path, 4 * static_cast<std::size_t>(families));
    for (const Family family : kFamilies) {
        if (!any.contains(family)) continue;
        out.u16(afi_of(family));
        out.u8(kSafiUnicast);
        out.u8(static_cast<std::uint8_t>(
            (capabilities.add_path_receive.contains(family) ? kAddPathReceive : 0U) |
            (capabilities.add_path_send.contains(family) ? kAddPathSend : 0U)));
    }
}

void put_name(ByteWriter& out, std::string_view name) {
    out.u8(static_cast<std::uint8_t>(name.size()));
    for (const char octet : name) out.u8(static_cast<std::uint8_t>(octet));
}

void encode_host_name(const HostName& name, ByteWriter& out) {
    const auto host = std::string_view(name.host).substr(0, kNameMax);
    const auto domain = std::string_view(name.domain).substr(0, kNameMax);
    put_head(out, Code::host_name, 2 + host.size() + domain.size());
    put_name(out, host);
    put_name(out, domain);
}

}  // namespace

const LongLivedCapability::Entry* LongLivedCapability::find(Family family) const {
    const auto found = std::ranges::find(entries, family, &Entry::family);
    return found == entries.end() ? nullptr : &*found;
}

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
    if (capabilities.role) {
        put_head(out, Code::role, 1);
        out.u8(static_cast<std::uint8_t>(*capabilities.role));
    }
    if (capabilities.graceful_restart) encode_graceful_restart(*capabilities.graceful_restart, out);
    if (capabilities.four_octet_as) {
        put_head(out, Code::four_octet_as, 4);
        out.u32(capabilities.four_octet_as->value());
    }
    encode_add_path(capabilities, out);
    if (capabilities.enhanced_route_refresh) put_head(out, Code::enhanced_route_refresh, 0);
    if (capabilities.long_lived) encode_long_lived(*capabilities.long_lived, out);
    if (capabilities.host_name) encode_host_name(*capabilities.host_name, out);
}

}  // namespace torii::bgp
