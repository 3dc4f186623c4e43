#include "agent/reconcile/peer.h"

#include "tests/support/manifests.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr bgp::Asn kLocal{65001};

model::BgpPeer peer(const char* address, std::uint32_t as) {
    model::BgpPeer peer;
    peer.name = "tor";
    peer.peer_address = model::PeerAddress{*IpAddress::parse(address), ""};
    peer.peer_as = bgp::Asn(as);
    return peer;
}

bgp::PeerConfig good(const model::BgpPeer& from, const model::BgpPeerConfig& settings = {}) {
    const auto address = session_address(from, {});
    const auto config = address ? peer_config(from, *address, settings, kLocal)
                                : Result<bgp::PeerConfig>(unexpected(address.error()));
    EXPECT_TRUE(config.has_value()) << config.error().message;
    return config.value_or(bgp::PeerConfig{});
}

std::string problem(const model::BgpPeer& from, const model::BgpPeerConfig& settings = {}) {
    const auto address = session_address(from, {});
    const auto config = address ? peer_config(from, *address, settings, kLocal)
                                : Result<bgp::PeerConfig>(unexpected(address.error()));
    return config ? "none" : config.error().message;
}

TEST(PeerConfig, Defaults) {
    const bgp::PeerConfig config = good(peer("192.0.2.200", 65000));
    EXPECT_EQ(config.remote_port, 179);
    EXPECT_EQ(config.local_as, kLocal);
    EXPECT_EQ(config.remote_as_rule, bgp::RemoteAsRule::number);
    EXPECT_EQ(config.ttl, 1);
    EXPECT_THAT(config.families, ElementsAre(bgp::Family::ipv4_unicast, bgp::Family::ipv6_unicast));
    EXPECT_FALSE(config.graceful_restart.restarting);
    EXPECT_FALSE(config.graceful_restart.helper);
    EXPECT_FALSE(config.graceful_restart.notification);
    EXPECT_EQ(config.description, "tor");
}

TEST(PeerConfig, MultihopIsForExternalPeersOnly) {
    model::BgpPeerConfig settings;
    settings.ebgp_multihop = 2;
    EXPECT_EQ(good(peer("192.0.2.200", 65000), settings).ttl, 2);
    EXPECT_EQ(good(peer("192.0.2.200", 65001), settings).ttl, 255);
}

TEST(PeerConfig, AsnZeroAcceptsAny) {
    EXPECT_EQ(good(peer("192.0.2.200", 0)).remote_as_rule, bgp::RemoteAsRule::any);
}

TEST(PeerConfig, GracefulRestartIsOneSwitchForBothSides) {
    model::BgpPeerConfig settings;
    settings.graceful_restart = {true, Seconds(15)};
    const bgp::PeerConfig config = good(peer("192.0.2.200", 65000), settings);
    EXPECT_TRUE(config.graceful_restart.restarting);
    EXPECT_TRUE(config.graceful_restart.helper);
    EXPECT_TRUE(config.graceful_restart.notification);
    EXPECT_EQ(config.graceful_restart.restart_time, Seconds(15));
}

TEST(PeerConfig, Ipv4PrefixesOverIpv6NeedTheExtendedNextHop) {
    EXPECT_FALSE(good(peer("192.0.2.200", 65000)).extended_next_hop);
    EXPECT_TRUE(good(peer("fd00::1", 65000)).extended_next_hop);
}

TEST(PeerConfig, FamiliesWeDoNotCarryAreLeftOut) {
    model::BgpPeerConfig settings;
    settings.families = {{"l2vpn", "evpn", {}}, {"ipv4", "unicast", {}}};
    EXPECT_THAT(good(peer("192.0.2.200", 65000), settings).families,
                ElementsAre(bgp::Family::ipv4_unicast));
    settings.families = {{"ipv4", "multicast", {}}};
    EXPECT_EQ(problem(peer("192.0.2.200", 65000), settings),
              "none of its families is ipv4 or ipv6 unicast");
}

TEST(PeerConfig, AddressesThatCanBeNoPeer) {
    EXPECT_EQ(problem(peer("0.0.0.0", 65000)), "peerAddress 0.0.0.0 is not the address of a host");
    EXPECT_EQ(problem(peer("ff02::1", 65000)), "peerAddress ff02::1 is not the address of a host");
    EXPECT_EQ(problem(model::BgpPeer{}), "has neither peerAddress nor autoDiscovery");
    model::BgpPeer other_family = peer("192.0.2.200", 65000);
    other_family.local_address = *IpAddress::parse("fd00::1");
    EXPECT_EQ(problem(other_family),
              "localAddress fd00::1 and peerAddress 192.0.2.200 are of different families");
}

TEST(PeerConfig, TheDefaultGatewayOfItsFamilyIsThePeer) {
    model::BgpPeer discovered = peer("192.0.2.200", 65000);
    discovered.peer_address.reset();
    discovered.default_gateway = IpFamily::v6;
    const IpAddress v4 = *IpAddress::parse("192.0.2.1");
    const IpAddress v6 = *IpAddress::parse("2001:db8::1");
    EXPECT_EQ(*session_address(discovered, {{IpFamily::v4, v4}, {IpFamily::v6, v6}}), v6);
    const auto without = session_address(discovered, {{IpFamily::v4, v4}});
    ASSERT_FALSE(without.has_value());
    EXPECT_EQ(without.error().message, "the node has no default route of ipv6 through a gateway");
}

std::string password_or_problem(std::string_view secret, const std::string& name = "s") {
    model::BgpPeerConfig settings;
    settings.auth_secret = name;
    auto decoded = test::decoded(
        fmt::format("apiVersion: v1\nkind: Secret\n"
                    "metadata: {{name: s, namespace: kube-system}}\nstringData: {{{}}}\n",
                    secret));
    const auto password = session_password(decoded.snapshot, "kube-system", settings);
    return password ? *password : password.error().message;
}

// Cilium would bring the session up without the password that was asked for.
TEST(PeerConfig, NoSessionWithoutTheAuthenticationAskedFor) {
    EXPECT_EQ(password_or_problem("password: hunter2"), "hunter2");
    EXPECT_EQ(password_or_problem("password: hunter2", "t"),
              "authSecretRef: Secret kube-system/t is missing, so there is no session");
    EXPECT_THAT(password_or_problem("passwd: hunter2"), HasSubstr("has no key \"password\""));
    EXPECT_THAT(password_or_problem("password: ''"), HasSubstr("or an empty one"));
    EXPECT_THAT(password_or_problem("password: " + std::string(81, 'x')),
                HasSubstr("longer than the 80 octets"));
}

}  // namespace
}  // namespace torii::reconcile
