#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string peer_config(std::string_view spec) {
    std::string text =
        "apiVersion: cilium.io/v2\nkind: CiliumBGPPeerConfig\n"
        "metadata: {name: p}\nspec: ";
    return text.append(spec) + "\n";
}

model::BgpPeerConfig good(std::string_view spec) {
    const test::Decoded decoded = test::decoded(peer_config(spec));
    EXPECT_THAT(decoded.problems, IsEmpty()) << spec;
    const auto found = decoded.snapshot.peer_configs.find("p");
    return found == decoded.snapshot.peer_configs.end() ? model::BgpPeerConfig{} : found->second;
}

// The one problem; the resource must not have got through.
std::string problem(std::string_view spec) {
    const test::Decoded decoded = test::decoded(peer_config(spec));
    EXPECT_THAT(decoded.snapshot.peer_configs, IsEmpty()) << spec;
    EXPECT_EQ(decoded.problems.size(), 1U) << spec;
    const std::string start = "test.yaml, document 1, CiliumBGPPeerConfig p: ";
    if (decoded.problems.empty() || !decoded.problems[0].starts_with(start)) {
        ADD_FAILURE() << "no problem, or not where it is: " << spec;
        return {};
    }
    return decoded.problems[0].substr(start.size());
}

TEST(PeerConfig, EverythingHasADefault) {
    const model::BgpPeerConfig config = good("{}");
    EXPECT_EQ(config.peer_port, 179);
    EXPECT_EQ(config.connect_retry, Seconds(120));
    EXPECT_EQ(config.hold_time, Seconds(90));
    EXPECT_EQ(config.keepalive, Seconds(30));
    EXPECT_EQ(config.ebgp_multihop, 1);
    EXPECT_FALSE(config.graceful_restart.enabled);
    EXPECT_THAT(config.auth_secret, IsEmpty());
    ASSERT_EQ(config.families.size(), 2U);
    EXPECT_EQ(config.families[0].afi, "ipv6");
    EXPECT_EQ(config.families[1].afi, "ipv4");
    EXPECT_FALSE(config.families[1].advertisements.has_value());
}

TEST(PeerConfig, EveryFieldIsRead) {
    const model::BgpPeerConfig config = good(R"(
  transport: {peerPort: 1790}
  timers: {connectRetryTimeSeconds: 1, holdTimeSeconds: 9, keepAliveTimeSeconds: 3}
  authSecretRef: password
  gracefulRestart: {enabled: true, restartTimeSeconds: 15}
  ebgpMultihop: 2
  families:
  - afi: ipv4
    safi: unicast
    advertisements: {matchLabels: {advertise: bgp}}
)");
    EXPECT_EQ(config.peer_port, 1790);
    EXPECT_EQ(config.connect_retry, Seconds(1));
    EXPECT_EQ(config.hold_time, Seconds(9));
    EXPECT_EQ(config.keepalive, Seconds(3));
    EXPECT_EQ(config.auth_secret, "password");
    EXPECT_TRUE(config.graceful_restart.enabled);
    EXPECT_EQ(config.graceful_restart.restart_time, Seconds(15));
    EXPECT_EQ(config.ebgp_multihop, 2);
    ASSERT_EQ(config.families.size(), 1U);
    EXPECT_TRUE(config.families[0].advertisements->matches({{"advertise", "bgp"}}));
    EXPECT_FALSE(config.families[0].advertisements->matches({{"advertise", "not"}}));
}

TEST(PeerConfig, RestartTimeHasADefaultInItsBlock) {
    EXPECT_EQ(good("{gracefulRestart: {enabled: true}}").graceful_restart.restart_time,
              Seconds(120));
}

TEST(PeerConfig, EmptyFamiliesMeanTheDefaultOnes) {
    EXPECT_EQ(good("{families: []}").families, model::BgpPeerConfig{}.families);
}

TEST(PeerConfig, BoundsOfTheTimers) {
    EXPECT_EQ(problem("{timers: {holdTimeSeconds: 2, keepAliveTimeSeconds: 1}}"),
              "spec.timers.holdTimeSeconds: Invalid value: 2: "
              "should be greater than or equal to 3");
    EXPECT_EQ(problem("{timers: {holdTimeSeconds: 65536}}"),
              "spec.timers.holdTimeSeconds: Invalid value: 65536: "
              "should be less than or equal to 65535");
    EXPECT_EQ(problem("{timers: {connectRetryTimeSeconds: 0}}"),
              "spec.timers.connectRetryTimeSeconds: Invalid value: 0: "
              "should be greater than or equal to 1");
    EXPECT_EQ(good("{timers: {holdTimeSeconds: 3, keepAliveTimeSeconds: 3}}").hold_time,
              Seconds(3));
}

TEST(PeerConfig, KeepaliveMayNotExceedHoldTime) {
    EXPECT_EQ(problem("{timers: {holdTimeSeconds: 9, keepAliveTimeSeconds: 10}}"),
              "spec.timers: Invalid value: keepAliveTimeSeconds can not be larger than "
              "holdTimeSeconds");
    // The default of the other one counts, too.
    EXPECT_EQ(problem("{timers: {holdTimeSeconds: 9}}"),
              "spec.timers: Invalid value: keepAliveTimeSeconds can not be larger than "
              "holdTimeSeconds");
}

TEST(PeerConfig, BoundsOfTheOthers) {
    EXPECT_EQ(problem("{ebgpMultihop: 256}"),
              "spec.ebgpMultihop: Invalid value: 256: should be less than or equal to 255");
    EXPECT_EQ(problem("{transport: {peerPort: 0}}"),
              "spec.transport.peerPort: Invalid value: 0: should be greater than or equal to 1");
    EXPECT_EQ(problem("{gracefulRestart: {enabled: true, restartTimeSeconds: 4096}}"),
              "spec.gracefulRestart.restartTimeSeconds: Invalid value: 4096: "
              "should be less than or equal to 4095");
    EXPECT_EQ(problem("{gracefulRestart: {restartTimeSeconds: 5}}"),
              "spec.gracefulRestart.enabled: Required value");
}

TEST(PeerConfig, TypesAreChecked) {
    EXPECT_EQ(problem("{ebgpMultihop: \"2\"}"),
              "spec.ebgpMultihop: Invalid value: \"2\": must be an integer");
    EXPECT_EQ(problem("{gracefulRestart: {enabled: 1}}"),
              "spec.gracefulRestart.enabled: Invalid value: 1: must be a boolean");
    EXPECT_EQ(problem("{families: {}}"), "spec.families: Invalid value: {}: must be a list");
}

TEST(PeerConfig, FamiliesAreNames) {
    const std::string said = problem("{families: [{afi: ipv5, safi: unicast}]}");
    EXPECT_TRUE(said.starts_with("spec.families[0].afi: Unsupported value: \"ipv5\"")) << said;
    EXPECT_EQ(problem("{families: [{afi: ipv4}]}"), "spec.families[0].safi: Required value");
    // A family that we do not carry is still one of the resource's.
    EXPECT_EQ(good("{families: [{afi: l2vpn, safi: evpn}]}").families[0].safi, "evpn");
}

TEST(PeerConfig, SelectorsAreChecked) {
    const auto with = [](std::string_view expression) {
        return problem(std::string("{families: [{afi: ipv4, safi: unicast, advertisements: "
                                   "{matchExpressions: [") +
                       std::string(expression) + "]}}]}");
    };
    const std::string path = "spec.families[0].advertisements.matchExpressions[0]";
    EXPECT_EQ(with("{key: a, operator: In}"),
              path +
                  ".values: Required value: must be specified when `operator` is 'In' or "
                  "'NotIn'");
    EXPECT_EQ(with("{key: a, operator: Exists, values: [b]}"),
              path +
                  ".values: Forbidden: may not be specified when `operator` is 'Exists' or "
                  "'DoesNotExist'");
    EXPECT_EQ(with("{key: a, operator: Is}"),
              path +
                  ".operator: Unsupported value: \"Is\": supported values: \"In\", \"NotIn\", "
                  "\"Exists\", \"DoesNotExist\"");
    EXPECT_EQ(with("{operator: Exists}"), path + ".key: Required value");
}

TEST(PeerConfig, EveryMistakeIsToldAtOnce) {
    const test::Decoded decoded =
        test::decoded(peer_config("{ebgpMultihop: 0, transport: {peerPort: 70000}}"));
    EXPECT_THAT(
        decoded.problems,
        ElementsAre("test.yaml, document 1, CiliumBGPPeerConfig p: spec.transport.peerPort: "
                    "Invalid value: 70000: should be less than or equal to 65535",
                    "test.yaml, document 1, CiliumBGPPeerConfig p: spec.ebgpMultihop: "
                    "Invalid value: 0: should be greater than or equal to 1"));
}

TEST(PeerConfig, BothVersionsAreReadAndNoOther) {
    std::string text = peer_config("{}");
    text.replace(text.find("v2"), 2, "v2alpha1");
    EXPECT_THAT(test::decoded(text).problems, IsEmpty());
    text.replace(text.find("v2alpha1"), 8, "v3");
    EXPECT_THAT(test::decoded(text).problems,
                ElementsAre("test.yaml, document 1, CiliumBGPPeerConfig p: apiVersion: "
                            "Unsupported value: \"cilium.io/v3\""));
}

}  // namespace
}  // namespace torii::kube
