#include "controlplane/bgp/attribute_codec.h"

#include "controlplane/bgp/family_codec.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace torii::bgp {

namespace {

using Problem = std::optional<Fault>;

constexpr Fault kBadLength{UpdateError::attribute_length, "bad length"};
constexpr Fault kMalformedPath{UpdateError::malformed_as_path, "malformed segments"};
constexpr Fault kMalformedMp{UpdateError::optional_attribute, "malformed"};

Problem decode_origin(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    if (value.size() != 1) return kBadLength;
    if (value[0] > 2) return Fault{UpdateError::invalid_origin, "undefined value"};
    decoded.attributes.origin = Origin{value[0]};
    return std::nullopt;
}

// RFC 7606 section 7.2: segments of known types, none empty, none beyond the attribute.
std::optional<std::vector<AsPathSegment>> decode_segments(Bytes value, bool four_octet) {
    std::vector<AsPathSegment> segments;
    ByteReader in(value);
    while (!in.empty()) {
        const std::uint8_t type = in.u8();
        const std::size_t count = in.u8();
        ByteReader numbers(in.take(count * (four_octet ? 4 : 2)));
        if (in.failed() || count == 0 || type < 1 || type > 4) return std::nullopt;
        AsPathSegment& segment = segments.emplace_back(AsPathSegment{SegmentType{type}, {}});
        segment.asns.reserve(count + 1);  // with room for our own, on the way out
        while (!numbers.empty()) {
            segment.asns.emplace_back(four_octet ? numbers.u32() : numbers.u16());
        }
    }
    return segments;
}

bool is_confederation(const AsPathSegment& segment) {
    return segment.type == SegmentType::confed_sequence || segment.type == SegmentType::confed_set;
}

Problem decode_as_path(Bytes value, const UpdateContext& context, DecodedAttributes& decoded) {
    auto segments = decode_segments(value, context.four_octet_as);
    if (!segments) return kMalformedPath;
    // RFC 5065 section 5: we are in no confederation.
    if (std::ranges::any_of(*segments, is_confederation)) {
        return Fault{UpdateError::malformed_as_path, "confederation segment"};
    }
    AsPath path(std::move(*segments));
    if (path.contains(Asn{0})) return Fault{UpdateError::malformed_as_path, "AS 0 (RFC 7607)"};
    decoded.attributes.as_path = std::move(path);
    return std::nullopt;
}

Problem decode_next_hop(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    if (value.size() != 4) return kBadLength;
    decoded.next_hop = IpAddress::v4(ByteReader(value).u32());
    return std::nullopt;
}

Problem decode_med(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    if (value.size() != 4) return kBadLength;
    decoded.attributes.med = ByteReader(value).u32();
    return std::nullopt;
}

Problem decode_local_pref(Bytes value, const UpdateContext& /*context*/,
                          DecodedAttributes& decoded) {
    if (value.size() != 4) return kBadLength;
    decoded.attributes.local_pref = ByteReader(value).u32();
    return std::nullopt;
}

Problem decode_atomic_aggregate(Bytes value, const UpdateContext& /*context*/,
                                DecodedAttributes& decoded) {
    if (!value.empty()) return kBadLength;
    decoded.attributes.atomic_aggregate = true;
    return std::nullopt;
}

Problem read_aggregator(Bytes value, bool four_octet, std::optional<Aggregator>& aggregator) {
    if (value.size() != (four_octet ? 8U : 6U)) return kBadLength;
    ByteReader in(value);
    const Asn as{four_octet ? in.u32() : in.u16()};
    if (as == Asn{0}) return Fault{UpdateError::optional_attribute, "AS 0 (RFC 7607)"};
    aggregator = Aggregator{as, IpAddress::v4(in.u32())};
    return std::nullopt;
}

Problem decode_aggregator(Bytes value, const UpdateContext& context, DecodedAttributes& decoded) {
    return read_aggregator(value, context.four_octet_as, decoded.attributes.aggregator);
}

Problem decode_communities(Bytes value, const UpdateContext& /*context*/,
                           DecodedAttributes& decoded) {
    if (value.empty() || value.size() % 4 != 0) return kBadLength;
    ByteReader in(value);
    decoded.attributes.communities.reserve(value.size() / 4);
    while (!in.empty()) decoded.attributes.communities.push_back(in.u32());
    return std::nullopt;
}

Problem decode_originator_id(Bytes value, const UpdateContext& /*context*/,
                             DecodedAttributes& decoded) {
    if (value.size() != 4) return kBadLength;
    decoded.attributes.originator_id = RouterId{ByteReader(value).u32()};
    return std::nullopt;
}

Problem decode_cluster_list(Bytes value, const UpdateContext& /*context*/,
                            DecodedAttributes& decoded) {
    if (value.empty() || value.size() % 4 != 0) return kBadLength;
    ByteReader in(value);
    while (!in.empty()) decoded.attributes.cluster_list.push_back(in.u32());
    return std::nullopt;
}

bool usable_next_hop(const IpAddress& address) {
    const bool reserved = address.is_v4() && address.v4_number() >> 28U == 15;  // 240.0.0.0/4
    return !address.is_unspecified() && !address.is_multicast() && !address.is_loopback() &&
           !reserved;
}

// RFC 4760 section 3, RFC 2545 section 3, RFC 8950 section 3.
bool read_mp_next_hop(Bytes octets, std::uint16_t afi, MultiprotocolRoutes& reach) {
    const bool known_size =
        octets.size() == 16 || octets.size() == 32 || (octets.size() == 4 && afi == kAfiIpv4);
    if (!known_size) return false;
    reach.next_hop = *IpAddress::from_bytes(octets.first(std::min<std::size_t>(octets.size(), 16)));
    if (octets.size() == 32) {
        const IpAddress second = *IpAddress::from_bytes(octets.last(16));
        if (second.is_link_local()) reach.link_local = second;
    }
    reach.next_hop_usable = usable_next_hop(reach.next_hop);
    return true;
}

// Whether we read further into the routes of this family. Multicast is checked too, since its
// syntax is the same, and then ignored.
bool has_prefixes(std::uint16_t afi, std::uint8_t safi) {
    return (afi == kAfiIpv4 || afi == kAfiIpv6) && (safi == kSafiUnicast || safi == kSafiMulticast);
}

bool decode_routes(Bytes field, std::uint16_t afi, std::uint8_t safi, const UpdateContext& context,
                   Nlri& nlri) {
    const std::optional<Family> family = family_of(afi, safi);
    const bool with_ids = family && context.add_path_receive.contains(*family);
    return decode_nlri(field, afi == kAfiIpv4 ? IpFamily::v4 : IpFamily::v6, with_ids, nlri);
}

Problem decode_mp_reach(Bytes value, const UpdateContext& context, DecodedAttributes& decoded) {
    MultiprotocolRoutes& reach = decoded.reach;
    reach.present = true;
    if (value.size() < 5) return kMalformedMp;
    ByteReader in(value);
    const std::uint16_t afi = in.u16();
    const std::uint8_t safi = in.u8();
    const Bytes next_hop = in.take(in.u8());
    in.u8();  // reserved
    if (!has_prefixes(afi, safi)) {
        reach.any_prefix = !in.empty();
        return std::nullopt;
    }
    if (in.failed() || !read_mp_next_hop(next_hop, afi, reach)) {
        return Fault{UpdateError::optional_attribute, "bad next hop length (RFC 7606 7.11)"};
    }
    if (!decode_routes(in.rest(), afi, safi, context, reach.nlri)) {
        return Fault{UpdateError::optional_attribute, "malformed prefixes (RFC 7606 5.3)"};
    }
    reach.any_prefix = !reach.nlri.prefixes.empty();
    reach.family = family_of(afi, safi);
    // An IPv6 next hop for IPv4 has to be negotiated (RFC 8950 section 4).
    if (afi == kAfiIpv4 && reach.next_hop.is_v6() && !context.extended_next_hop) {
        reach.next_hop_usable = false;
    }
    return std::nullopt;
}

Problem decode_mp_unreach(Bytes value, const UpdateContext& context, DecodedAttributes& decoded) {
    MultiprotocolRoutes& unreach = decoded.unreach;
    unreach.present = true;
    if (value.size() < 3) return kMalformedMp;
    ByteReader in(value);
    const std::uint16_t afi = in.u16();
    const std::uint8_t safi = in.u8();
    if (!has_prefixes(afi, safi)) return std::nullopt;
    if (!decode_routes(in.rest(), afi, safi, context, unreach.nlri)) {
        return Fault{UpdateError::optional_attribute, "malformed prefixes (RFC 7606 5.3)"};
    }
    unreach.any_prefix = !unreach.nlri.prefixes.empty();
    unreach.family = family_of(afi, safi);
    return std::nullopt;
}

Problem decode_extended_communities(Bytes value, const UpdateContext& /*context*/,
                                    DecodedAttributes& decoded) {
    if (value.empty() || value.size() % 8 != 0) return kBadLength;
    ByteReader in(value);
    decoded.attributes.extended_communities.reserve(value.size() / 8);
    while (!in.empty()) decoded.attributes.extended_communities.push_back(in.u64());
    return std::nullopt;
}

Problem decode_as4_path(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    auto segments = decode_segments(value, true);
    if (!segments || segments->empty()) return kMalformedPath;
    // RFC 6793 section 6: confederation segments are dropped, the others used.
    std::erase_if(*segments, is_confederation);
    AsPath path(std::move(*segments));
    if (path.contains(Asn{0})) return Fault{UpdateError::malformed_as_path, "AS 0 (RFC 7607)"};
    decoded.as4_path = std::move(path);
    return std::nullopt;
}

Problem decode_as4_aggregator(Bytes value, const UpdateContext& /*context*/,
                              DecodedAttributes& decoded) {
    return read_aggregator(value, true, decoded.as4_aggregator);
}

Problem decode_large_communities(Bytes value, const UpdateContext& /*context*/,
                                 DecodedAttributes& decoded) {
    if (value.empty() || value.size() % 12 != 0) return kBadLength;
    ByteReader in(value);
    while (!in.empty()) {
        LargeCommunity& large = decoded.attributes.large_communities.emplace_back();
        large.global = in.u32();
        large.local_1 = in.u32();
        large.local_2 = in.u32();
    }
    return std::nullopt;
}

Problem decode_only_to_customer(Bytes value, const UpdateContext& /*context*/,
                                DecodedAttributes& decoded) {
    if (value.size() != 4) return kBadLength;
    const Asn as{ByteReader(value).u32()};
    if (as == Asn{0}) return Fault{UpdateError::optional_attribute, "AS 0 (RFC 9234)"};
    decoded.attributes.only_to_customer = as;
    return std::nullopt;
}

constexpr auto kDiscard = Verdict::attribute_discard;
constexpr auto kWithdraw = Verdict::treat_as_withdraw;
constexpr auto kReset = Verdict::session_reset;
constexpr std::uint8_t kBoth = kOptional | kTransitive;

using enum AttributeType;
using enum Accepted;

// RFC 7606 section 7; flags errors: sections 3(c) and 3(f); AS4_*: RFC 6793 section 6.
constexpr std::array kRules{
    AttributeRule{origin, "ORIGIN", kTransitive, always, kWithdraw, kWithdraw, decode_origin},
    AttributeRule{as_path, "AS_PATH", kTransitive, always, kWithdraw, kWithdraw, decode_as_path},
    AttributeRule{next_hop, "NEXT_HOP", kTransitive, always, kWithdraw, kWithdraw, decode_next_hop},
    AttributeRule{med, "MULTI_EXIT_DISC", kOptional, always, kWithdraw, kWithdraw, decode_med},
    AttributeRule{local_pref, "LOCAL_PREF", kTransitive, from_internal, kWithdraw, kWithdraw,
                  decode_local_pref},
    AttributeRule{atomic_aggregate, "ATOMIC_AGGREGATE", kTransitive, always, kDiscard, kDiscard,
                  decode_atomic_aggregate},
    AttributeRule{aggregator, "AGGREGATOR", kBoth, always, kDiscard, kDiscard, decode_aggregator},
    AttributeRule{communities, "COMMUNITIES", kBoth, always, kWithdraw, kWithdraw,
                  decode_communities},
    AttributeRule{originator_id, "ORIGINATOR_ID", kOptional, from_internal, kWithdraw, kWithdraw,
                  decode_originator_id},
    AttributeRule{cluster_list, "CLUSTER_LIST", kOptional, from_internal, kWithdraw, kWithdraw,
                  decode_cluster_list},
    AttributeRule{mp_reach, "MP_REACH_NLRI", kOptional, always, kReset, kReset, decode_mp_reach},
    AttributeRule{mp_unreach, "MP_UNREACH_NLRI", kOptional, always, kReset, kReset,
                  decode_mp_unreach},
    AttributeRule{extended_communities, "EXTENDED_COMMUNITIES", kBoth, always, kWithdraw, kWithdraw,
                  decode_extended_communities},
    AttributeRule{as4_path, "AS4_PATH", kBoth, from_two_octet, kWithdraw, kDiscard,
                  decode_as4_path},
    AttributeRule{as4_aggregator, "AS4_AGGREGATOR", kBoth, from_two_octet, kWithdraw, kDiscard,
                  decode_as4_aggregator},
    AttributeRule{large_communities, "LARGE_COMMUNITIES", kBoth, always, kWithdraw, kWithdraw,
                  decode_large_communities},
    AttributeRule{only_to_customer, "ONLY_TO_CUSTOMER", kBoth, always, kWithdraw, kWithdraw,
                  decode_only_to_customer},
};

// Where a type's rule is; asked for every attribute of every UPDATE.
constexpr std::uint8_t kNoRule = 0xff;
constexpr std::array<std::uint8_t, 256> kRulePlaces = [] {
    std::array<std::uint8_t, 256> places{};
    places.fill(kNoRule);
    for (std::size_t place = 0; place < kRules.size(); ++place) {
        places[static_cast<std::uint8_t>(kRules[place].type)] = static_cast<std::uint8_t>(place);
    }
    return places;
}();

// Path length as RFC 6793 section 4.2.3 compares it.
AsPath joined_path(const AsPath& path, const AsPath& as4_path) {
    std::size_t missing = path.length() - as4_path.length();
    std::vector<AsPathSegment> segments;
    for (const AsPathSegment& segment : path.segments()) {
        if (missing == 0) break;
        AsPathSegment kept = segment;
        if (segment.type == SegmentType::sequence) {
            kept.asns.resize(std::min(missing, kept.asns.size()));
            missing -= kept.asns.size();
        } else {
            --missing;  // a set counts one
        }
        segments.push_back(std::move(kept));
    }
    std::ranges::copy(as4_path.segments(), std::back_inserter(segments));
    return AsPath(std::move(segments));
}

}  // namespace

const AttributeRule* find_rule(std::uint8_t type) {
    const std::uint8_t place = kRulePlaces[type];
    return place == kNoRule ? nullptr : &kRules[place];
}

void merge_four_octet(DecodedAttributes& decoded) {
    PathAttributes& attributes = decoded.attributes;
    if (attributes.aggregator && decoded.as4_aggregator) {
        // A real AS number here: somebody aggregated after the AS4_* attributes were written.
        if (attributes.aggregator->as != kAsTrans) return;
        attributes.aggregator = decoded.as4_aggregator;
    }
    if (decoded.as4_path && attributes.as_path.length() >= decoded.as4_path->length()) {
        attributes.as_path = joined_path(attributes.as_path, *decoded.as4_path);
    }
}

}  // namespace torii::bgp
