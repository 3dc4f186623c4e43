// Which pod network is advertised to which peer, and with which attributes.
#include "agent/reconcile/advertised.h"

#include "agent/reconcile/pod_cidr.h"
#include "controlplane/policy/library.h"
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

// What the targets are told of pod CIDRs, as `config` would have it.
std::vector<speaker::LocalRoute> routes(const model::Snapshot& snapshot,
                                        const std::vector<Prefix>& pod_cidrs,
                                        const std::vector<AdvertisementTarget>& targets,
                                        speaker::SpeakerConfig& config) {
    model::Node node;
    node.pod_cidrs = pod_cidrs;
    ExportStatements statements;
    for (const SelectedEntry& selected : selected_entries(snapshot, targets)) {
        if (selected.entry->type == model::AdvertisementType::pod_cidr) {
            advertise_pod_cidrs(node, selected, statements);
        }
    }
    return routes_of(std::move(statements).take(), config);
}

// What the policies of a session make of a route without attributes.
bgp::PathAttributes exported(const speaker::SpeakerConfig& config, const bgp::PeerConfig& peer,
                             const Prefix& prefix) {
    const bgp::PathAttributes plain;
    const auto& names =
        peer.policies[static_cast<std::size_t>(bgp::unicast(prefix.family()))].export_policies;
    if (names.empty()) return plain;
    const auto chain = config.policies->chain(names);
    EXPECT_TRUE(chain.has_value());
    const policy::Outcome outcome = chain->apply(prefix, plain, {});
    EXPECT_TRUE(outcome.accepted);
    return outcome.attributes.value_or(plain);
}

std::vector<speaker::LocalRoute> routes(const model::Snapshot& snapshot) {
    speaker::SpeakerConfig config;
    const AdvertisementTarget target{address("192.0.2.200"), &snapshot.peer_configs.at("p")};
    return routes(snapshot, {prefix("10.0.1.0/24"), prefix("fd00:1::/64")}, {target}, config);
}

// The attributes of 10.0.1.0/24 as the only peer sees them.
bgp::PathAttributes told(const model::Snapshot& snapshot) {
    speaker::SpeakerConfig config;
    config.peers.resize(1);
    config.peers[0].address = address("192.0.2.200");
    const AdvertisementTarget target{config.peers[0].address, &snapshot.peer_configs.at("p")};
    const auto all = routes(snapshot, {prefix("10.0.1.0/24")}, {target}, config);
    EXPECT_THAT(all, SizeIs(1));
    return exported(config, config.peers[0], prefix("10.0.1.0/24"));
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
    const auto attributes = told(snapshot_of(
        kPeerConfig, advertisement("a", "advertise: bgp",
                                   "localPreference: 99, communities: {standard: ['65000:99'], "
                                   "wellKnown: [no-export], large: ['65001:100:100']}")));
    EXPECT_THAT(attributes.communities, ElementsAre(0xFDE80063U, 0xFFFFFF01U));
    EXPECT_THAT(attributes.large_communities, ElementsAre(bgp::LargeCommunity{65001, 100, 100}));
    EXPECT_EQ(attributes.local_pref, 99U);
}

TEST(PodCidr, SeveralAdvertisementsAddUp) {
    const auto attributes = told(snapshot_of(
        kPeerConfig,
        advertisement("a", "advertise: bgp",
                      "localPreference: 99, communities: {standard: ['65000:2', '65000:1']}"),
        advertisement("b", "advertise: bgp",
                      "localPreference: 200, communities: {standard: ['65000:1', '65000:3']}"),
        advertisement("c", "advertise: bgp", "")));
    EXPECT_THAT(attributes.communities, ElementsAre(0xFDE80001U, 0xFDE80002U, 0xFDE80003U));
    EXPECT_EQ(attributes.local_pref, 200U);
}

TEST(PodCidr, SeveralPeersAreToldByOneRoute) {
    const auto snapshot = snapshot_of(kPeerConfig, kAdvertisement);
    const model::BgpPeerConfig& selecting = snapshot.peer_configs.at("p");
    const model::BgpPeerConfig defaults;
    speaker::SpeakerConfig config;
    const auto all = routes(snapshot, {prefix("10.0.1.0/24"), prefix("10.0.2.0/24")},
                            {{address("192.0.2.2"), &selecting},
                             {address("192.0.2.1"), &selecting},
                             {address("192.0.2.3"), &defaults}},
                            config);
    ASSERT_THAT(all, SizeIs(2));
    for (const speaker::LocalRoute& route : all) {
        EXPECT_THAT(route.peers, ElementsAre(address("192.0.2.1"), address("192.0.2.2")));
    }
}

TEST(PodCidr, EachPeerGetsTheAttributesOfItsOwnAdvertisements) {
    std::string other(kPeerConfig);
    other.replace(other.find("name: p"), 7, "name: o");
    other.replace(other.find("advertise: bgp"), 14, "advertise: too");
    const auto snapshot = snapshot_of(
        kPeerConfig, other, kAdvertisement,
        advertisement("b", "advertise: too",
                      "localPreference: 7, communities: {standard: ['65000:1'], wellKnown: "
                      "[no-export], large: ['1:2:3']}"));
    speaker::SpeakerConfig config;
    config.peers.resize(2);
    config.peers[0].address = address("192.0.2.1");
    config.peers[1].address = address("192.0.2.2");
    const auto all = routes(snapshot, {prefix("10.0.1.0/24")},
                            {{address("192.0.2.1"), &snapshot.peer_configs.at("p")},
                             {address("192.0.2.2"), &snapshot.peer_configs.at("o")}},
                            config);
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_THAT(all[0].peers, ElementsAre(address("192.0.2.1"), address("192.0.2.2")));
    EXPECT_THAT(all[0].communities, IsEmpty());
    ASSERT_NE(config.policies, nullptr);
    EXPECT_EQ(exported(config, config.peers[0], prefix("10.0.1.0/24")), bgp::PathAttributes{});
    const auto second = exported(config, config.peers[1], prefix("10.0.1.0/24"));
    EXPECT_THAT(second.communities, ElementsAre(0xFDE80001U, 0xFFFFFF01U));
    EXPECT_THAT(second.large_communities, ElementsAre(bgp::LargeCommunity{1, 2, 3}));
    EXPECT_EQ(second.local_pref, 7U);
    EXPECT_EQ(exported(config, config.peers[1], prefix("10.0.2.0/24")), bgp::PathAttributes{});
}

}  // namespace
}  // namespace torii::reconcile
