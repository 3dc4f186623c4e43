#include "controlplane/bgp/packed_attributes.h"

#include "controlplane/bgp/attribute_codec.h"

#include <arpa/inet.h>
#include <cstring>

namespace torii::bgp {
namespace {

// ORIGIN is the first attribute of every packed list; flags, type, length and value.
constexpr std::size_t kOriginSize = 4;
constexpr std::size_t kSegmentHead = 2;
constexpr std::size_t kSegmentMax = 255;  // its count is one octet

// From whom everything is read: what packing wrote is right.
UpdateContext everything() {
    UpdateContext context;
    context.internal = true;
    return context;
}

std::uint32_t number_at(Bytes octets, std::size_t index) {
    return ByteReader(octets.subspan(4 * index, 4)).u32();
}

// Calls visit(type, numbers) for each segment of a packed path, until it returns false.
template <class Visit>
void for_each_segment(Bytes value, const Visit& visit) {
    while (!value.empty()) {
        const std::size_t size = std::size_t{value[1]} * 4;
        if (!visit(SegmentType{value[0]}, value.subspan(kSegmentHead, size))) return;
        value = value.subspan(kSegmentHead + size);
    }
}

// All segments that belong together move.
void encode_long_path(Bytes path, std::span<const Asn> asns, ByteWriter& out) {
    DecodedAttributes decoded;
    read_value({AttributeType::as_path, path, {}}, everything(), decoded);
    for (std::size_t index = asns.size(); index != 0; --index) {
        decoded.attributes.as_path.prepend(asns[index - 1]);
    }
    ByteWriter list;
    pack(decoded.attributes, list);
    const Bytes longer = PackedPath(list.view()).value();
    encode_attribute_head(kTransitive, AttributeType::as_path, longer.size(), out);
    out.bytes(longer);
}

}  // namespace

void pack(const PathAttributes& attributes, ByteWriter& out) {
    encode_attributes(attributes, everything(), false, out);
}

PathAttributes unpack(const PackedAttributes& packed) {
    const UpdateContext context = everything();
    DecodedAttributes decoded;
    for_each_attribute(packed.octets, [&](const ListedAttribute& listed) {
        read_value(listed, context, decoded);
    });
    decoded.attributes.next_hop = packed.next_hop;
    decoded.attributes.link_local = packed.link_local;
    return std::move(decoded.attributes);
}

PackedAttributes packed_of(const Update& update, const Reach& reach) {
    return {update.attributes, reach.next_hop, reach.link_local};
}

void encode_attributes(const PackedAttributes& packed, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out) {
    if (!context.four_octet_as) {
        return encode_attributes(unpack(packed), context, with_next_hop, out);
    }
    if (!with_next_hop) return out.bytes(packed.octets);
    // In the order of types NEXT_HOP follows AS_PATH.
    const std::size_t end = PackedPath(packed.octets).end();
    out.bytes(packed.octets.first(end));
    encode_attribute_head(kTransitive, AttributeType::next_hop, 4, out);
    out.bytes(packed.next_hop.bytes());
    out.bytes(packed.octets.subspan(end));
}

Bytes find_attribute(Bytes list, AttributeType type) {
    Bytes found;
    for_each_attribute(list, [&](const ListedAttribute& listed) {
        if (listed.type == type) found = listed.value;
    });
    return found;
}

PackedPath::PackedPath(Bytes list) {
    ByteReader in(list.subspan(kOriginSize));
    const bool extended = (in.u8() & kExtendedLength) != 0;
    in.u8();
    value_ = in.take(extended ? in.u16() : in.u8());
    end_ = kOriginSize + in.position();
}

std::size_t PackedPath::length() const {
    std::size_t length = 0;
    for_each_segment(value_, [&](SegmentType type, Bytes numbers) {
        if (type == SegmentType::sequence) length += numbers.size() / 4;
        if (type == SegmentType::set) ++length;
        return true;
    });
    return length;
}

std::size_t PackedPath::count(Asn asn) const {
    std::size_t found = 0;
    for_each_segment(value_, [&](SegmentType /*type*/, Bytes numbers) {
        for (std::size_t index = 0; index < numbers.size() / 4; ++index) {
            found += number_at(numbers, index) == asn.value() ? 1 : 0;
        }
        return true;
    });
    return found;
}

std::optional<Asn> PackedPath::leading(std::size_t index) const {
    std::optional<Asn> asn;
    for_each_segment(value_, [&](SegmentType type, Bytes numbers) {
        if (type == SegmentType::sequence && index < numbers.size() / 4) {
            asn = Asn{number_at(numbers, index)};
        }
        return false;
    });
    return asn;
}

void encode_prepended(Bytes path, std::span<const Asn> asns, ByteWriter& out) {
    const bool sequence = !path.empty() && SegmentType{path[0]} == SegmentType::sequence;
    const std::size_t count = asns.size() + (sequence ? path[1] : 0);
    if (count > kSegmentMax) return encode_long_path(path, asns, out);
    const Bytes rest = path.subspan(sequence ? kSegmentHead : 0);
    encode_attribute_head(kTransitive, AttributeType::as_path,
                          kSegmentHead + 4 * asns.size() + rest.size(), out);
    out.u8(static_cast<std::uint8_t>(SegmentType::sequence));
    out.u8(static_cast<std::uint8_t>(count));
    for (const Asn asn : asns) out.u32(asn.value());
    out.bytes(rest);
}

bool has_number(Bytes value, std::uint32_t number) {
    const std::uint32_t wanted = htonl(number);
    for (std::size_t at = 0; at + sizeof wanted <= value.size(); at += sizeof wanted) {
        if (std::memcmp(value.data() + at, &wanted, sizeof wanted) == 0) return true;
    }
    return false;
}

}  // namespace torii::bgp
