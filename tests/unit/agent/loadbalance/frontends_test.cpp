// Which endpoints a connection may go to, by the kind of address and where it comes from.
#include "agent/loadbalance/frontends.h"

#include "tests/unit/agent/loadbalance/cluster.h"

#include <gmock/gmock.h>

namespace torii::loadbalance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kLoadBalancer = "type: LoadBalancer, clusterIP: 10.96.0.1";

std::string text(const Frontend& frontend) {
    return fmt::format("{}:{}", frontend.address ? frontend.address->to_string() : "node",
                       frontend.port);
}

std::vector<std::string> texts(const Backends& backends) {
    std::vector<std::string> result;
    for (const Backend& backend : backends) result.push_back(backend.to_string());
    return result;
}

std::vector<std::string> frontend_texts(const NodeBalancing& balancing) {
    std::vector<std::string> result;
    for (const auto& [frontend, handling] : balancing.frontends) result.push_back(text(frontend));
    return result;
}

Handling handling_of(const NodeBalancing& balancing, std::string_view wanted) {
    for (const auto& [frontend, handling] : balancing.frontends) {
        if (text(frontend) == wanted) return handling;
    }
    ADD_FAILURE() << wanted << " is no frontend";
    return {};
}

const std::string kBoth = fmt::format("{}, {}", kHere, kElsewhere);

TEST(Frontends, AreAllAddressesOfAService) {
    const auto all = balancing_of(
        node(), service("type: LoadBalancer, clusterIP: 10.96.0.1, externalIPs: [198.51.100.7]",
                        "port: 80, nodePort: 30080"));
    EXPECT_THAT(frontend_texts(all),
                ElementsAre("node:30080", "10.96.0.1:80", "172.16.1.1:80", "198.51.100.7:80"));
    // Whatever its status and ports say.
    EXPECT_THAT(frontend_texts(balancing_of(
                    node(), service("clusterIP: 10.96.0.1", "port: 80, nodePort: 30080"))),
                ElementsAre("10.96.0.1:80"));
    EXPECT_THAT(frontend_texts(balancing_of(node(), service("clusterIP: None"))), IsEmpty());
}

TEST(Frontends, PolicyClusterHasAllEndpoints) {
    const auto handling =
        handling_of(balancing_of(node(), service(kLoadBalancer), slice(kBoth)), "172.16.1.1:80");
    EXPECT_FALSE(handling.outside_is_local_only);
    EXPECT_THAT(texts(handling.outside), ElementsAre("10.0.1.5 . 8080", "10.0.2.5 . 8080"));
}

TEST(Frontends, PolicyLocalHasThoseOfTheNodeForClientsOutside) {
    const std::string spec = fmt::format("{}, externalTrafficPolicy: Local", kLoadBalancer);
    const auto both = balancing_of(node(), service(spec), slice(kBoth));
    const auto handling = handling_of(both, "172.16.1.1:80");
    EXPECT_TRUE(handling.outside_is_local_only);
    EXPECT_THAT(texts(handling.outside), ElementsAre("10.0.1.5 . 8080"));
    EXPECT_THAT(texts(handling.inside), ElementsAre("10.0.1.5 . 8080", "10.0.2.5 . 8080"));
    // It is the external policy: the cluster IP has all.
    EXPECT_EQ(handling_of(both, "10.96.0.1:80").outside.size(), 2U);
}

TEST(Frontends, InternalPolicyLocalIsOfTheClusterIp) {
    const std::string spec = fmt::format("{}, internalTrafficPolicy: Local", kLoadBalancer);
    const auto both = balancing_of(node(), service(spec), slice(kBoth));
    EXPECT_THAT(texts(handling_of(both, "10.96.0.1:80").inside), ElementsAre("10.0.1.5 . 8080"));
    EXPECT_EQ(handling_of(both, "172.16.1.1:80").inside.size(), 2U);
}

TEST(Frontends, TerminatingEndpointsAreBetterThanNone) {
    const std::string leaves =
        "{addresses: [10.0.1.6], nodeName: n1, "
        "conditions: {ready: false, serving: true, terminating: true}}";
    const std::string gone =
        "{addresses: [10.0.1.7], nodeName: n1, "
        "conditions: {ready: false, serving: false, terminating: true}}";
    const auto alone = balancing_of(node(), service(kLoadBalancer), slice(leaves + ", " + gone));
    EXPECT_THAT(texts(handling_of(alone, "10.96.0.1:80").inside), ElementsAre("10.0.1.6 . 8080"));
    // Each policy by itself: on this node there is no other.
    const std::string spec = fmt::format("{}, externalTrafficPolicy: Local", kLoadBalancer);
    const auto handling = handling_of(
        balancing_of(node(), service(spec), slice(fmt::format("{}, {}", leaves, kElsewhere))),
        "172.16.1.1:80");
    EXPECT_THAT(texts(handling.inside), ElementsAre("10.0.2.5 . 8080"));
    EXPECT_THAT(texts(handling.outside), ElementsAre("10.0.1.6 . 8080"));
}

TEST(Frontends, EndpointsThatAreNotReadyAreNone) {
    const auto handling =
        handling_of(balancing_of(node(), service(kLoadBalancer),
                                 slice("{addresses: [10.0.1.5], conditions: {ready: false}}")),
                    "10.96.0.1:80");
    EXPECT_FALSE(handling.has_endpoints);
    EXPECT_THAT(handling.inside, IsEmpty());
}

TEST(Frontends, TheSliceSaysThePortByName) {
    const auto named = balancing_of(node(), service(kLoadBalancer, "port: 80, targetPort: web"),
                                    slice(kHere, "name: http, port: 9090"));
    EXPECT_THAT(texts(handling_of(named, "10.96.0.1:80").inside), ElementsAre("10.0.1.5 . 9090"));
    for (const std::string_view other :
         {"name: other, port: 9090", "name: http, port: 9090, protocol: UDP", "name: http"}) {
        const auto none = balancing_of(node(), service(kLoadBalancer), slice(kHere, other));
        EXPECT_THAT(handling_of(none, "10.96.0.1:80").inside, IsEmpty()) << other;
    }
}

TEST(Frontends, FamiliesDoNotMix) {
    const auto both = balancing_of(
        node(), service("clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00:96::1']"),
        slice(kHere),
        slice("{addresses: ['fd00::5'], nodeName: n1}", "name: http, port: 8080", "IPv6"));
    EXPECT_THAT(texts(handling_of(both, "10.96.0.1:80").inside), ElementsAre("10.0.1.5 . 8080"));
    EXPECT_THAT(texts(handling_of(both, "fd00:96::1:80").inside), ElementsAre("fd00::5 . 8080"));
}

TEST(Frontends, SourceRangesAreOfTheLoadBalancerIp) {
    const std::string spec =
        fmt::format("{}, loadBalancerSourceRanges: ['192.0.2.0/24', 'fd00::/16']", kLoadBalancer);
    const auto all = balancing_of(node(), service(spec), slice(kHere));
    EXPECT_THAT(*handling_of(all, "172.16.1.1:80").source_ranges,
                ElementsAre(*Prefix::parse("192.0.2.0/24")));
    EXPECT_FALSE(handling_of(all, "10.96.0.1:80").source_ranges);
}

TEST(Frontends, ClusterIpsAreForThePodsOfTheNodeIfTheyAreKnown) {
    EXPECT_THAT(balancing_of(node()).cluster_clients,
                ElementsAre(*Prefix::parse("10.0.1.0/24"), *Prefix::parse("::/0")));
    EXPECT_THAT(balancing_of().cluster_clients,
                ElementsAre(*Prefix::parse("0.0.0.0/0"), *Prefix::parse("::/0")));
}

TEST(Frontends, HealthChecksCountTheNodesEndpoints) {
    const auto all = balancing_of(
        node(),
        service("type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32000"),
        slice(kBoth));
    EXPECT_THAT(all.health_checks, ElementsAre(HealthCheck{"test/web", 32000, 1}));
}

}  // namespace
}  // namespace torii::loadbalance
