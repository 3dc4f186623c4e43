#include "controlplane/monitoring/mrt.h"

#include "controlplane/bgp/attribute_codec.h"
#include "controlplane/bgp/family_codec.h"
#include "platform/base/byte_writer.h"

namespace torii::monitoring {
namespace {

// RFC 6396 sections 4 and 4.3.
constexpr std::uint16_t kTableDumpV2 = 13;
constexpr std::uint16_t kPeerIndexTable = 1;
constexpr std::uint16_t kRibIpv4Unicast = 2;
constexpr std::uint16_t kRibIpv6Unicast = 4;
constexpr std::uint8_t kPeerIpv6 = 0x01;
constexpr std::uint8_t kPeerFourOctetAs = 0x02;
constexpr std::size_t kLengthPosition = 8;
constexpr std::size_t kHeaderSize = 12;

ByteWriter begin(std::uint32_t unix_seconds, std::uint16_t subtype) {
    ByteWriter out;
    out.u32(unix_seconds);
    out.u16(kTableDumpV2);
    out.u16(subtype);
    out.u32(0);
    return out;
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
