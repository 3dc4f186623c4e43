#include "controlplane/monitoring/mrt.h"

#include "controlplane/bgp/attribute_codec.h"
#include "controlplane/bgp/family_codec.h"
#include "controlplane/bgp/message.h"
#include "platform/base/byte_writer.h"

#include <algorithm>

namespace torii::monitoring {
namespace {

// RFC 6396 sections 4 and 4.3.
constexpr std::uint16_t kTableDumpV2 = 13;
constexpr std::uint16_t kPeerIndexTable = 1;
constexpr std::uint16_t kRibIpv4Unicast = 2;
constexpr std::uint16_t kRibIpv6Unicast = 4;
constexpr std::uint8_t kPeerIpv6 = 0x01;
constexpr std::uint8_t kPeerFourOctetAs = 0x02;
constexpr std::uint16_t kMessagesWithMicroseconds = 17;
constexpr std::uint16_t kMessage = 1;
constexpr std::uint16_t kMessageAs4 = 4;
constexpr std::uint16_t kStateChangeAs4 = 5;
constexpr std::uint16_t kMessageAddPath = 8;
constexpr std::uint16_t kMessageAs4AddPath = 9;
// RFC 4271 section 8.2.2 in the numbers of RFC 6396 section 4.4.1.
constexpr std::uint16_t kIdle = 1;
constexpr std::uint16_t kOpenConfirm = 5;
constexpr std::uint16_t kEstablished = 6;
constexpr std::uint32_t kAsTrans = 23456;
constexpr std::uint32_t kTwoOctetMax = 0xffff;
constexpr std::size_t kLengthPosition = 8;
constexpr std::size_t kHeaderSize = 12;

ByteWriter begin(std::uint32_t unix_seconds, std::uint16_t subtype,
                 std::uint16_t type = kTableDumpV2) {
    ByteWriter out;
    out.u32(unix_seconds);
    out.u16(type);
    out.u16(subtype);
    out.u32(0);
    return out;
}

void write_as(bgp::Asn as, bool two_octets, ByteWriter& out) {
    if (!two_octets) return out.u32(as.value());
    const std::uint32_t number = as.value() <= kTwoOctetMax ? as.value() : kAsTrans;
    out.u16(static_cast<std::uint16_t>(number));
}

// What all records of a session begin with.
ByteWriter begin(UnixTime time, std::uint16_t subtype, const MrtSession& session, bool two_octets) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    ByteWriter out =
        begin(static_cast<std::uint32_t>(seconds.count()), subtype, kMessagesWithMicroseconds);
    out.u32(static_cast<std::uint32_t>((time - seconds).count()));
    write_as(session.peer_as, two_octets, out);
    write_as(session.local_as, two_octets, out);
    out.u16(0);  // the interface
    out.u16(bgp::afi_of(bgp::unicast(session.peer.family())));
    out.bytes(session.peer.bytes());
    out.bytes(session.local.bytes());
    return out;
}

// The family that the prefixes of an UPDATE are of; mixed ones are IPv4 for this purpose.
bgp::Family family_of(Bytes message) {
    ByteReader in(message.subspan(std::min(bgp::kHeaderSize, message.size())));
    const std::uint16_t withdrawn = in.u16();
    in.take(withdrawn);
    ByteReader attributes(in.take(in.u16()));
    if (withdrawn != 0 || in.failed() || in.remaining() != 0) return bgp::Family::ipv4_unicast;
    while (attributes.remaining() != 0 && !attributes.failed()) {
        const bool extended = (attributes.u8() & bgp::kExtendedLength) != 0;
        const bgp::AttributeType type{attributes.u8()};
        const std::size_t length = extended ? attributes.u16() : attributes.u8();
        ByteReader value(attributes.take(length));
        if (type != bgp::AttributeType::mp_reach && type != bgp::AttributeType::mp_unreach)
            continue;
        const bool v6 = value.u16() == bgp::afi_of(bgp::Family::ipv6_unicast);
        return v6 ? bgp::Family::ipv6_unicast : bgp::Family::ipv4_unicast;
    }
    return bgp::Family::ipv4_unicast;
}

std::vector<std::uint8_t> finish(ByteWriter out) {
    out.patch_u32(kLengthPosition, out.size() - kHeaderSize);
    return out.take();
}

// Section 4.3.4: AS numbers have four octets, MP_REACH_NLRI is its next hop only.
void write_attributes(const bgp::PathAttributes& attributes, ByteWriter& out) {
    const std::size_t length = out.size();
    out.u16(0);
    bgp::encode_attributes(attributes, {}, attributes.next_hop.is_v4(), out);
    if (attributes.next_hop.is_v6()) {
        const std::size_t addresses = attributes.link_local ? 2 : 1;
        bgp::encode_attribute_head(bgp::kOptional, bgp::AttributeType::mp_reach, 1 + 16 * addresses,
                                   out);
        out.u8(static_cast<std::uint8_t>(16 * addresses));
        out.bytes(attributes.next_hop.bytes());
        if (attributes.link_local) out.bytes(attributes.link_local->bytes());
    }
    out.patch_u16(length, out.size() - length - 2);
}

}  // namespace

std::vector<std::uint8_t> mrt_message(UnixTime time, const MrtSession& session, Bytes message) {
    const bool path_ids =
        !session.add_path.empty() && session.add_path.contains(family_of(message));
    const std::uint16_t two = path_ids ? kMessageAddPath : kMessage;
    const std::uint16_t four = path_ids ? kMessageAs4AddPath : kMessageAs4;
    ByteWriter out = begin(time, session.two_octet_as ? two : four, session, session.two_octet_as);
    out.bytes(message);
    return finish(std::move(out));
}

std::vector<std::uint8_t> mrt_state_change(UnixTime time, const MrtSession& session, bool up) {
    ByteWriter out = begin(time, kStateChangeAs4, session, false);
    out.u16(up ? kOpenConfirm : kEstablished);
    out.u16(up ? kEstablished : kIdle);
    return finish(std::move(out));
}

std::vector<std::uint8_t> MrtTableDump::peer_index(bgp::RouterId collector, std::string_view view,
                                                   std::span<const MrtPeer> peers) const {
    ByteWriter out = begin(unix_seconds_, kPeerIndexTable);
    out.u32(collector.value());
    out.u16(static_cast<std::uint16_t>(view.size()));
    for (const char character : view) out.u8(static_cast<std::uint8_t>(character));
    out.u16(static_cast<std::uint16_t>(peers.size()));
    for (const MrtPeer& peer : peers) {
        const unsigned family = peer.address.is_v6() ? kPeerIpv6 : 0U;
        out.u8(static_cast<std::uint8_t>(kPeerFourOctetAs | family));
        out.u32(peer.router_id.value());
        out.bytes(peer.address.bytes());
        out.u32(peer.as.value());
    }
    return finish(std::move(out));
}

std::vector<std::uint8_t> MrtTableDump::rib_entry(const Prefix& prefix,
                                                  std::span<const MrtPath> paths) {
    const bool v4 = prefix.family() == IpFamily::v4;
    ByteWriter out = begin(unix_seconds_, v4 ? kRibIpv4Unicast : kRibIpv6Unicast);
    out.u32(sequence_++);
    bgp::encode_prefix(prefix, out);
    out.u16(static_cast<std::uint16_t>(paths.size()));
    for (const MrtPath& path : paths) {
        out.u16(path.peer);
        out.u32(path.originated);
        write_attributes(*path.attributes, out);
    }
    return finish(std::move(out));
}

}  // namespace torii::monitoring
