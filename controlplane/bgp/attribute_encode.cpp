#include "controlplane/bgp/attribute_codec.h"

#include <algorithm>
#include <span>

namespace torii::bgp {

namespace {

constexpr std::size_t kSegmentMax = 255;  // its count is one octet

bool fits_two_octets(Asn as) {
    return as.value() <= 0xffff;
}

void encode_path(const AsPath& path, bool four_octet, ByteWriter& out) {
    for (const AsPathSegment& segment : path.segments()) {
        std::span<const Asn> rest(segment.asns);
        while (!rest.empty()) {
            const auto part = rest.first(std::min(rest.size(), kSegmentMax));
            rest = rest.subspan(part.size());
            out.u8(static_cast<std::uint8_t>(segment.type));
            out.u8(static_cast<std::uint8_t>(part.size()));
            for (const Asn as : part) {
                if (four_octet) {
                    out.u32(as.value());
                } else {
                    out.u16(
                        static_cast<std::uint16_t>((fits_two_octets(as) ? as : kAsTrans).value()));
                }
            }
        }
    }
}

// Octets that encode_path() writes.
std::size_t encoded_size(const AsPath& path, bool four_octet) {
    std::size_t size = 0;
    for (const AsPathSegment& segment : path.segments()) {
        size += (segment.asns.size() + kSegmentMax - 1) / kSegmentMax * 2;
        size += segment.asns.size() * (four_octet ? 4 : 2);
    }
    return size;
}

void encode_u32(std::uint8_t flags, AttributeType type, std::uint32_t number, ByteWriter& out) {
    encode_attribute_head(flags, type, 4, out);
    out.u32(number);
}

void encode_aggregator(const Aggregator& aggregator, bool four_octet, ByteWriter& out) {
    encode_attribute_head(kOptional | kTransitive, AttributeType::aggregator, four_octet ? 8 : 6,
                          out);
    if (four_octet) {
        out.u32(aggregator.as.value());
    } else {
        const Asn as = fits_two_octets(aggregator.as) ? aggregator.as : kAsTrans;
        out.u16(static_cast<std::uint16_t>(as.value()));
    }
    out.bytes(aggregator.address.bytes());
}

// RFC 6793 section 4.2.2: only when the two-octet forms lose something.
void encode_as4(const PathAttributes& attributes, ByteWriter& out) {
    const auto lossy = [](const AsPathSegment& segment) {
        return !std::ranges::all_of(segment.asns, fits_two_octets);
    };
    if (std::ranges::any_of(attributes.as_path.segments(), lossy)) {
        encode_attribute_head(kOptional | kTransitive, AttributeType::as4_path,
                              encoded_size(attributes.as_path, true), out);
        encode_path(attributes.as_path, true, out);
    }
    if (attributes.aggregator && !fits_two_octets(attributes.aggregator->as)) {
        encode_attribute_head(kOptional | kTransitive, AttributeType::as4_aggregator, 8, out);
        out.u32(attributes.aggregator->as.value());
        out.bytes(attributes.aggregator->address.bytes());
    }
}

template <class T>
void encode_numbers(std::uint8_t flags, AttributeType type, const std::vector<T>& numbers,
                    ByteWriter& out) {
    if (numbers.empty()) return;
    encode_attribute_head(flags, type, numbers.size() * sizeof(T), out);
    for (const T number : numbers) {
        if constexpr (sizeof(T) == 4) {
            out.u32(number);
        } else {
            out.u64(number);
        }
    }
}

void encode_well_known(const PathAttributes& attributes, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out) {
    encode_attribute_head(kTransitive, AttributeType::origin, 1, out);
    out.u8(static_cast<std::uint8_t>(attributes.origin));
    encode_attribute_head(kTransitive, AttributeType::as_path,
                          encoded_size(attributes.as_path, context.four_octet_as), out);
    encode_path(attributes.as_path, context.four_octet_as, out);
    if (with_next_hop) {
        encode_attribute_head(kTransitive, AttributeType::next_hop, 4, out);
        out.bytes(attributes.next_hop.bytes());
    }
    if (attributes.med) encode_u32(kOptional, AttributeType::med, *attributes.med, out);
    if (attributes.local_pref) {
        encode_u32(kTransitive, AttributeType::local_pref, *attributes.local_pref, out);
    }
    if (attributes.atomic_aggregate) {
        encode_attribute_head(kTransitive, AttributeType::atomic_aggregate, 0, out);
    }
    if (attributes.aggregator) {
        encode_aggregator(*attributes.aggregator, context.four_octet_as, out);
    }
}

void encode_large(const std::vector<LargeCommunity>& large, ByteWriter& out) {
    if (large.empty()) return;
    encode_attribute_head(kOptional | kTransitive, AttributeType::large_communities,
                          large.size() * 12, out);
    for (const LargeCommunity& community : large) {
        out.u32(community.global);
        out.u32(community.local_1);
        out.u32(community.local_2);
    }
}

// Those before `end` by type.
void encode_unknown(const PathAttributes& attributes, unsigned begin, unsigned end,
                    ByteWriter& out) {
    for (const UnknownAttribute& unknown : attributes.unknown) {
        if (unknown.type < begin || unknown.type >= end) continue;
        encode_attribute_head(kUnknownFlags, AttributeType{unknown.type}, unknown.value.size(),
                              out);
        out.bytes(unknown.value);
    }
}

}  // namespace

AttributeHead::AttributeHead(std::uint8_t flags, AttributeType type, std::size_t size) {
    octets_[1] = static_cast<std::uint8_t>(type);
    if (size > 0xff) {
        octets_[0] = static_cast<std::uint8_t>(flags | kExtendedLength);
        octets_[2] = static_cast<std::uint8_t>(size >> 8U);
        octets_[3] = static_cast<std::uint8_t>(size & 0xffU);
        size_ = 4;
    } else {
        octets_[0] = flags;
        octets_[2] = static_cast<std::uint8_t>(size);
    }
}

void encode_attribute_head(std::uint8_t flags, AttributeType type, std::size_t size,
                           ByteWriter& out) {
    out.bytes(AttributeHead(flags, type, size).octets());
}

void encode_attributes(const PathAttributes& attributes, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out) {
    constexpr std::uint8_t kBoth = kOptional | kTransitive;
    encode_well_known(attributes, context, with_next_hop, out);
    encode_numbers(kBoth, AttributeType::communities, attributes.communities, out);
    if (attributes.originator_id) {
        encode_u32(kOptional, AttributeType::originator_id, attributes.originator_id->value(), out);
    }
    encode_numbers(kOptional, AttributeType::cluster_list, attributes.cluster_list, out);
    encode_unknown(attributes, 0, 16, out);
    encode_numbers(kBoth, AttributeType::extended_communities, attributes.extended_communities,
                   out);
    if (!context.four_octet_as) encode_as4(attributes, out);
    encode_unknown(attributes, 16, 32, out);
    encode_large(attributes.large_communities, out);
    encode_unknown(attributes, 32, 35, out);
    if (attributes.only_to_customer) {
        encode_u32(kBoth, AttributeType::only_to_customer, attributes.only_to_customer->value(),
                   out);
    }
    encode_unknown(attributes, 35, 256, out);
}

}  // namespace torii::bgp
