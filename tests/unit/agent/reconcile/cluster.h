#pragma once

#include "agent/reconcile/desired.h"
#include "tests/support/manifests.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

// A small cluster for the tests of this folder, as manifests.
namespace torii::reconcile {

inline constexpr std::string_view kNode = R"(
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {bgp: "true"}}
spec: {podCIDRs: [10.0.1.0/24, "fd00:1::/64"]}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
)";
inline constexpr std::string_view kCluster = R"(
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata: {name: cluster}
spec:
  nodeSelector: {matchLabels: {bgp: "true"}}
  bgpInstances:
  - name: i
    localASN: 65001
    peers:
    - {name: tor, peerASN: 65000, peerAddress: 192.0.2.200, peerConfigRef: {name: p}}
---
)";
inline constexpr std::string_view kPeerConfig = R"(
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata: {name: p}
spec:
  families:
  - {afi: ipv4, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}
---
)";
inline constexpr std::string_view kAdvertisement = R"(
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: a, labels: {advertise: bgp}}
spec: {advertisements: [{advertisementType: PodCIDR}]}
---
)";

template <class... Texts>
model::Snapshot snapshot_of(const Texts&... texts) {
    std::string all;
    (all.append(texts), ...);
    test::Decoded decoded = test::decoded(all);
    for (const std::string& problem : decoded.problems) ADD_FAILURE() << problem;
    return std::move(decoded.snapshot);
}

inline std::vector<std::string> texts(const Conditions& conditions) {
    std::vector<std::string> texts;
    for (const Condition& condition : conditions) texts.push_back(condition.to_string());
    return texts;
}

}  // namespace torii::reconcile
