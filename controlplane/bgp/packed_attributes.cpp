#include "controlplane/bgp/packed_attributes.h"

#include "controlplane/bgp/attribute_codec.h"

namespace torii::bgp {
namespace {

// ORIGIN is the first attribute of every packed list; flags, type, length and value.
constexpr std::size_t kOriginSize = 4;

// From whom everything is read: what packing wrote is right.
UpdateContext everything() {
    UpdateContext context;
    context.internal = true;
    return context;
}

}  // namespace

void pack(const PathAttributes& attributes, ByteWriter& out) {
    encode_attributes(attributes, everything(), false, out);
}

PathAttributes unpack(const PackedAttributes& packed) {
    const UpdateContext context = everything();
    DecodedAttributes decoded;
    ByteReader in(packed.octets);
    while (!in.empty()) {
        const std::uint8_t flags = in.u8();
        const std::uint8_t type = in.u8();
        const Bytes value = in.take((flags & kExtendedLength) != 0 ? in.u16() : in.u8());
        if (const AttributeRule* rule = find_rule(type); rule != nullptr) {
            static_cast<void>(rule->decode(value, context, decoded));
        } else {
            decoded.attributes.unknown.push_back({type, {value.begin(), value.end()}});
        }
    }
    decoded.attributes.next_hop = packed.next_hop;
    decoded.attributes.link_local = packed.link_local;
    return std::move(decoded.attributes);
}

PackedPath packed_path(Bytes octets) {
    const Bytes rest = octets.subspan(kOriginSize);
    ByteReader in(rest);
    const bool extended = (in.u8() & kExtendedLength) != 0;
    in.u8();
    const std::size_t value = extended ? in.u16() : in.u8();
    const std::size_t size = (extended ? 4 : 3) + value;
    return {rest.first(size), kOriginSize + size};
}

void encode_attributes(const PackedAttributes& packed, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out) {
    if (!context.four_octet_as) {
        return encode_attributes(unpack(packed), context, with_next_hop, out);
    }
    if (!with_next_hop) return out.bytes(packed.octets);
    // In the order of types NEXT_HOP follows AS_PATH.
    const std::size_t end = packed_path(packed.octets).end;
    out.bytes(packed.octets.first(end));
    encode_attribute_head(kTransitive, AttributeType::next_hop, 4, out);
    out.bytes(packed.next_hop.bytes());
    out.bytes(packed.octets.subspan(end));
}

}  // namespace torii::bgp
