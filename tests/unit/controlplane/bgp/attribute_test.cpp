#include "controlplane/bgp/attribute.h"

#include "controlplane/bgp/attribute_codec.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace torii::bgp {

namespace {

AsPathSegment segment(SegmentType type, std::vector<std::uint32_t> numbers) {
    AsPathSegment result{type, {}};
    for (const std::uint32_t number : numbers) result.asns.emplace_back(number);
    return result;
}

AsPath path(std::vector<AsPathSegment> segments) {
    return AsPath(std::move(segments));
}

using enum SegmentType;

}  // namespace

TEST(BgpAsPath, HasOneFormOnly) {
    const AsPath joined =
        path({segment(sequence, {1, 2}), segment(SegmentType::set, {}), segment(sequence, {3})});
    EXPECT_EQ(joined, AsPath::sequence({Asn{1}, Asn{2}, Asn{3}}));
    EXPECT_EQ(AsPath::sequence({}), AsPath{}) << "no empty segment";
}

TEST(BgpAsPath, Length) {
    EXPECT_EQ(AsPath{}.length(), 0U);
    EXPECT_EQ(path({segment(sequence, {1, 1, 2})}).length(), 3U);
    EXPECT_EQ(path({segment(sequence, {1}), segment(SegmentType::set, {2, 3, 4})}).length(), 2U)
        << "RFC 4271 section 9.1.2.2: a set counts one";
    EXPECT_EQ(
        path({segment(confed_sequence, {1, 2}), segment(confed_set, {3}), segment(sequence, {4})})
            .length(),
        1U)
        << "RFC 5065 section 5.3: confederation segments count nothing";
}

TEST(BgpAsPath, FirstAndLast) {
    EXPECT_EQ(AsPath{}.first(), std::nullopt);
    EXPECT_EQ(AsPath{}.last(), std::nullopt);
    const AsPath mixed = path({segment(sequence, {1, 2}), segment(SegmentType::set, {3})});
    EXPECT_EQ(mixed.first(), Asn{1});
    EXPECT_EQ(mixed.last(), std::nullopt) << "a set has no origin";
    EXPECT_EQ(path({segment(SegmentType::set, {3})}).first(), std::nullopt);
    EXPECT_EQ(path({segment(confed_sequence, {9}), segment(sequence, {4, 5})}).first(), Asn{4});
    EXPECT_EQ(path({segment(sequence, {4, 5})}).last(), Asn{5});
}

TEST(BgpAsPath, CountLooksIntoEverySegment) {
    const AsPath mixed = path({segment(sequence, {1, 2, 1}), segment(SegmentType::set, {1, 3})});
    EXPECT_EQ(mixed.count(Asn{1}), 3U);
    EXPECT_TRUE(mixed.contains(Asn{3}));
    EXPECT_FALSE(mixed.contains(Asn{4}));
}

TEST(BgpAsPath, Prepend) {
    AsPath prepended;
    prepended.prepend(Asn{7}, 0);
    EXPECT_TRUE(prepended.empty());
    prepended.prepend(Asn{7}, 2);
    EXPECT_EQ(prepended.to_string(), "7 7");
    AsPath before_a_set = path({segment(SegmentType::set, {1, 2})});
    before_a_set.prepend(Asn{7});
    EXPECT_EQ(before_a_set.to_string(), "7 {1,2}") << "RFC 4271 section 5.1.2: a new segment";
}

TEST(BgpAsPath, Replace) {
    AsPath replaced = path({segment(sequence, {65001, 1}), segment(SegmentType::set, {65001})});
    replaced.replace(Asn{65001}, Asn{65000});
    EXPECT_EQ(replaced.to_string(), "65000 1 {65000}");
}

TEST(BgpAsPath, Text) {
    EXPECT_EQ(AsPath{}.to_string(), "");
    EXPECT_EQ(path({segment(sequence, {65001, 65002}), segment(SegmentType::set, {1, 2}),
                    segment(confed_sequence, {65100}), segment(confed_set, {65101})})
                  .to_string(),
              "65001 65002 {1,2} (65100) [65101]");
}

TEST(BgpPathAttributes, CanonicalFormsOfEqualSetsAreEqual) {
    PathAttributes left;
    left.communities = {3, 1, 3, 2};
    left.extended_communities = {9, 8, 9};
    left.large_communities = {{2, 0, 0}, {1, 0, 0}, {2, 0, 0}};
    left.unknown = {{200, {1}}, {100, {2}}};
    PathAttributes right;
    right.communities = {1, 2, 3};
    right.extended_communities = {8, 9};
    right.large_communities = {{1, 0, 0}, {2, 0, 0}};
    right.unknown = {{100, {2}}, {200, {1}}};
    left.canonicalize();
    right.canonicalize();
    EXPECT_EQ(left, right);
    EXPECT_EQ(PathAttributesHash{}(left), PathAttributesHash{}(right));
    EXPECT_TRUE(left.has_community(2));
    EXPECT_FALSE(left.has_community(4));
}

TEST(BgpPathAttributes, TheOrderOfAClusterListHasAMeaning) {
    PathAttributes left;
    left.cluster_list = {2, 1};
    left.canonicalize();
    EXPECT_EQ(left.cluster_list, (std::vector<std::uint32_t>{2, 1}));
}

TEST(BgpPathAttributes, EveryMemberCountsInTheHash) {
    std::vector<PathAttributes> all(15);
    all[1].origin = Origin::egp;
    all[2].as_path = AsPath::sequence({Asn{1}});
    all[3].next_hop = address("10.0.0.1");
    all[4].link_local = address("fe80::1");
    all[5].med = 0;
    all[6].local_pref = 0;
    all[7].atomic_aggregate = true;
    all[8].aggregator = Aggregator{Asn{1}, address("10.0.0.1")};
    all[9].communities = {1};
    all[10].extended_communities = {1};
    all[11].large_communities = {{1, 2, 3}};
    all[12].originator_id = RouterId{1};
    all[13].only_to_customer = Asn{1};
    all[14].unknown = {{99, {1}}};
    std::unordered_set<std::size_t> hashes;
    for (const PathAttributes& attributes : all) hashes.insert(PathAttributesHash{}(attributes));
    EXPECT_EQ(hashes.size(), all.size());
}

TEST(BgpAttributeCodec, AllAttributesInTheOrderOfTheirTypes) {
    PathAttributes attributes;
    attributes.origin = Origin::incomplete;
    attributes.as_path =
        path({segment(sequence, {65001, 4200000000}), segment(SegmentType::set, {7})});
    attributes.next_hop = address("10.99.0.1");
    attributes.med = 10;
    attributes.local_pref = 100;
    attributes.atomic_aggregate = true;
    attributes.aggregator = Aggregator{Asn{65010}, address("192.0.2.9")};
    attributes.communities = {65001U << 16U | 100U};
    attributes.originator_id = RouterId{0xc0000201};
    attributes.cluster_list = {1, 2};
    attributes.extended_communities = {0x0002fde900000064};
    attributes.large_communities = {{65001, 1, 2}};
    attributes.only_to_customer = Asn{65001};
    attributes.unknown = {{13, {1}}, {30, {2}}, {34, {3}}, {99, {4}}};
    ByteWriter out;
    encode_attributes(attributes, UpdateContext{}, true, out);
    EXPECT_EQ(dump(out.view()), dump(hex("40 01 01 02"
                                         "40 02 10 02 02 0000fde9 fa56ea00 01 01 00000007"
                                         "40 03 04 0a630001"
                                         "80 04 04 0000000a"
                                         "40 05 04 00000064"
                                         "40 06 00"
                                         "c0 07 08 0000fdf2 c0000209"
                                         "c0 08 04 fde90064"
                                         "80 09 04 c0000201"
                                         "80 0a 08 00000001 00000002"
                                         "e0 0d 01 01"
                                         "c0 10 08 0002fde900000064"
                                         "e0 1e 01 02"
                                         "c0 20 0c 0000fde9 00000001 00000002"
                                         "e0 22 01 03"
                                         "c0 23 04 0000fde9"
                                         "e0 63 01 04")));
}

TEST(BgpAttributeCodec, TwoOctetPeersGetAs4Attributes) {
    UpdateContext context;
    context.four_octet_as = false;
    PathAttributes attributes;
    attributes.as_path = AsPath::sequence({Asn{65001}, Asn{4200000000}});
    attributes.aggregator = Aggregator{Asn{4200000000}, address("192.0.2.9")};
    ByteWriter out;
    encode_attributes(attributes, context, false, out);
    EXPECT_EQ(dump(out.view()), dump(hex("40 01 01 00"
                                         "40 02 06 02 02 fde9 5ba0"
                                         "c0 07 06 5ba0 c0000209"
                                         "c0 11 0a 02 02 0000fde9 fa56ea00"
                                         "c0 12 08 fa56ea00 c0000209")))
        << "RFC 6793 section 4.2.2";
}

TEST(BgpAttributeCodec, NoAs4AttributesWhenNothingIsLost) {
    UpdateContext context;
    context.four_octet_as = false;
    PathAttributes attributes;
    attributes.as_path = AsPath::sequence({Asn{65001}});
    attributes.aggregator = Aggregator{Asn{65001}, address("192.0.2.9")};
    ByteWriter out;
    encode_attributes(attributes, context, false, out);
    EXPECT_EQ(dump(out.view()), dump(hex("40 01 01 00"
                                         "40 02 04 02 01 fde9"
                                         "c0 07 06 fde9 c0000209")));
}

TEST(BgpAttributeCodec, ASegmentHasAtMost255Numbers) {
    PathAttributes attributes;
    attributes.as_path = AsPath::sequence(std::vector<Asn>(256, Asn{1}));
    ByteWriter out;
    encode_attributes(attributes, UpdateContext{}, false, out);
    const Bytes octets = out.view();
    // ORIGIN, then AS_PATH with the extended length 2 + 255 * 4 + 2 + 4.
    EXPECT_EQ(dump(octets.subspan(4, 6)), "50 02 04 04 02 ff");
    EXPECT_EQ(dump(octets.last(6)), "02 01 00 00 00 01");
}

TEST(BgpAttributeCodec, RulesAreFoundByType) {
    EXPECT_EQ(find_rule(1)->name, "ORIGIN");
    EXPECT_EQ(find_rule(35)->name, "ONLY_TO_CUSTOMER");
    EXPECT_EQ(find_rule(0), nullptr);
    EXPECT_EQ(find_rule(11), nullptr);
    EXPECT_EQ(find_rule(255), nullptr);
}

TEST(BgpAttributeCodec, As4PathIsJoinedWithThePath) {
    struct Row {
        const char* reason;
        AsPath two_octet;
        AsPath four_octet;
        const char* expected;
    };
    const std::vector<Row> rows{
        {"an old speaker prepended once", AsPath::sequence({Asn{9}, Asn{65001}, kAsTrans}),
         AsPath::sequence({Asn{65001}, Asn{70000}}), "9 65001 70000"},
        {"equally long: all of AS4_PATH", AsPath::sequence({Asn{65001}, kAsTrans}),
         AsPath::sequence({Asn{65001}, Asn{70000}}), "65001 70000"},
        {"AS4_PATH is longer: ignored", AsPath::sequence({Asn{65001}}),
         AsPath::sequence({Asn{65001}, Asn{70000}}), "65001"},
        {"a set before counts one",
         path({segment(SegmentType::set, {5, 6}), segment(sequence, {65001, 23456})}),
         AsPath::sequence({Asn{65001}, Asn{70000}}), "{5,6} 65001 70000"},
    };
    for (const Row& row : rows) {
        DecodedAttributes decoded;
        decoded.attributes.as_path = row.two_octet;
        decoded.as4_path = row.four_octet;
        merge_four_octet(decoded);
        EXPECT_EQ(decoded.attributes.as_path.to_string(), row.expected) << row.reason;
    }
}

TEST(BgpAttributeCodec, As4AttributesCountUnlessSomebodyAggregatedSince) {
    DecodedAttributes decoded;
    decoded.attributes.as_path = AsPath::sequence({kAsTrans});
    decoded.as4_path = AsPath::sequence({Asn{70000}});
    decoded.attributes.aggregator = Aggregator{Asn{65010}, address("192.0.2.9")};

    DecodedAttributes alone = decoded;
    merge_four_octet(alone);
    EXPECT_EQ(alone.attributes.as_path.to_string(), "70000")
        << "no AS4_AGGREGATOR: AS4_PATH counts";

    decoded.as4_aggregator = Aggregator{Asn{70000}, address("192.0.2.8")};
    DecodedAttributes aggregated = decoded;
    merge_four_octet(aggregated);
    EXPECT_EQ(aggregated.attributes.as_path.to_string(), "23456")
        << "RFC 6793 section 4.2.3: both are ignored";
    EXPECT_EQ(aggregated.attributes.aggregator->as, Asn{65010});

    decoded.attributes.aggregator->as = kAsTrans;
    merge_four_octet(decoded);
    EXPECT_EQ(decoded.attributes.as_path.to_string(), "70000");
    EXPECT_EQ(decoded.attributes.aggregator, decoded.as4_aggregator);
}

}  // namespace torii::bgp
