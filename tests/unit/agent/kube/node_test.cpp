#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Prefix prefix(const char* text) {
    return *Prefix::parse(text);
}

TEST(Node, PodCidrsAddressesAndLabels) {
    test::Decoded decoded = test::decoded(R"(
apiVersion: v1
kind: Node
metadata: {name: n, labels: {enable-bgp: "true"}}
spec:
  podCIDR: 172.20.0.0/24
  podCIDRs: [172.20.0.0/24, "fd00:1::/64"]
status:
  addresses:
  - {type: Hostname, address: n}
  - {type: InternalIP, address: 192.0.2.1}
  - {type: ExternalIP, address: 198.51.100.1}
  - {type: InternalIP, address: "fd00::1"}
)");
    EXPECT_THAT(decoded.problems, IsEmpty());
    const model::Node& node = decoded.snapshot.nodes["n"];
    EXPECT_THAT(node.pod_cidrs, ElementsAre(prefix("172.20.0.0/24"), prefix("fd00:1::/64")));
    EXPECT_THAT(node.internal_addresses,
                ElementsAre(*IpAddress::parse("192.0.2.1"), *IpAddress::parse("fd00::1")));
    EXPECT_EQ(node.metadata.labels.at("enable-bgp"), "true");
}

TEST(Node, OldManifestsHaveOnePodCidr) {
    test::Decoded decoded = test::decoded(
        "{apiVersion: v1, kind: Node, metadata: {name: n}, spec: {podCIDR: 10.0.0.0/24}}");
    EXPECT_THAT(decoded.snapshot.nodes["n"].pod_cidrs, ElementsAre(prefix("10.0.0.0/24")));
}

TEST(Node, WrongPodCidrsAreToldWithTheirPlace) {
    const test::Decoded decoded = test::decoded(
        "{apiVersion: v1, kind: Node, metadata: {name: n}, "
        "spec: {podCIDRs: [10.0.0.0/24, 10.0.0.1/24, 10.0.0.0]}}");
    EXPECT_THAT(decoded.snapshot.nodes, IsEmpty());
    EXPECT_THAT(decoded.problems,
                ElementsAre(HasSubstr("Node n: spec.podCIDRs[1]: Invalid value: \"10.0.0.1/24\""),
                            HasSubstr("spec.podCIDRs[2]: Invalid value: \"10.0.0.0\"")));
}

TEST(Node, NumbersAreNoLabels) {
    const test::Decoded decoded =
        test::decoded("{apiVersion: v1, kind: Node, metadata: {name: n, labels: {a: true}}}");
    EXPECT_THAT(decoded.problems,
                ElementsAre("test.yaml, document 1: metadata.labels.a: Invalid value: true: "
                            "must be a string"));
}

TEST(CiliumNode, PodCidrsOfItsIpamBlock) {
    test::Decoded decoded = test::decoded(R"(
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: n}
spec:
  addresses:
  - {ip: "fd00::2", type: InternalIP}
  - {ip: 10.244.0.1, type: CiliumInternalIP}
  ipam: {podCIDRs: [10.244.0.0/24]}
)");
    EXPECT_THAT(decoded.problems, IsEmpty());
    const model::Node& node = decoded.snapshot.cilium_nodes["n"];
    EXPECT_THAT(node.pod_cidrs, ElementsAre(prefix("10.244.0.0/24")));
    EXPECT_THAT(node.internal_addresses, ElementsAre(*IpAddress::parse("fd00::2")));
}

TEST(Decode, OtherKindsAreLeftOutSilently) {
    const test::Decoded decoded = test::decoded(
        "{apiVersion: v1, kind: Pod, metadata: {name: s}}\n---\n"
        "{apiVersion: other.io/v1, kind: Node, metadata: {name: n}, spec: {podCIDR: wrong}}\n");
    EXPECT_THAT(decoded.problems, IsEmpty());
    EXPECT_EQ(decoded.snapshot, model::Snapshot{});
}

}  // namespace
}  // namespace torii::kube
