// What a node on its way out of service still tells of, and how; and what its data path refuses.
#include "tests/unit/agent/reconcile/cluster.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kServices = R"(
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: services, labels: {advertise: bgp}}
spec:
  advertisements:
  - {advertisementType: Service, service: {addresses: [LoadBalancerIP, ClusterIP]}, selector: {}}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: n}
spec: {type: LoadBalancer, clusterIP: 10.96.0.1}
status: {loadBalancer: {ingress: [{ip: 172.16.1.1}]}}
---
)";

Desired cluster(const NodeSettings& settings) {
    return desired(snapshot_of(kNode, kCluster, kPeerConfig, kAdvertisement, kServices), settings);
}

std::vector<std::string> prefixes(DrainStage stage, bool& shutting_down) {
    const Desired wanted = cluster({.node = "n1", .drain = stage});
    std::vector<std::string> prefixes;
    for (const auto& route : wanted.instances.at("i").routes) {
        prefixes.push_back(route.prefix.to_string());
    }
    shutting_down = wanted.instances.at("i").speaker.graceful_shutdown;
    return prefixes;
}

TEST(Drain, StepByStep) {
    bool shutting_down = true;
    EXPECT_THAT(prefixes(DrainStage::none, shutting_down),
                ElementsAre("10.0.1.0/24", "10.96.0.1/32", "172.16.1.1/32"));
    EXPECT_FALSE(shutting_down);
    EXPECT_THAT(prefixes(DrainStage::announced, shutting_down),
                ElementsAre("10.0.1.0/24", "10.96.0.1/32", "172.16.1.1/32"));
    EXPECT_TRUE(shutting_down);
    EXPECT_THAT(prefixes(DrainStage::services_withdrawn, shutting_down), ElementsAre("10.0.1.0/24"))
        << "its pods are nowhere else";
    EXPECT_TRUE(shutting_down);
    EXPECT_THAT(prefixes(DrainStage::withdrawn, shutting_down), IsEmpty());
}

// Local policy: what has endpoints only here would be served by nobody.
TEST(Drain, WhatNoOtherNodeCanServeStays) {
    const auto routes = [](std::string_view endpoints) {
        const Desired wanted =
            desired(snapshot_of(kNode, kCluster, kPeerConfig, R"(
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: services, labels: {advertise: bgp}}
spec:
  advertisements:
  - {advertisementType: Service, service: {addresses: [LoadBalancerIP]}, selector: {}}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: n}
spec: {type: LoadBalancer, clusterIP: 10.96.0.1, externalTrafficPolicy: Local}
status: {loadBalancer: {ingress: [{ip: 172.16.1.1}]}}
---
)",
                                fmt::format("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
                                            "metadata: {{name: e, namespace: n, labels: "
                                            "{{kubernetes.io/service-name: s}}}}\n"
                                            "addressType: IPv4\nendpoints: [{}]\n---\n",
                                            endpoints)),
                    {.node = "n1", .drain = DrainStage::services_withdrawn});
        return wanted.instances.at("i").routes.size();
    };
    constexpr std::string_view kHere = "{addresses: [10.0.1.5], nodeName: n1}";
    EXPECT_EQ(routes(kHere), 1U);
    EXPECT_EQ(routes(fmt::format("{}, {{addresses: [10.0.2.5], nodeName: n2}}", kHere)), 0U);
}

TEST(ClusterIpRefused, IsToldOnceWhereItIsAdvertised) {
    EXPECT_THAT(cluster({.node = "n1"}).conditions, IsEmpty());
    const Desired wanted = cluster({.node = "n1", .refuses_cluster_ips = true});
    ASSERT_EQ(wanted.conditions.size(), 1U);
    EXPECT_EQ(wanted.conditions[0].object, "CiliumBGPAdvertisement/services");
    EXPECT_EQ(wanted.conditions[0].type, "torii.io/ClusterIPRefused");
    EXPECT_THAT(wanted.conditions[0].message, HasSubstr("n/s 10.96.0.1; "));
    EXPECT_EQ(wanted.instances.at("i").routes.size(), 3U) << "a warning, not a refusal";
}

}  // namespace
}  // namespace torii::reconcile
