// Routes go out as octets; what becomes of them is said here once more, on values.
#include "controlplane/bgp/community.h"
#include "controlplane/rib/export_rules.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace torii::rib {
namespace {

std::uint32_t number() {
    return *rc::gen::arbitrary<std::uint32_t>();
}

bool maybe() {
    return *rc::gen::arbitrary<bool>();
}

bgp::Asn any_asn() {
    return bgp::Asn{*rc::gen::element<std::uint32_t>(65000, 65001, 65002, 64512, 4200000001, 3320)};
}

bgp::AsPath draw_path() {
    std::vector<bgp::AsPathSegment> segments(*rc::gen::inRange<std::size_t>(0, 4));
    for (bgp::AsPathSegment& segment : segments) {
        const bool set = maybe();
        segment.type = set ? bgp::SegmentType::set : bgp::SegmentType::sequence;
        // A segment is full with 255; a longer sequence takes several.
        const auto count = *rc::gen::element<std::size_t>(1, 2, 5, 253, 254, 255, 256, 600);
        if (set && count > 255) segment.type = bgp::SegmentType::sequence;
        for (std::size_t index = 0; index < count; ++index) {
            segment.asns.push_back(index == 0 ? any_asn() : bgp::Asn{3320});
        }
    }
    return bgp::AsPath(std::move(segments));
}

bgp::PathAttributes draw_attributes() {
    bgp::PathAttributes result;
    result.origin = *rc::gen::element(bgp::Origin::igp, bgp::Origin::incomplete);
    result.as_path = draw_path();
    result.next_hop = IpAddress::v4(*rc::gen::element<std::uint32_t>(0, 0x0a000001, 0x0a000102));
    if (maybe()) result.link_local = IpAddress::parse("fe80::1").value();
    if (maybe()) result.med = number();
    if (maybe()) result.local_pref = number();
    result.atomic_aggregate = maybe();
    if (maybe()) result.aggregator = bgp::Aggregator{any_asn(), IpAddress::v4(number())};
    const std::vector<std::uint32_t> known{bgp::kNoExport,          bgp::kNoAdvertise,
                                           bgp::kNoExportSubconfed, bgp::kLlgrStale,
                                           bgp::kGracefulShutdown,  0xfde80001};
    if (maybe()) result.communities.push_back(*rc::gen::elementOf(known));
    for (int more = *rc::gen::inRange(0, 80); more > 0; --more) {
        result.communities.push_back(0xfde90000 + static_cast<std::uint32_t>(more));
    }
    for (int more = *rc::gen::inRange(0, 4); more > 0; --more) {
        result.extended_communities.push_back(std::uint64_t{number()} << 32U | number());
    }
    if (maybe()) result.large_communities.push_back({number(), number(), number()});
    if (maybe()) result.originator_id = bgp::RouterId{number()};
    if (maybe()) result.cluster_list = {number(), number()};
    if (maybe()) result.only_to_customer = any_asn();
    if (maybe()) result.unknown.push_back({30, {1, 2, 3}});
    result.canonicalize();
    return result;
}

ExportRules draw_rules() {
    ExportRules rules;
    rules.external = maybe();
    rules.local_as = bgp::Asn{65000};
    if (maybe()) rules.instance_as = bgp::Asn{65009};
    if (maybe()) rules.override_as = bgp::Asn{65001};
    rules.private_as = *rc::gen::element(bgp::PrivateAs::keep, bgp::PrivateAs::keep,
                                         bgp::PrivateAs::remove, bgp::PrivateAs::replace_if_all);
    rules.private_as_kept = bgp::Asn{65001};
    rules.next_hop_self = maybe();
    rules.next_hop_unchanged = maybe();
    if (maybe()) rules.self = IpAddress::parse("192.168.20.200").value();
    if (maybe()) rules.subnet = Prefix::parse("10.0.0.0/24").value();
    rules.send_communities = {maybe(), maybe(), maybe()};
    rules.graceful_shutdown = *rc::gen::inRange(0, 4) == 0;
    rules.policy_missing = *rc::gen::inRange(0, 8) == 0;
    rules.originate_only = *rc::gen::inRange(0, 8) == 0;
    rules.long_lived = maybe();
    return rules;
}

bool goes(const bgp::PathAttributes& route, const ExportSource& source, const ExportRules& rules) {
    const bool stays = route.has_community(bgp::kNoAdvertise) ||
                       (route.has_community(bgp::kLlgrStale) && !rules.long_lived) ||
                       (rules.originate_only && !source.local);
    if (stays) return false;
    if (!rules.external) return source.local || source.external;
    return !rules.policy_missing && !route.has_community(bgp::kNoExport) &&
           !route.has_community(bgp::kNoExportSubconfed);
}

bool keeps_next_hop(const bgp::PathAttributes& route, const ExportRules& rules) {
    if (route.next_hop.is_unspecified() || rules.next_hop_self) return false;
    if (!rules.external || rules.next_hop_unchanged) return true;
    return rules.subnet && rules.subnet->contains(route.next_hop);
}

void leave_our_as(bgp::PathAttributes& route, const ExportSource& source,
                  const ExportRules& rules) {
    route.as_path.remove_private(rules.private_as, rules.local_as, rules.private_as_kept);
    if (rules.override_as) route.as_path.replace(*rules.override_as, rules.local_as);
    if (rules.instance_as) route.as_path.prepend(*rules.instance_as);
    route.as_path.prepend(rules.local_as);
    route.local_pref.reset();
    route.originator_id.reset();
    route.cluster_list.clear();
    if (source.local) return;
    route.med.reset();
    std::erase_if(route.extended_communities, bgp::is_non_transitive);
}

std::optional<bgp::PathAttributes> exported(bgp::PathAttributes route, const ExportSource& source,
                                            const ExportRules& rules) {
    if (!goes(route, source, rules)) return std::nullopt;
    if (!keeps_next_hop(route, rules)) {
        if (!rules.self) return std::nullopt;
        route.next_hop = *rules.self;
        route.link_local.reset();
    }
    if (rules.graceful_shutdown && rules.external) {
        route.communities.push_back(bgp::kGracefulShutdown);
        route.canonicalize();
    }
    if (!rules.send_communities.standard) route.communities.clear();
    if (!rules.send_communities.extended) route.extended_communities.clear();
    if (!rules.send_communities.large) route.large_communities.clear();
    if (rules.external) {
        leave_our_as(route, source, rules);
    } else {
        route.local_pref = rules.graceful_shutdown ? 0 : route.local_pref.value_or(100);
    }
    return route;
}

bgp::PackedAttributes packed(const bgp::PathAttributes& attributes, ByteWriter& octets) {
    octets.clear();
    bgp::pack(attributes, octets);
    return {octets.view(), attributes.next_hop, attributes.link_local};
}

}  // namespace

RC_GTEST_PROP(BgpExport, OctetsGoOutAsValuesWould, ()) {
    const bgp::PathAttributes attributes = draw_attributes();
    const ExportRules rules = draw_rules();
    const ExportSource source{.local = maybe(), .external = maybe()};
    ByteWriter octets;
    ByteWriter out;
    const auto result = export_attributes(Prefix{}, packed(attributes, octets), source, rules, out);
    const auto expected = exported(attributes, source, rules);
    RC_ASSERT(result.has_value() == expected.has_value());
    if (!result) return;
    ByteWriter wanted;
    RC_ASSERT(std::ranges::equal(result->octets, packed(*expected, wanted).octets));
    RC_ASSERT(unpack(*result) == *expected);
}

}  // namespace torii::rib
