#include "controlplane/bgp/attribute_codec.h"

#include "controlplane/bgp/family_codec.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <utility>

namespace torii::bgp {

namespace {

using Problem = std::optional<Fault>;

constexpr Fault kBadLength{UpdateError::attribute_length, "bad length"};
constexpr Fault kMalformedPath{UpdateError::malformed_as_path, "malformed segments"};
constexpr Fault kZeroInPath{UpdateError::malformed_as_path, "AS 0 (RFC 7607)"};
constexpr Fault kZeroInAggregator{UpdateError::optional_attribute, "AS 0 (RFC 7607)"};
constexpr Fault kMalformedMp{UpdateError::optional_attribute, "malformed"};

template <std::size_t kSize>
Problem check_size(Bytes value, const UpdateContext& /*context*/, DecodedRoutes& /*routes*/) {
    return value.size() == kSize ? Problem{} : kBadLength;
}

// At least one number of `kUnit` octets.
template <std::size_t kUnit>
Problem check_list(Bytes value, const UpdateContext& /*context*/, DecodedRoutes& /*routes*/) {
    return !value.empty() && value.size() % kUnit == 0 ? Problem{} : kBadLength;
}

// Lists whose order has no meaning: sorted, none twice.
template <std::size_t kUnit>
bool is_ascending(Bytes value) {
    for (; value.size() >= 2 * kUnit; value = value.subspan(kUnit)) {
        if (std::memcmp(value.data(), value.data() + kUnit, kUnit) >= 0) return false;
    }
    return true;
}

Problem check_origin(Bytes value, const UpdateContext& /*context*/, DecodedRoutes& /*routes*/) {
    if (value.size() != 1) return kBadLength;
    if (value[0] > 2) return Fault{UpdateError::invalid_origin, "undefined value"};
    return std::nullopt;
}

void read_origin(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    decoded.attributes.origin = Origin{value[0]};
}

bool is_confederation(SegmentType type) {
    return type == SegmentType::confed_sequence || type == SegmentType::confed_set;
}

// Calls visit(type, numbers) for each segment. False: one is of no known type, empty, or beyond the
// attribute (RFC 7606 section 7.2).
template <class Visit>
bool visit_segments(Bytes value, bool four_octet, const Visit& visit) {
    ByteReader in(value);
    while (!in.empty()) {
        const std::uint8_t type = in.u8();
        const std::size_t count = in.u8();
        const Bytes numbers = in.take(count * (four_octet ? 4 : 2));
        if (in.failed() || count == 0 || type < 1 || type > 4) return false;
        visit(SegmentType{type}, numbers);
    }
    return true;
}

bool has_zero(Bytes numbers, bool four_octet) {
    bool zero = false;
    for (ByteReader in(numbers); !in.empty();) {
        zero |= (four_octet ? in.u32() : in.u16()) == 0;
    }
    return zero;
}

Problem check_as_path(Bytes value, const UpdateContext& context, DecodedRoutes& /*routes*/) {
    bool confederation = false;
    bool zero = false;
    const auto look = [&](SegmentType type, Bytes numbers) {
        confederation |= is_confederation(type);
        zero |= has_zero(numbers, context.four_octet_as);
    };
    if (!visit_segments(value, context.four_octet_as, look)) return kMalformedPath;
    // RFC 5065 section 5: we are in no confederation.
    if (confederation) return Fault{UpdateError::malformed_as_path, "confederation segment"};
    return zero ? kZeroInPath : Problem{};
}

AsPath read_path(Bytes value, bool four_octet) {
    std::vector<AsPathSegment> segments;
    visit_segments(value, four_octet, [&](SegmentType type, Bytes octets) {
        // RFC 6793 section 6: in AS4_PATH they are dropped; AS_PATH has none.
        if (is_confederation(type)) return;
        AsPathSegment& segment = segments.emplace_back(AsPathSegment{type, {}});
        segment.asns.reserve(octets.size() / 2);
        for (ByteReader numbers(octets); !numbers.empty();) {
            segment.asns.emplace_back(four_octet ? numbers.u32() : numbers.u16());
        }
    });
    return AsPath(std::move(segments));
}

void read_as_path(Bytes value, const UpdateContext& context, DecodedAttributes& decoded) {
    decoded.attributes.as_path = read_path(value, context.four_octet_as);
}

// Two sequences in a row say the same as one.
bool is_one_form_of_path(Bytes value) {
    bool after_sequence = false;
    bool one_form = true;
    visit_segments(value, true, [&](SegmentType type, Bytes /*numbers*/) {
        const bool sequence = type == SegmentType::sequence;
        one_form = one_form && !(sequence && after_sequence);
        after_sequence = sequence;
    });
    return one_form;
}

Problem check_next_hop(Bytes value, const UpdateContext& /*context*/, DecodedRoutes& routes) {
    if (value.size() != 4) return kBadLength;
    routes.next_hop = IpAddress::v4(ByteReader(value).u32());
    return std::nullopt;
}

void read_med(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    decoded.attributes.med = ByteReader(value).u32();
}

void read_local_pref(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    decoded.attributes.local_pref = ByteReader(value).u32();
}

void read_atomic_aggregate(Bytes /*value*/, const UpdateContext& /*context*/,
                           DecodedAttributes& decoded) {
    decoded.attributes.atomic_aggregate = true;
}

Aggregator aggregator_of(Bytes value, bool four_octet) {
    ByteReader in(value);
    const Asn as{four_octet ? in.u32() : in.u16()};
    return {as, IpAddress::v4(in.u32())};
}

Problem check_aggregator(Bytes value, bool four_octet) {
    if (value.size() != (four_octet ? 8U : 6U)) return kBadLength;
    return aggregator_of(value, four_octet).as == Asn{0} ? kZeroInAggregator : Problem{};
}

Problem check_aggregator(Bytes value, const UpdateContext& context, DecodedRoutes& /*routes*/) {
    return check_aggregator(value, context.four_octet_as);
}

void read_aggregator(Bytes value, const UpdateContext& context, DecodedAttributes& decoded) {
    decoded.attributes.aggregator = aggregator_of(value, context.four_octet_as);
}

void read_communities(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    decoded.attributes.communities.reserve(value.size() / 4);
    for (ByteReader in(value); !in.empty();) decoded.attributes.communities.push_back(in.u32());
}

void read_originator_id(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    decoded.attributes.originator_id = RouterId{ByteReader(value).u32()};
}

void read_cluster_list(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    for (ByteReader in(value); !in.empty();) decoded.attributes.cluster_list.push_back(in.u32());
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

Problem check_mp_reach(Bytes value, const UpdateContext& context, DecodedRoutes& routes) {
    MultiprotocolRoutes& reach = routes.reach;
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

Problem check_mp_unreach(Bytes value, const UpdateContext& context, DecodedRoutes& routes) {
    MultiprotocolRoutes& unreach = routes.unreach;
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

void read_extended_communities(Bytes value, const UpdateContext& /*context*/,
                               DecodedAttributes& decoded) {
    decoded.attributes.extended_communities.reserve(value.size() / 8);
    for (ByteReader in(value); !in.empty();) {
        decoded.attributes.extended_communities.push_back(in.u64());
    }
}

Problem check_as4_path(Bytes value, const UpdateContext& /*context*/, DecodedRoutes& /*routes*/) {
    bool zero = false;
    const auto look = [&](SegmentType type, Bytes numbers) {
        zero |= !is_confederation(type) && has_zero(numbers, true);
    };
    if (value.empty() || !visit_segments(value, true, look)) return kMalformedPath;
    return zero ? kZeroInPath : Problem{};
}

void read_as4_path(Bytes value, const UpdateContext& /*context*/, DecodedAttributes& decoded) {
    decoded.as4_path = read_path(value, true);
}

Problem check_as4_aggregator(Bytes value, const UpdateContext& /*context*/,
                             DecodedRoutes& /*routes*/) {
    return check_aggregator(value, true);
}

void read_as4_aggregator(Bytes value, const UpdateContext& /*context*/,
                         DecodedAttributes& decoded) {
    decoded.as4_aggregator = aggregator_of(value, true);
}

void read_large_communities(Bytes value, const UpdateContext& /*context*/,
                            DecodedAttributes& decoded) {
    for (ByteReader in(value); !in.empty();) {
        LargeCommunity& large = decoded.attributes.large_communities.emplace_back();
        large.global = in.u32();
        large.local_1 = in.u32();
        large.local_2 = in.u32();
    }
}

Problem check_only_to_customer(Bytes value, const UpdateContext& /*context*/,
                               DecodedRoutes& /*routes*/) {
    if (value.size() != 4) return kBadLength;
    if (ByteReader(value).u32() != 0) return std::nullopt;
    return Fault{UpdateError::optional_attribute, "AS 0 (RFC 9234)"};
}

void read_only_to_customer(Bytes value, const UpdateContext& /*context*/,
                           DecodedAttributes& decoded) {
    decoded.attributes.only_to_customer = Asn{ByteReader(value).u32()};
}

constexpr auto kDiscard = Verdict::attribute_discard;
constexpr auto kWithdraw = Verdict::treat_as_withdraw;
constexpr auto kReset = Verdict::session_reset;
constexpr std::uint8_t kBoth = kOptional | kTransitive;

using enum AttributeType;
using enum Accepted;

// RFC 7606 section 7; flags errors: sections 3(c) and 3(f); AS4_*: RFC 6793 section 6.
constexpr std::array kRules{
    AttributeRule{origin, "ORIGIN", kTransitive, always, kWithdraw, kWithdraw, check_origin,
                  read_origin, nullptr},
    AttributeRule{as_path, "AS_PATH", kTransitive, always, kWithdraw, kWithdraw, check_as_path,
                  read_as_path, is_one_form_of_path},
    AttributeRule{next_hop, "NEXT_HOP", kTransitive, always, kWithdraw, kWithdraw, check_next_hop,
                  nullptr, nullptr},
    AttributeRule{med, "MULTI_EXIT_DISC", kOptional, always, kWithdraw, kWithdraw, check_size<4>,
                  read_med, nullptr},
    AttributeRule{local_pref, "LOCAL_PREF", kTransitive, from_internal, kWithdraw, kWithdraw,
                  check_size<4>, read_local_pref, nullptr},
    AttributeRule{atomic_aggregate, "ATOMIC_AGGREGATE", kTransitive, always, kDiscard, kDiscard,
                  check_size<0>, read_atomic_aggregate, nullptr},
    AttributeRule{aggregator, "AGGREGATOR", kBoth, always, kDiscard, kDiscard, check_aggregator,
                  read_aggregator, nullptr},
    AttributeRule{communities, "COMMUNITIES", kBoth, always, kWithdraw, kWithdraw, check_list<4>,
                  read_communities, is_ascending<4>},
    AttributeRule{originator_id, "ORIGINATOR_ID", kOptional, from_internal, kWithdraw, kWithdraw,
                  check_size<4>, read_originator_id, nullptr},
    AttributeRule{cluster_list, "CLUSTER_LIST", kOptional, from_internal, kWithdraw, kWithdraw,
                  check_list<4>, read_cluster_list, nullptr},
    AttributeRule{mp_reach, "MP_REACH_NLRI", kOptional, always, kReset, kReset, check_mp_reach,
                  nullptr, nullptr},
    AttributeRule{mp_unreach, "MP_UNREACH_NLRI", kOptional, always, kReset, kReset,
                  check_mp_unreach, nullptr, nullptr},
    AttributeRule{extended_communities, "EXTENDED_COMMUNITIES", kBoth, always, kWithdraw, kWithdraw,
                  check_list<8>, read_extended_communities, is_ascending<8>},
    AttributeRule{as4_path, "AS4_PATH", kBoth, from_two_octet, kWithdraw, kDiscard, check_as4_path,
                  read_as4_path, nullptr},
    AttributeRule{as4_aggregator, "AS4_AGGREGATOR", kBoth, from_two_octet, kWithdraw, kDiscard,
                  check_as4_aggregator, read_as4_aggregator, nullptr},
    AttributeRule{large_communities, "LARGE_COMMUNITIES", kBoth, always, kWithdraw, kWithdraw,
                  check_list<12>, read_large_communities, is_ascending<12>},
    AttributeRule{only_to_customer, "ONLY_TO_CUSTOMER", kBoth, always, kWithdraw, kWithdraw,
                  check_only_to_customer, read_only_to_customer, nullptr},
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

void read_value(const ListedAttribute& listed, const UpdateContext& context,
                DecodedAttributes& decoded) {
    const auto type = static_cast<std::uint8_t>(listed.type);
    if (const AttributeRule* const rule = find_rule(type); rule == nullptr) {
        decoded.attributes.unknown.push_back({type, {listed.value.begin(), listed.value.end()}});
    } else if (rule->read != nullptr) {
        rule->read(listed.value, context, decoded);
    }
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
