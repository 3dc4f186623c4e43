#include "controlplane/bgp/community.h"
#include "controlplane/policy/as_path_set.h"
#include "controlplane/policy/community_set.h"
#include "controlplane/policy/prefix_set.h"
#include "tests/support/community_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

bgp::PathAttributes with(std::initializer_list<const char*> communities) {
    bgp::PathAttributes attributes;
    for (const char* text : communities) {
        attributes.communities.push_back(bgp::parse_community(text).value());
    }
    attributes.canonicalize();
    return attributes;
}

TEST(PolicyPrefixSet, LengthsAsInPrefixLists) {
    const auto set = PrefixSet::compile({
        {5, true, prefix("172.20.0.0/16"), 24, 24},
        {10, true, prefix("10.0.0.0/8"), {}, {}},
        {15, true, prefix("192.168.0.0/16"), 24, {}},
        {20, true, prefix("100.64.0.0/10"), {}, 12},
        {25, true, prefix("fd00::/8"), {}, 64},
    });
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_TRUE(set->matches(prefix("172.20.3.0/24")));
    EXPECT_FALSE(set->matches(prefix("172.20.0.0/16")));
    EXPECT_FALSE(set->matches(prefix("172.20.3.0/25")));
    EXPECT_FALSE(set->matches(prefix("172.21.3.0/24")));
    EXPECT_TRUE(set->matches(prefix("10.0.0.0/8")));
    EXPECT_FALSE(set->matches(prefix("10.0.0.0/9"))) << "without ge and le: exactly";
    EXPECT_TRUE(set->matches(prefix("192.168.1.1/32"))) << "ge alone: down to hosts";
    EXPECT_FALSE(set->matches(prefix("192.168.0.0/23")));
    EXPECT_TRUE(set->matches(prefix("100.64.0.0/10"))) << "le alone: from the prefix on";
    EXPECT_FALSE(set->matches(prefix("100.64.0.0/13")));
    EXPECT_TRUE(set->matches(prefix("fd00:1::/64")));
    EXPECT_FALSE(set->matches(prefix("0.0.0.0/0")));
}

TEST(PolicyPrefixSet, TheLowestNumberDecides) {
    const auto set = PrefixSet::compile({
        {30, true, prefix("0.0.0.0/0"), {}, 32},
        {10, false, prefix("10.0.0.0/8"), {}, 32},
        {5, true, prefix("10.1.0.0/16"), {}, {}},
    });
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->matches(prefix("10.1.0.0/16")));
    EXPECT_FALSE(set->matches(prefix("10.1.1.0/24")));
    EXPECT_TRUE(set->matches(prefix("11.0.0.0/8")));
    EXPECT_FALSE(set->matches(prefix("::/0"))) << "another family";
}

TEST(PolicyPrefixSet, LengthsThatCannotBe) {
    EXPECT_THAT(PrefixSet::compile({{7, true, prefix("10.0.0.0/8"), 7, {}}}).error().message,
                HasSubstr("entry 7: lengths must be 8 <= ge <= le <= 32"));
    EXPECT_FALSE(PrefixSet::compile({{7, true, prefix("10.0.0.0/8"), 24, 23}}));
    EXPECT_FALSE(PrefixSet::compile({{7, true, prefix("10.0.0.0/8"), {}, 33}}));
}

TEST(PolicyAsPathSet, TheFirstPatternThatMatchesDecides) {
    const auto set = AsPathSet::compile({{10, false, "_65002_"}, {20, true, "^65001_"}});
    ASSERT_TRUE(set);
    const auto path = [](std::vector<bgp::Asn> asns) {
        return bgp::AsPath::sequence(std::move(asns));
    };
    EXPECT_TRUE(set->matches(path({bgp::Asn{65001}, bgp::Asn{1}})));
    EXPECT_FALSE(set->matches(path({bgp::Asn{65001}, bgp::Asn{65002}})));
    EXPECT_FALSE(set->matches(path({bgp::Asn{1}})));
    EXPECT_FALSE(set->matches({}));
    EXPECT_THAT(AsPathSet::compile({{10, true, "("}}).error().message, HasSubstr("entry 10: "));
}

TEST(PolicyCommunitySet, ARouteHasAllMembersOfAnEntry) {
    const auto set = CommunitySet::compile(
        CommunityKind::standard,
        {{10, true, {"65001:1", "no-export"}}, {20, false, {"65001:9"}}, {30, true, {"65001:*"}}});
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_TRUE(set->matches(with({"65001:1", "no-export", "1:1"}), false));
    EXPECT_TRUE(set->matches(with({"65001:1"}), false)) << "by entry 30";
    EXPECT_FALSE(set->matches(with({"65001:9", "65001:8"}), false)) << "by entry 20";
    EXPECT_FALSE(set->matches(with({"65002:1"}), false));
    EXPECT_FALSE(set->matches({}, false));
}

TEST(PolicyCommunitySet, ExactMeansNoOthers) {
    const auto set = CommunitySet::compile(CommunityKind::standard, {{10, true, {"65001:*"}}});
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->matches(with({"65001:1", "65001:2"}), true));
    EXPECT_FALSE(set->matches(with({"65001:1", "65002:2"}), true));
    EXPECT_TRUE(set->matches(with({"65001:1", "65002:2"}), false));
}

TEST(PolicyCommunitySet, PatternsSeeTheTextOfAll) {
    const auto set = CommunitySet::compile(CommunityKind::standard,
                                           {{10, true, {}, "^65001:1_.*_65002:[0-9]+$"}});
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->matches(with({"65001:1", "65001:5", "65002:7"}), false));
    EXPECT_FALSE(set->matches(with({"65001:1", "65003:7"}), false));
}

TEST(PolicyCommunitySet, RemovesWhatItPermitsOneByOne) {
    const auto set = CommunitySet::compile(
        CommunityKind::standard,
        {{10, false, {"65001:7"}}, {20, true, {"65001:*"}}, {30, true, {}, "^no-"}});
    ASSERT_TRUE(set);
    bgp::PathAttributes attributes = with({"65001:7", "65001:8", "65002:1", "no-export"});
    set->remove_from(attributes);
    EXPECT_EQ(attributes, with({"65001:7", "65002:1"}));
}

TEST(PolicyCommunitySet, ExtendedOnesWhateverTheirLayout) {
    const auto set = CommunitySet::compile(CommunityKind::extended,
                                           {{10, true, {"rt:65001:*"}}, {20, true, {"soo:*:5"}}});
    ASSERT_TRUE(set) << set.error().message;
    bgp::PathAttributes attributes;
    attributes.extended_communities = {0x0202'0000fde9'0007};  // in four octets
    EXPECT_TRUE(set->matches(attributes, false));
    attributes.extended_communities = {0x0002'fde8'00000007};
    EXPECT_FALSE(set->matches(attributes, false));
    attributes.extended_communities = {0x0103'c0000201'0005};
    EXPECT_TRUE(set->matches(attributes, false));
    attributes.extended_communities = {0x030c'0000'00000005};
    EXPECT_FALSE(set->matches(attributes, false)) << "of an unknown type";
    set->remove_from(attributes);
    EXPECT_THAT(attributes.extended_communities, ElementsAre(0x030c'0000'00000005U));
}

TEST(PolicyCommunitySet, LargeOnes) {
    const auto set = CommunitySet::compile(CommunityKind::large, {{10, true, {"65001:*:2"}}});
    ASSERT_TRUE(set);
    bgp::PathAttributes attributes;
    attributes.large_communities = {{65001, 1, 2}, {65001, 1, 3}};
    EXPECT_TRUE(set->matches(attributes, false));
    EXPECT_FALSE(set->matches(attributes, true));
    set->remove_from(attributes);
    EXPECT_THAT(attributes.large_communities, ElementsAre(bgp::LargeCommunity{65001, 1, 3}));
}

TEST(PolicyCommunitySet, Refusals) {
    const auto refusal = [](CommunityKind kind, CommunityRule rule) {
        const auto set = CommunitySet::compile(kind, {std::move(rule)});
        return set ? "accepted" : set.error().message;
    };
    EXPECT_THAT(refusal(CommunityKind::standard, {5, true, {"65536:1"}}),
                HasSubstr("entry 5: 65536:1"));
    EXPECT_THAT(refusal(CommunityKind::standard, {5, true, {}, {}}), HasSubstr("needs members"));
    EXPECT_THAT(refusal(CommunityKind::standard, {5, true, {"1:1"}, "1"}),
                HasSubstr("and not both"));
    EXPECT_THAT(refusal(CommunityKind::large, {5, true, {"1:1"}}), HasSubstr("1:1"));
    EXPECT_THAT(refusal(CommunityKind::extended, {5, true, {"1:1"}}), HasSubstr("1:1"));
    EXPECT_THAT(refusal(CommunityKind::standard, {5, true, {}, "("}), HasSubstr("pattern"));
}

// The model says the same of each, in its own test.
TEST(PolicyCommunitySet, TextsThatAreCommunitiesAndTextsThatAreNot) {
    const auto accepted = [](CommunityKind kind, std::string_view text) {
        return CommunitySet::compile(kind, {{5, true, {std::string(text)}, {}}}).has_value();
    };
    const auto exact = [](CommunityKind kind, std::string_view text) {
        return kind == CommunityKind::standard ? bgp::parse_community(text).has_value()
               : kind == CommunityKind::large  ? bgp::parse_large_community(text).has_value()
                                               : bgp::parse_extended_community(text).has_value();
    };
    for (const CommunityKind kind : kCommunityKinds) {
        const test::CommunityTexts& texts =
            test::kCommunityTexts.at(static_cast<std::size_t>(kind));
        for (const std::string_view text : texts.exact) {
            EXPECT_TRUE(accepted(kind, text) && exact(kind, text)) << texts.kind << ' ' << text;
        }
        for (const std::string_view text : texts.members) {
            EXPECT_TRUE(accepted(kind, text)) << texts.kind << ' ' << text;
            EXPECT_FALSE(exact(kind, text)) << texts.kind << ' ' << text;
        }
        for (const std::string_view text : texts.bad) {
            EXPECT_FALSE(accepted(kind, text) || exact(kind, text)) << texts.kind << ' ' << text;
        }
    }
}

}  // namespace
}  // namespace torii::policy
