// Which pod network is advertised to which peer, and with which attributes.
#include "agent/reconcile/pod_cidr.h"

#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}
Prefix prefix(const char* text) {
    return *Prefix::parse(text);
}

std::string advertisement(std::string_view name, std::string_view labels,
                          std::string_view attributes, std::string_view type = "PodCIDR") {
    return fmt::format(
        "{{apiVersion: cilium.io/v2, kind: CiliumBGPAdvertisement, metadata: "
        "{{name: {}, labels: {{{}}}}}, spec: {{advertisements: "
        "[{{advertisementType: {}, attributes: {{{}}}}}]}}}}\n---\n",
        name, labels, type, attributes);
}

std::vector<speaker::LocalRoute> routes(const model::Snapshot& snapshot, Conditions& conditions) {
    const AdvertisementTarget target{address("192.0.2.200"), &snapshot.peer_configs.at("p")};
    return pod_cidr_routes(snapshot, {prefix("10.0.1.0/24"), prefix("fd00:1::/64")}, {target},
                           conditions);
}

std::vector<speaker::LocalRoute> routes(const model::Snapshot& snapshot) {
    Conditions conditions;
    auto result = routes(snapshot, conditions);
    EXPECT_THAT(conditions, IsEmpty());
    return result;
}

TEST(PodCidr, GoesToPeersWhoseFamilySelectsTheAdvertisement) {
    const auto all = routes(snapshot_of(kPeerConfig, kAdvertisement));
    ASSERT_THAT(all, SizeIs(1)) << "the peer has no IPv6";
    EXPECT_EQ(all[0].prefix, prefix("10.0.1.0/24"));
    EXPECT_THAT(all[0].peers, ElementsAre(address("192.0.2.200")));
    EXPECT_THAT(all[0].communities, IsEmpty());
    EXPECT_FALSE(all[0].local_preference.has_value());
    EXPECT_FALSE(all[0].med.has_value());
}

TEST(PodCidr, NoAdvertisementNoRoute) {
    EXPECT_THAT(routes(snapshot_of(kPeerConfig)), IsEmpty());
    EXPECT_THAT(routes(snapshot_of(kPeerConfig, advertisement("a", "advertise: not", ""))),
                IsEmpty());
    std::string unselecting(kPeerConfig);
    unselecting.erase(unselecting.find(", advertisements: {matchLabels: {advertise: bgp}}"), 49);
    EXPECT_THAT(routes(snapshot_of(unselecting, kAdvertisement)), IsEmpty());
}

TEST(PodCidr, EachFamilySelectsForItself) {
    std::string both(kPeerConfig);
    both.insert(both.find("---"),
                "  - {afi: ipv6, safi: unicast, advertisements: "
                "{matchLabels: {only: six}}}\n");
    const auto all = routes(snapshot_of(both, advertisement("six", "only: six", "")));
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].prefix, prefix("fd00:1::/64"));
}

TEST(PodCidr, AttributesGoWithTheRoute) {
    const auto all = routes(snapshot_of(
        kPeerConfig, advertisement("a", "advertise: bgp",
                                   "localPreference: 99, communities: {standard: ['65000:99'], "
                                   "wellKnown: [no-export], large: ['65001:100:100']}")));
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_THAT(all[0].communities, ElementsAre(0xFDE80063U, 0xFFFFFF01U));
    EXPECT_THAT(all[0].large_communities, ElementsAre(bgp::LargeCommunity{65001, 100, 100}));
    EXPECT_EQ(all[0].local_preference, 99U);
}

TEST(PodCidr, SeveralAdvertisementsAddUp) {
    const auto all = routes(snapshot_of(
        kPeerConfig,
        advertisement("a", "advertise: bgp",
                      "localPreference: 99, communities: {standard: ['65000:2', '65000:1']}"),
        advertisement("b", "advertise: bgp",
                      "localPreference: 200, communities: {standard: ['65000:1', '65000:3']}"),
        advertisement("c", "advertise: bgp", "")));
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_THAT(all[0].communities, ElementsAre(0xFDE80001U, 0xFDE80002U, 0xFDE80003U));
    EXPECT_EQ(all[0].local_preference, 200U);
}

TEST(PodCidr, SeveralPeersAreToldByOneRoute) {
    const auto snapshot = snapshot_of(kPeerConfig, kAdvertisement);
    const model::BgpPeerConfig& selecting = snapshot.peer_configs.at("p");
    const model::BgpPeerConfig defaults;
    Conditions conditions;
    const auto all = pod_cidr_routes(snapshot, {prefix("10.0.1.0/24"), prefix("10.0.2.0/24")},
                                     {{address("192.0.2.2"), &selecting},
                                      {address("192.0.2.1"), &selecting},
                                      {address("192.0.2.3"), &defaults}},
                                     conditions);
    ASSERT_THAT(all, SizeIs(2));
    for (const speaker::LocalRoute& route : all) {
        EXPECT_THAT(route.peers, ElementsAre(address("192.0.2.1"), address("192.0.2.2")));
    }
}

TEST(PodCidr, PeersWithDifferentAttributesAreToldOf) {
    std::string other(kPeerConfig);
    other.replace(other.find("name: p"), 7, "name: o");
    other.replace(other.find("advertise: bgp"), 14, "advertise: too");
    const auto snapshot =
        snapshot_of(kPeerConfig, other, kAdvertisement,
                    advertisement("b", "advertise: too", "communities: {standard: ['65000:1']}"));
    Conditions conditions;
    const auto all = pod_cidr_routes(snapshot, {prefix("10.0.1.0/24")},
                                     {{address("192.0.2.1"), &snapshot.peer_configs.at("p")},
                                      {address("192.0.2.2"), &snapshot.peer_configs.at("o")}},
                                     conditions);
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_THAT(all[0].peers, ElementsAre(address("192.0.2.1"), address("192.0.2.2")));
    EXPECT_THAT(all[0].communities, ElementsAre(0xFDE80001U));
    EXPECT_THAT(texts(conditions),
                ElementsAre("PodCIDR/10.0.1.0/24: torii/Unsupported: the advertisements of its "
                            "peers differ in their attributes: that is not supported yet, each "
                            "peer gets those of all"));
}

TEST(PodCidr, TypesThatAreNotAdvertisedYetAreToldOnce) {
    const auto snapshot =
        snapshot_of(kPeerConfig, advertisement("pool", "advertise: bgp", "", "CiliumPodIPPool"),
                    advertisement("future", "advertise: bgp", "", "FromTheFuture"));
    Conditions conditions;
    EXPECT_THAT(routes(snapshot, conditions), IsEmpty());
    EXPECT_THAT(routes(snapshot, conditions), IsEmpty());
    EXPECT_THAT(texts(conditions),
                ElementsAre("CiliumBGPAdvertisement/pool: torii/Unsupported: "
                            "advertisementType CiliumPodIPPool is not supported yet"));
}

}  // namespace
}  // namespace torii::reconcile
