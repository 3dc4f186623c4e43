// Step by step is the same as all at once, and a step is small.
#include "agent/loadbalance/balancer.h"

#include "tests/support/manifests.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace torii::loadbalance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TableSettings kSmall{5, 0};
const Settings kSettings{"n1", false};

// Names of all chains, and all elements: what tells one ruleset from another.
struct Shape {
    std::vector<std::string> names;
    std::map<std::string, std::map<std::string, std::string>> elements;
    friend bool operator==(const Shape&, const Shape&) = default;
};

Shape shape(const Ruleset& rules) {
    Shape shape;
    for (const auto& [name, text] : rules.chains) shape.names.push_back(name);
    for (const auto& [name, text] : rules.affinity_sets) shape.names.push_back(name);
    for (const auto& [set, elements] : rules.elements) {
        if (!elements.empty()) shape.elements.emplace(set, elements);
    }
    return shape;
}

std::string service(int number, std::string_view more = "") {
    return fmt::format(
        "{{apiVersion: v1, kind: Service, metadata: {{name: s{}, namespace: test}}, "
        "spec: {{type: LoadBalancer, clusterIP: 10.96.0.{}, ports: [{{name: a, port: 80}}]{}}}, "
        "status: {{loadBalancer: {{ingress: [{{ip: 172.16.1.{}}}]}}}}}}\n---\n",
        number, number, more, number);
}

std::string slice(int number, std::string_view endpoints) {
    return fmt::format(
        "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, "
        "metadata: {{name: s{}-1, namespace: test, labels: {{kubernetes.io/service-name: s{}}}}}, "
        "ports: [{{name: a, port: 8080}}], endpoints: [{}]}}\n---\n",
        number, number, endpoints);
}

std::string endpoint(int number) {
    return fmt::format("{{addresses: [10.0.1.{}], nodeName: n{}}}", number, number % 3);
}

model::Snapshot snapshot(const std::string& text) {
    test::Decoded decoded = test::decoded(
        "{apiVersion: v1, kind: Node, metadata: {name: n1}, spec: {podCIDRs: [10.0.1.0/24]}}\n"
        "---\n" +
        text);
    EXPECT_THAT(decoded.problems, IsEmpty());
    return std::move(decoded.snapshot);
}

TEST(Balancer, TouchesOnlyWhatHasChanged) {
    Balancer balancer(kSettings, kSmall);
    const std::string others = service(1) + slice(1, endpoint(4)) + service(2);
    EXPECT_THAT(balancer.update(snapshot(others + slice(2, endpoint(7)))).chains, SizeIs(2));
    EXPECT_THAT(balancer.update(snapshot(others + slice(2, endpoint(7)))).chains, IsEmpty());
    const Ruleset fresh = balancer.update(snapshot(others + slice(2, endpoint(5))));
    ASSERT_THAT(fresh.chains, SizeIs(1));
    EXPECT_TRUE(fresh.chains.begin()->first.starts_with("service/test/s2/"));
    EXPECT_FALSE(fresh.chains.begin()->second.empty());
    EXPECT_FALSE(fresh.elements.at("services4").contains("10.96.0.1 . 6 . 80"));
    EXPECT_THAT(balancer.wanted().chains, SizeIs(2));
}

// An endpoint of two services that leaves one, and a frontend that two claim.
TEST(Balancer, WhatTwoHaveStaysWhileOneHasIt) {
    Balancer balancer(kSettings, kSmall);
    const std::string both = service(1) + service(2) + slice(1, endpoint(4));
    (void)balancer.update(snapshot(both + slice(2, endpoint(4))));
    (void)balancer.update(snapshot(both));
    EXPECT_TRUE(balancer.wanted().elements.at("local_backends4").contains("10.0.1.4"));

    std::string rival = service(2);
    rival.replace(rival.find("172.16.1.2"), 10, "172.16.1.1");
    (void)balancer.update(snapshot(service(1) + rival + slice(1, endpoint(4))));
    const std::string key = "172.16.1.1 . 6 . 80";
    EXPECT_TRUE(balancer.wanted().elements.at("services4").at(key).starts_with("goto service/"));
    const Ruleset fresh = balancer.update(snapshot(rival));
    EXPECT_EQ(fresh.elements.at("services4").at(key), "goto refuse") << "the kernel is told, too";
}

TEST(Balancer, AfterAResetEverythingIsFreshAndTheServicesBeforeAreKnown) {
    Balancer balancer(kSettings, kSmall);
    const model::Snapshot one = snapshot(service(1) + slice(1, endpoint(4)));
    const model::Snapshot two = snapshot(service(1) + slice(1, endpoint(5)) + service(2));
    (void)balancer.update(one);
    (void)balancer.update(two);
    EXPECT_EQ(balancer.services_before(), one.services);
    balancer.reset();
    EXPECT_THAT(balancer.update(two).chains, SizeIs(1));
    EXPECT_EQ(balancer.services_before(), two.services) << "they are in place";
    (void)balancer.update(one);
    EXPECT_EQ(balancer.services_before(), two.services);
}

TEST(Balancer, ConnectionsOfOthersAreHandedOverOnlyWhileANodeDrains) {
    const std::string text = service(1) + slice(1, endpoint(4));
    Balancer balancer(kSettings, kSmall);
    (void)balancer.update(snapshot(text));
    EXPECT_EQ(balancer.handover(), Handover{});
    (void)balancer.update(
        snapshot(text + "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: n2, "
                        "namespace: torii-drain, annotations: {torii.io/state: leaving, "
                        "torii.io/addresses: 192.0.2.2}}}\n"));
    const Handover expected{.nodes = {*IpAddress::parse("192.0.2.2")},
                            .addresses = {*IpAddress::parse("172.16.1.1")}};
    EXPECT_EQ(balancer.handover(), expected) << "of the ClusterIP nothing comes from routers";
}

// A hundred changes by chance: services and endpoints that come, change and go.
TEST(BalancerProperty, IsTheRulesetOfTheWholeAfterEveryChange) {
    std::mt19937 random(20261126);  // NOLINT: the same every time
    Balancer balancer(kSettings, kSmall);
    std::map<int, std::string> services;
    std::map<int, std::string> slices;
    for (int step = 0; step < 100; ++step) {
        const int number = 1 + static_cast<int>(random() % 6);
        switch (random() % 5) {
            case 0: services.erase(number); break;
            case 1: services[number] = service(number, ", sessionAffinity: ClientIP"); break;
            case 2: services[number] = service(number, ", externalTrafficPolicy: Local"); break;
            case 3: slices.erase(number); break;
            default: {
                std::string endpoints = endpoint(1 + static_cast<int>(random() % 5));
                for (int count = static_cast<int>(random() % 4); count > 0; --count) {
                    endpoints += ", " + endpoint(1 + static_cast<int>(random() % 9));
                }
                slices[number] = slice(number, endpoints);
            }
        }
        std::string text;
        for (const auto& [key, one] : services) text += one;
        for (const auto& [key, one] : slices) text += one;
        const model::Snapshot now = snapshot(text);
        (void)balancer.update(now);
        ASSERT_EQ(shape(balancer.wanted()), shape(ruleset(node_balancing(now, kSettings), kSmall)))
            << "step " << step << ":\n"
            << text;
    }
}

}  // namespace
}  // namespace torii::loadbalance
