#include "settings_text.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace torii::controlplane {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Around the part of `bgp` that a test is about.
std::string bgp(const std::string& text) {
    return "bgp { as: 65000 router_id: '192.168.10.200' hold_time: 90 keepalive: 30 "
           "connect_retry: 10 " +
           text + " }";
}

bgp::PeerConfig only_peer(const std::string& text) {
    const auto settings = read(bgp(text));
    EXPECT_TRUE(settings) << settings.error().message;
    if (!settings || settings->bgp->speaker.peers.size() != 1) return {};
    return settings->bgp->speaker.peers.front();
}

TEST(SettingsTest, EmptyIsFine) {
    const auto settings = read("");
    ASSERT_TRUE(settings);
    EXPECT_THAT(settings->interfaces, IsEmpty());
    EXPECT_FALSE(settings->bgp);
    EXPECT_EQ(settings->kernel_bgp_routes, 100'000U);
}

TEST(SettingsTest, TheKernelMayGetNoRouteOfBgp) {
    EXPECT_EQ(read("kernel_maximum_bgp: 0")->kernel_bgp_routes, 0U);
    EXPECT_EQ(read("kernel_maximum_bgp: 7")->kernel_bgp_routes, 7U);
}

TEST(SettingsTest, InterfaceKeepsHostBits) {
    const auto settings = read(
        "interfaces { name: 'eth1' enabled: true addresses: '192.168.10.200/24' }"
        "interfaces { name: 'loop1' enabled: true loopback: true addresses: '10.10.1.200/24' }");
    ASSERT_TRUE(settings);
    ASSERT_EQ(settings->interfaces.size(), 2U);
    EXPECT_EQ(settings->interfaces[0].addresses.at(0).to_string(), "192.168.10.200/24");
    EXPECT_FALSE(settings->interfaces[0].loopback);
    EXPECT_TRUE(settings->interfaces[1].loopback);
}

TEST(SettingsTest, InterfaceRefusals) {
    EXPECT_THAT(refusal("interfaces { name: 'eth1' addresses: '192.168.10/24' }"),
                HasSubstr("interface eth1 address 192.168.10/24"));
    EXPECT_THAT(refusal("interfaces { name: 'eth1' addresses: '224.0.0.1/24' }"),
                HasSubstr("not the address of a host"));
    EXPECT_THAT(refusal("interfaces { name: 'eth1' addresses: '10.0.0.1/24' }"
                        "interfaces { name: 'eth2' addresses: '10.0.0.1/16' }"),
                AllOf(HasSubstr("eth2"), HasSubstr("eth1 has it already")));
    EXPECT_THAT(refusal("interfaces { name: 'eth1' } interfaces { name: 'eth1' }"),
                HasSubstr("eth1 is there twice"));
}

TEST(SettingsTest, StaticRoute) {
    const auto settings = read(
        "interfaces { name: 'eth1' enabled: true }"
        "static_routes { prefix: '10.0.0.0/8' distance: 5"
        "  next_hops { address: '192.168.10.1' interface: 'eth1' weight: 3 } }"
        "static_routes { prefix: '10.9.0.0/16' discard: true }");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_EQ(settings->statics.size(), 2U);
    EXPECT_EQ(settings->statics[0].distance, 5U);
    EXPECT_EQ(settings->statics[0].next_hops.at(0).interface, "eth1");
    EXPECT_EQ(settings->statics[0].next_hops.at(0).weight, 3U);
    EXPECT_EQ(settings->statics[1].distance, 1U);
    EXPECT_TRUE(settings->statics[1].discard);
}

TEST(SettingsTest, StaticRouteRefusals) {
    EXPECT_THAT(refusal("static_routes { prefix: '10.0.0.1/8' discard: true }"),
                HasSubstr("static-route 10.0.0.1/8"));
    EXPECT_THAT(refusal("static_routes { prefix: '10.0.0.0/8' }"),
                HasSubstr("needs a next-hop or discard"));
    EXPECT_THAT(refusal("static_routes { prefix: '10.0.0.0/8' next_hops { address: 'fd00::1' } }"),
                HasSubstr("not of the prefix's address family"));
    EXPECT_THAT(refusal("static_routes { prefix: '10.0.0.0/8'"
                        "  next_hops { address: '10.1.1.1' interface: 'eth7' } }"),
                HasSubstr("there is no interface eth7"));
    EXPECT_THAT(refusal("static_routes { prefix: 'fd00::/8' next_hops { address: 'fe80::1' } }"),
                HasSubstr("needs its interface"));
}

TEST(SettingsTest, InstanceOfTheLab) {
    const auto settings =
        read(bgp("multipath_relax: true always_compare_med: true "
                 "graceful_restart: GRACEFUL_RESTART_RESTART restart_time: 60 "
                 "families { family: IPV4_UNICAST maximum_paths_ebgp: 4 "
                 "  networks { prefix: '10.10.1.0/24' } } "
                 "peer_groups { name: 'CILIUM' session { remote_as_kind: REMOTE_AS_EXTERNAL } } "
                 "neighbors { address: '192.168.10.100' peer_group: 'CILIUM' }"));
    ASSERT_TRUE(settings) << settings.error().message;
    const speaker::SpeakerConfig& speaker = settings->bgp->speaker;
    EXPECT_EQ(speaker.as, bgp::Asn(65000));
    EXPECT_EQ(speaker.router_id, bgp::RouterId(0xc0a80ac8));
    EXPECT_EQ(speaker.listen_port, 179);
    EXPECT_TRUE(speaker.multipath_relax);
    EXPECT_TRUE(speaker.always_compare_med);
    EXPECT_FALSE(speaker.after_restart);
    ASSERT_EQ(speaker.families.size(), 1U);
    EXPECT_EQ(speaker.families[0].maximum_paths_ebgp, 4U);
    EXPECT_EQ(speaker.families[0].maximum_paths_ibgp, 1U);
    ASSERT_EQ(settings->bgp->networks.size(), 1U);
    EXPECT_FALSE(settings->bgp->networks[0].unconditional);
    ASSERT_EQ(speaker.peers.size(), 1U);
    const bgp::PeerConfig& peer = speaker.peers[0];
    EXPECT_EQ(peer.group, "CILIUM");
    EXPECT_EQ(peer.remote_as_rule, bgp::RemoteAsRule::external);
    EXPECT_EQ(peer.ttl, 1);
    EXPECT_TRUE(peer.graceful_restart.helper);
    EXPECT_TRUE(peer.graceful_restart.restarting);
    EXPECT_EQ(peer.graceful_restart.restart_time, Seconds(60));
    EXPECT_THAT(peer.families, ElementsAre(bgp::Family::ipv4_unicast));
}

TEST(SettingsTest, NeighborInheritsAndOverrides) {
    const bgp::PeerConfig peer = only_peer(
        "peer_groups { name: 'G' session { remote_as: 65001 hold_time: 9 keepalive: 3 "
        "  passive: true ebgp_multihop: 2 description: 'group' as_override: true } } "
        "neighbors { address: '192.168.10.100' peer_group: 'G' "
        "  session { passive: false description: 'own' allow_own_as: 2 } }");
    EXPECT_EQ(peer.remote_as, bgp::Asn(65001));
    EXPECT_EQ(peer.hold_time, Seconds(9));
    EXPECT_EQ(peer.keepalive, Seconds(3));
    EXPECT_FALSE(peer.passive);
    EXPECT_EQ(peer.ttl, 2);
    EXPECT_EQ(peer.description, "own");
    EXPECT_EQ(peer.allow_own_as, 2U);
    EXPECT_TRUE(peer.as_override);
}

// Who is listened for is not dialed, named or not; the nearest word about it counts.
TEST(SettingsTest, AGroupThatIsListenedForIsPassive) {
    const auto passive = [](const std::string& group, const std::string& own,
                            const std::string& range = "G") {
        const auto settings = read(
            bgp("peer_groups { name: 'G' session { remote_as: 65001 " + group +
                " } } peer_groups { name: 'H' session { remote_as: 65001 } } "
                "dynamic_neighbors { prefix: '192.168.20.0/24' peer_group: '" +
                range + "' } neighbors { address: '192.168.10.100' peer_group: 'G' session { " +
                own + " } }"));
        EXPECT_TRUE(settings.has_value());
        return settings->bgp->speaker.peers.at(0).passive;
    };
    EXPECT_TRUE(passive("", "")) << "of the group, whether its address is in the range or not";
    EXPECT_FALSE(passive("", "", "H")) << "the range of another group";
    EXPECT_FALSE(passive("passive: false", ""));
    EXPECT_FALSE(passive("", "passive: false"));
    EXPECT_TRUE(passive("passive: false", "passive: true"));
    EXPECT_FALSE(passive("passive: true", "passive: false"));
    EXPECT_TRUE(passive("passive: true", "", "H"));
}

TEST(SettingsTest, ProtectionOfASession) {
    const bgp::PeerConfig peer = only_peer(
        "peer_groups { name: 'G' session { remote_as: 65001 password: 'group' ttl_security: 1 } } "
        "neighbors { address: '192.168.10.100' peer_group: 'G' session { password: 'own' } }");
    EXPECT_EQ(peer.password, "own");
    EXPECT_EQ(peer.ttl, 255);
    EXPECT_EQ(peer.ttl_min, 255);
    const auto refused = [](const std::string& session) {
        return refusal(
            bgp("neighbors { address: '10.0.0.1' session { remote_as: 1 " + session + " } }"));
    };
    EXPECT_THAT(refused("ttl_security: 2 ebgp_multihop: 3"), HasSubstr("excludes ebgp-multihop"));
    EXPECT_THAT(refused("ttl_security: 255"), HasSubstr("must be 1 to 254"));
    const std::string refusal_of_key = refused("password: '" + std::string(81, 'x') + "'");
    EXPECT_THAT(refusal_of_key, HasSubstr("at most 80"));
    EXPECT_THAT(refusal_of_key, testing::Not(HasSubstr("xx")));
}

TEST(SettingsTest, BfdOfASession) {
    const std::string profile =
        "bfd_profiles { name: 'fast' transmit_interval: 100 "
        "receive_interval: 50 detect_multiplier: 5 passive: true } ";
    const auto peer = [&](const std::string& group, const std::string& own) {
        const auto settings =
            read(profile + bgp("peer_groups { name: 'G' session { remote_as: 65001 " + group +
                               " } } neighbors { address: '10.0.0.1' peer_group: 'G' session { " +
                               own + " } }"));
        EXPECT_TRUE(settings.has_value());
        return settings->bgp->speaker.peers.at(0);
    };
    EXPECT_FALSE(peer("", "").bfd);
    EXPECT_TRUE(peer("bfd: true", "").bfd);
    EXPECT_TRUE(peer("bfd_profile: 'fast'", "").bfd) << "what for else";
    EXPECT_EQ(peer("bfd_profile: 'fast'", "").bfd_profile, "fast");
    EXPECT_FALSE(peer("bfd_profile: 'fast'", "bfd: false").bfd);
    const auto settings = read(profile);
    ASSERT_TRUE(settings);
    const ipc::BfdParameters& fast = settings->bfd_profiles.at("fast");
    EXPECT_EQ(fast.transmit_interval(), 100U);
    EXPECT_EQ(fast.receive_interval(), 50U);
    EXPECT_EQ(fast.detect_multiplier(), 5U);
    EXPECT_TRUE(fast.passive());
    EXPECT_THAT(
        refusal(bgp("neighbors { address: '10.0.0.1' session { remote_as: 1 bfd_profile: 'x' } }")),
        HasSubstr("neighbor 10.0.0.1: there is no BFD profile x"));
}

TEST(SettingsTest, AnotherAsForOneSession) {
    const bgp::PeerConfig peer = only_peer(
        "neighbors { address: '10.0.0.1' session { remote_as: 1 local_as: 64999 "
        "local_as_no_prepend: true local_as_replace_as: true } }");
    EXPECT_EQ(peer.local_as, bgp::Asn(64999));
    EXPECT_TRUE(peer.no_prepend && peer.replace_as);
    const auto refused = [](const std::string& session) {
        return refusal(bgp("neighbors { address: '10.0.0.1' session { " + session + " } }"));
    };
    EXPECT_THAT(refused("remote_as: 1 local_as: 65000"), HasSubstr("our AS already"));
    EXPECT_THAT(refused("remote_as_kind: REMOTE_AS_INTERNAL local_as: 1"),
                HasSubstr("external peers"));
}

TEST(SettingsTest, CapabilitiesOfASession) {
    const bgp::PeerConfig peer = only_peer(
        "long_lived_stale_time: 60 long_lived_stale_time_max: 600 "
        "peer_groups { name: 'G' session { remote_as: 1 "
        "  add_paths { family: IPV4_UNICAST receive: true send_all: true } } } "
        "neighbors { address: '10.0.0.1' peer_group: 'G' "
        "  session { add_paths { family: IPV4_UNICAST send_best: 4 } } }");
    EXPECT_TRUE(peer.add_path_of(bgp::Family::ipv4_unicast).receive) << "the group's";
    EXPECT_EQ(peer.add_path_of(bgp::Family::ipv4_unicast).send_maximum, 4U) << "its own";
    EXPECT_FALSE(peer.add_path_of(bgp::Family::ipv6_unicast).receive);
    EXPECT_EQ(peer.graceful_restart.long_lived_time, Seconds(60));
    EXPECT_EQ(peer.graceful_restart.long_lived_time_max, Seconds(600));
    EXPECT_FALSE(peer.extended_next_hop);
    EXPECT_TRUE(
        only_peer("neighbors { address: 'fd00::1' session { remote_as: 1 } }").extended_next_hop);
    EXPECT_FALSE(only_peer("neighbors { address: 'fd00::1' session { remote_as: 1 "
                           "extended_next_hop: false } }")
                     .extended_next_hop);
}

TEST(SettingsTest, OwnHoldTimeBringsItsOwnKeepalive) {
    const bgp::PeerConfig peer =
        only_peer("neighbors { address: '10.0.0.1' session { remote_as: 1 hold_time: 9 } }");
    EXPECT_EQ(peer.keepalive, Seconds(3));
    const bgp::PeerConfig off =
        only_peer("neighbors { address: '10.0.0.1' session { remote_as: 1 hold_time: 0 } }");
    EXPECT_EQ(off.hold_time, Seconds(0));
    EXPECT_EQ(off.keepalive, Seconds(0));
    const bgp::PeerConfig instance =
        only_peer("neighbors { address: '10.0.0.1' session { remote_as: 1 } }");
    EXPECT_EQ(instance.hold_time, Seconds(90));
    EXPECT_EQ(instance.keepalive, Seconds(30));
    EXPECT_EQ(instance.connect_retry, Seconds(10));
}

TEST(SettingsTest, InternalPeersAreAnyDistanceAway) {
    EXPECT_EQ(only_peer("neighbors { address: '10.0.0.1' session { remote_as: 65000 } }").ttl, 255);
    const bgp::PeerConfig internal = only_peer(
        "neighbors { address: '10.0.0.1' session { remote_as_kind: REMOTE_AS_INTERNAL } }");
    EXPECT_EQ(internal.ttl, 255);
    EXPECT_EQ(internal.remote_as, bgp::Asn(65000));
}

TEST(SettingsTest, DisabledFamily) {
    const bgp::PeerConfig peer = only_peer(
        "families { family: IPV4_UNICAST } families { family: IPV6_UNICAST } "
        "neighbors { address: '10.0.0.1' "
        "  session { remote_as: 1 families { family: IPV4_UNICAST enabled: false } } }");
    EXPECT_THAT(peer.families, ElementsAre(bgp::Family::ipv6_unicast));
}

TEST(SettingsTest, GracefulRestartOff) {
    const bgp::PeerConfig peer = only_peer(
        "graceful_restart: GRACEFUL_RESTART_DISABLE "
        "neighbors { address: '10.0.0.1' session { remote_as: 1 } }");
    EXPECT_FALSE(peer.graceful_restart.helper);
    EXPECT_FALSE(peer.graceful_restart.restarting);
}

TEST(SettingsTest, DynamicNeighbors) {
    const auto settings =
        read(bgp("peer_groups { name: 'RACK' session { remote_as_kind: REMOTE_AS_EXTERNAL } } "
                 "dynamic_neighbors { prefix: '192.168.20.0/24' peer_group: 'RACK' limit: 7 } "
                 "dynamic_neighbors { prefix: '192.168.10.0/24' peer_group: 'RACK' }"));
    ASSERT_TRUE(settings) << settings.error().message;
    const auto& ranges = settings->bgp->speaker.dynamic_neighbors;
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_EQ(ranges[0].prefix.to_string(), "192.168.20.0/24");
    EXPECT_EQ(ranges[0].limit, 7U);
    EXPECT_EQ(ranges[0].peer.group, "RACK");
    EXPECT_EQ(ranges[1].limit, 100U);
}

TEST(SettingsTest, RouterIdOfRoutingServesWithoutAnOwn) {
    const auto settings = read("router_id: '10.0.0.9' bgp { as: 1 hold_time: 90 keepalive: 30 }");
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->bgp->speaker.router_id, bgp::RouterId(0x0a000009));
    EXPECT_THAT(refusal("bgp { as: 1 }"), HasSubstr("needs a router-id"));
    EXPECT_THAT(refusal("bgp { as: 1 router_id: '0.0.0.0' }"), HasSubstr("router-id 0.0.0.0"));
    EXPECT_THAT(refusal("bgp { router_id: '1.1.1.1' }"), HasSubstr("as 0"));
}

TEST(SettingsTest, NeighborRefusals) {
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' }")),
                AllOf(HasSubstr("neighbor 10.0.0.1"), HasSubstr("needs remote-as")));
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' peer_group: 'X' }")),
                HasSubstr("there is no peer-group X"));
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0' session { remote_as: 1 } }")),
                HasSubstr("neighbor 10.0.0"));
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' session { remote_as: 1 } }"
                            "neighbors { address: '10.0.0.1' session { remote_as: 1 } }")),
                HasSubstr("is there twice"));
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' "
                            "  session { remote_as: 1 hold_time: 9 keepalive: 4 } }")),
                HasSubstr("keepalive 4 must be at most a third of hold-time 9"));
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' "
                            "  session { remote_as: 1 update_source: 'fd00::1' } }")),
                HasSubstr("update-source fd00::1"));
    EXPECT_THAT(
        refusal(
            bgp("neighbors { address: '10.0.0.1' "
                "  session { remote_as: 1 families { family: IPV4_UNICAST enabled: false } } }")),
        HasSubstr("all its address families are disabled"));
    EXPECT_THAT(refusal(bgp("dynamic_neighbors { prefix: '10.0.0.0/8' peer_group: 'X' }")),
                AllOf(HasSubstr("dynamic-neighbors 10.0.0.0/8"), HasSubstr("no peer-group X")));
    EXPECT_THAT(refusal(bgp("families { family: IPV4_UNICAST networks { prefix: 'fd00::/64' } }")),
                HasSubstr("network fd00::/64"));
}

constexpr const char* kPolicies =
    "policy { prefix_sets { name: 'PODS' entries { sequence: 5 prefix: '172.20.0.0/16' le: 24 } } "
    "  policies { name: 'IN' statements { sequence: 10 match { prefix_set: 'PODS' } "
    "    change { med: '+10' next_hop: 'peer' } } } policies { name: 'OUT' } } ";

TEST(SettingsTest, PoliciesOfTheGroupUnlessTheNeighborHasItsOwn) {
    const auto settings = read(
        kPolicies +
        bgp("peer_groups { name: 'G' session { remote_as: 65001 "
            "  families { family: IPV4_UNICAST import_policies: 'IN' export_policies: 'OUT' } } } "
            "neighbors { address: '10.0.0.1' peer_group: 'G' "
            "  session { families { import_policies: ['OUT', 'IN'] } } }"
            "neighbors { address: '10.0.0.2' peer_group: 'G' } "
            "dynamic_neighbors { prefix: '10.1.0.0/16' peer_group: 'G' }"));
    ASSERT_TRUE(settings) << settings.error().message;
    const auto& own = settings->bgp->speaker.peers.at(0).policies[0];
    EXPECT_THAT(own.import_policies, ElementsAre("OUT", "IN"));
    EXPECT_THAT(own.export_policies, ElementsAre("OUT"));
    EXPECT_THAT(settings->bgp->speaker.peers.at(1).policies[0].import_policies, ElementsAre("IN"));
    EXPECT_THAT(settings->bgp->speaker.dynamic_neighbors.at(0).peer.policies[0].import_policies,
                ElementsAre("IN"));
    EXPECT_EQ(settings->bgp->speaker.policies->policies().size(), 2U);
}

TEST(SettingsTest, ANeighborMayTurnOnWhatItsGroupTurnedOff) {
    const bgp::PeerConfig peer = only_peer(
        "families { family: IPV4_UNICAST } families { family: IPV6_UNICAST } "
        "peer_groups { name: 'G' session { remote_as: 1 "
        "  families { family: IPV6_UNICAST enabled: false } } } "
        "neighbors { address: '10.0.0.1' peer_group: 'G' "
        "  session { families { family: IPV6_UNICAST enabled: true } } }");
    EXPECT_THAT(peer.families, ElementsAre(bgp::Family::ipv4_unicast, bgp::Family::ipv6_unicast));
}

TEST(SettingsTest, WhatIsOriginated) {
    const auto settings =
        read(kPolicies + bgp("families { family: IPV4_UNICAST "
                             "  networks { prefix: '10.0.0.0/8' policies: 'OUT' } "
                             "  redistribute { policies: 'IN' metric: 5 } "
                             "  redistribute { static: true } }"));
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_THAT(settings->bgp->networks.at(0).policies, ElementsAre("OUT"));
    ASSERT_EQ(settings->bgp->redistribute.size(), 2U);
    EXPECT_EQ(settings->bgp->redistribute[0].protocol, routing::Protocol::connected);
    EXPECT_EQ(settings->bgp->redistribute[0].metric, 5U);
    EXPECT_EQ(settings->bgp->redistribute[1].protocol, routing::Protocol::static_route);
}

TEST(SettingsTest, LimitAndExportOfASession) {
    const bgp::PeerConfig peer = only_peer(
        "neighbors { address: '10.0.0.1' session { remote_as: 1 maximum_prefixes: 9 "
        "  maximum_prefixes_threshold: 50 maximum_prefixes_restart: 3 maximum_prefixes_force: true "
        "next_hop_unchanged: true "
        "  remove_private_as: PRIVATE_AS_REPLACE send_community: SEND_COMMUNITY_BOTH "
        "  graceful_shutdown: true } }");
    EXPECT_EQ(peer.prefix_limit, (bgp::PrefixLimit{9, 50, false, std::chrono::minutes(3), true}));
    EXPECT_TRUE(peer.next_hop_unchanged);
    EXPECT_EQ(peer.private_as, bgp::PrivateAs::replace);
    EXPECT_EQ(peer.send_communities, (bgp::SendCommunities{true, true, false}));
    EXPECT_TRUE(peer.graceful_shutdown);
}

TEST(SettingsTest, PolicyRefusals) {
    const auto statement = [](const std::string& text) {
        return "policy { policies { name: 'P' statements { sequence: 10 " + text + " } } }";
    };
    EXPECT_EQ(refusal(statement("match { prefix_set: 'X' }")),
              "policy P: statement 10: there is no prefix-set X");
    EXPECT_THAT(refusal(statement("change { med: '4294967296' }")),
                HasSubstr("statement 10: med 4294967296"));
    EXPECT_THAT(refusal(statement("change { prepend: 0 }")), HasSubstr("as-path prepend"));
    EXPECT_THAT(refusal(statement("change { next_hop: '10.0.0' }")), HasSubstr("next-hop 10.0.0"));
    EXPECT_THAT(refusal("policy { prefix_sets { name: 'S' entries { sequence: 5 "
                        "  prefix: '10.0.0.1/8' } } }"),
                HasSubstr("prefix-set S: entry 5: "));
    EXPECT_THAT(refusal(bgp("neighbors { address: '10.0.0.1' session { remote_as: 1 "
                            "  families { import_policies: 'X' } } }")),
                HasSubstr("neighbor 10.0.0.1: there is no policy X"));
    EXPECT_THAT(refusal(bgp("families { networks { prefix: '10.0.0.0/8' policies: 'X' } }")),
                HasSubstr("network 10.0.0.0/8: there is no policy X"));
}

TEST(SettingsTest, WhoIsToldForTheRecord) {
    const auto settings =
        read(bgp("bmp_stations { name: 'one' address: '10.0.0.7' port: 5000 source: '10.0.0.1' "
                 "  statistics_interval: 30 buffer_limit: 8 }"
                 "bmp_stations { name: 'two' address: 'fd00::7' port: 5000 }"
                 "mrt_routes { file: '/rib.%Y' interval: 3600 }"));
    ASSERT_TRUE(settings) << settings.error().message;
    const RecordingSettings& recording = settings->bgp->recording;
    ASSERT_EQ(recording.bmp.stations.size(), 2U);
    const monitoring::BmpStationConfig& one = recording.bmp.stations[0];
    EXPECT_EQ(one.source, IpAddress::parse("10.0.0.1").value());
    EXPECT_EQ(one.statistics_interval, Seconds{30});
    EXPECT_EQ(one.buffer_limit, std::size_t{8} << 20U);
    EXPECT_EQ(recording.bmp.stations[1].statistics_interval, Seconds{0});
    EXPECT_EQ(recording.mrt.routes, (monitoring::MrtSchedule{"/rib.%Y", std::chrono::hours(1)}));
    EXPECT_FALSE(recording.mrt.updates);
}

TEST(SettingsTest, RecordingRefusals) {
    const auto station = [](const std::string& text) {
        return refusal(bgp("bmp_stations { name: 'one' " + text + " }"));
    };
    EXPECT_THAT(station("address: '10.0.0' port: 1"),
                HasSubstr("bmp station one: \"10.0.0\" is not"));
    EXPECT_THAT(station("address: '0.0.0.0' port: 1"), HasSubstr("not the address of a host"));
    EXPECT_THAT(station("address: '10.0.0.7'"), HasSubstr("port 0: must be 1 to 65535"));
    EXPECT_THAT(station("address: '10.0.0.7' port: 1 source: 'fd00::1'"),
                HasSubstr("source fd00::1: not of the station's address family"));
    EXPECT_THAT(refusal(bgp("mrt_routes { file: 'rib' interval: 9 }")),
                HasSubstr("mrt routes: file rib: must begin with /"));
    EXPECT_THAT(refusal(bgp("mrt_updates { file: '/rib' }")),
                HasSubstr("mrt updates: needs an interval"));
}

}  // namespace
}  // namespace torii::controlplane
