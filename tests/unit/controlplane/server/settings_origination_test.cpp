// What BGP is told to originate.
#include "settings_text.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>

namespace torii::controlplane {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Around the part of `bgp` that a test is about.
std::string bgp(const std::string& text) {
    return "bgp { as: 65000 router_id: '192.168.10.200' hold_time: 90 " + text + " }";
}

constexpr const char* kPolicies = "policy { policies { name: 'IN' } policies { name: 'OUT' } } ";

TEST(OriginationSettings, Aggregates) {
    const auto settings =
        read(kPolicies + bgp("families { family: IPV4_UNICAST "
                             "  aggregates { prefix: '10.0.0.0/8' summary_only: true as_set: true "
                             "    origin: BGP_ORIGIN_EGP policies: 'OUT' } "
                             "  aggregates { prefix: '10.1.0.0/16' suppress_policies: 'IN' } }"));
    ASSERT_TRUE(settings) << settings.error().message;
    const auto& aggregates = settings->bgp->speaker.families.at(0).aggregates;
    ASSERT_EQ(aggregates.size(), 2U);
    EXPECT_TRUE(aggregates[0].summary_only && aggregates[0].as_set);
    EXPECT_EQ(aggregates[0].origin, bgp::Origin::egp);
    EXPECT_THAT(aggregates[0].policies, ElementsAre("OUT"));
    EXPECT_EQ(aggregates[1].prefix.to_string(), "10.1.0.0/16");
    EXPECT_EQ(aggregates[1].origin, std::nullopt);
    EXPECT_THAT(aggregates[1].suppress_policies, ElementsAre("IN"));
    const auto refused = [](const std::string& text) {
        return refusal(bgp("families { family: IPV4_UNICAST aggregates { " + text + " } }"));
    };
    EXPECT_THAT(refused("prefix: '10.0.0.1/32'"), HasSubstr("aggregate-address 10.0.0.1/32"));
    EXPECT_THAT(refused("prefix: 'fd00::/8'"), HasSubstr("not of the family"));
    EXPECT_THAT(refused("prefix: '10.0.0.0/8' policies: 'X'"), HasSubstr("policy X"));
    EXPECT_THAT(refused("prefix: '10.0.0.0/8' suppress_policies: 'X'"), HasSubstr("policy X"));
}

TEST(OriginationSettings, DefaultRoutesOfTheGroupUnlessTheNeighborSaysOtherwise) {
    const auto settings = read(
        kPolicies +
        bgp("peer_groups { name: 'G' session { remote_as: 65001 families { family: IPV4_UNICAST "
            "  default_policies: 'IN' unsuppress_policies: 'OUT' } } } "
            "neighbors { address: '10.0.0.1' peer_group: 'G' "
            "  session { families { default_originate: false } } } "
            "neighbors { address: '10.0.0.2' peer_group: 'G' } "
            "neighbors { address: '10.0.0.3' "
            "  session { remote_as: 1 families { default_originate: true } } }"));
    ASSERT_TRUE(settings) << settings.error().message;
    const auto policies = [&](std::size_t peer) {
        return settings->bgp->speaker.peers.at(peer).policies[0];
    };
    EXPECT_FALSE(policies(0).default_originate);
    EXPECT_TRUE(policies(1).default_originate);
    EXPECT_THAT(policies(1).default_policies, ElementsAre("IN"));
    EXPECT_THAT(policies(1).unsuppress_policies, ElementsAre("OUT"));
    EXPECT_TRUE(policies(2).default_originate);
    EXPECT_TRUE(policies(2).default_policies.empty());
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' session { remote_as: 1 "
                            "families { default_policies: 'X' } } }")),
                HasSubstr("policy X"));
}

}  // namespace
}  // namespace torii::controlplane
