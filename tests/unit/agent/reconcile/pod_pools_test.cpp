#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kMultiPoolNode = R"(
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: n1}
spec:
  ipam:
    pools:
      allocated:
      - {pool: red, cidrs: [10.20.0.0/24, "fd20::/120"]}
      - {pool: blue, cidrs: [10.30.0.0/24]}
      - {pool: gone, cidrs: [10.40.0.0/24]}
---
)";
constexpr std::string_view kPools = R"(
{apiVersion: cilium.io/v2alpha1, kind: CiliumPodIPPool, metadata: {name: red, labels: {c: x}}}
---
{apiVersion: cilium.io/v2alpha1, kind: CiliumPodIPPool, metadata: {name: blue}}
---
)";

std::vector<std::string> advertised(std::string_view selector) {
    const auto snapshot = snapshot_of(
        kNode, kCluster, kPeerConfig, kMultiPoolNode, kPools,
        fmt::format("{{apiVersion: cilium.io/v2, kind: CiliumBGPAdvertisement, metadata: {{name: "
                    "a, labels: {{advertise: bgp}}}}, spec: {{advertisements: "
                    "[{{advertisementType: CiliumPodIPPool{}}}]}}}}",
                    selector));
    std::vector<std::string> prefixes;
    const Desired wanted = desired(snapshot, {"n1"});
    for (const auto& route : wanted.instances.at("i").routes) {
        prefixes.push_back(route.prefix.to_string());
    }
    return prefixes;
}

TEST(PodPools, WhatTheNodeHasOfPoolsThatAreSelectedAndThere) {
    EXPECT_THAT(advertised(", selector: {}"), ElementsAre("10.20.0.0/24", "10.30.0.0/24"));
    EXPECT_THAT(advertised(", selector: {matchLabels: {c: x}}"), ElementsAre("10.20.0.0/24"));
    EXPECT_THAT(advertised(", selector: {matchLabels: {io.cilium.podippool.name: blue}}"),
                ElementsAre("10.30.0.0/24"));
    EXPECT_THAT(advertised(""), IsEmpty()) << "no selector selects nothing";
}

}  // namespace
}  // namespace torii::reconcile
