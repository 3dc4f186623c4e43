#include "agent/loadbalance/handover.h"

#include "tests/support/manifests.h"

#include <gmock/gmock.h>

namespace torii::loadbalance {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const IpAddress kShared = *IpAddress::parse("172.16.1.1");
const IpAddress kOther = *IpAddress::parse("192.0.2.2");

TEST(Handover, NothingLeavesNoTable) {
    EXPECT_EQ(handover_text({.addresses = {kShared}}),
              "add table ip torii-handover\ndelete table ip torii-handover\n"
              "add table ip6 torii-handover\ndelete table ip6 torii-handover\n");
}

TEST(Handover, WhatIsUnknownGoesToTheNodesThatMayKnowItOnce) {
    EXPECT_THAT(
        handover_text({.nodes = {kOther}, .addresses = {kShared}}),
        AllOf(HasSubstr("addresses { 172.16.1.1 }"),
              HasSubstr("unknown ip ttl <= 8 drop\n"
                        "add rule ip torii-handover unknown ip ttl set 9\n"
                        "add rule ip torii-handover unknown dup to 192.0.2.2\n"
                        "add rule ip torii-handover unknown drop\n"),
              HasSubstr("ct state new tcp flags & syn == 0"), Not(HasSubstr("add set ip6"))));
}

TEST(Handover, ANodeThatLeavesHandsNothingOnAndRefusesNothing) {
    EXPECT_THAT(handover_text({.leaving = true, .nodes = {kOther}, .addresses = {kShared}}),
                AllOf(HasSubstr("torii-handover unknown drop\n"), Not(HasSubstr("dup")),
                      Not(HasSubstr("ttl"))));
}

TEST(Handover, WhoIsAskedDropsTheCopiesThatItDoesNotKnowAndNothingElse) {
    const IpAddress six = *IpAddress::parse("2001:db8::1");
    const std::string text = handover_text({.asked = true, .addresses = {kShared, six}});
    EXPECT_THAT(text, AllOf(HasSubstr("ip torii-handover unknown ip ttl <= 8 drop\n"),
                            HasSubstr("ip6 torii-handover unknown ip6 hoplimit <= 8 drop\n"),
                            Not(HasSubstr("unknown drop")), Not(HasSubstr("dup"))));
}

model::Snapshot cluster(const std::string& absences) {
    const test::Decoded decoded = test::decoded(R"(
{apiVersion: v1, kind: Node, metadata: {name: n1},
 status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n2}, spec: {unschedulable: true},
 status: {addresses: [{type: InternalIP, address: 192.0.2.2}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n3},
 status: {addresses: [{type: InternalIP, address: 192.0.2.3}]}}
)" + absences);
    EXPECT_THAT(decoded.problems, testing::IsEmpty());
    return decoded.snapshot;
}

std::string absence(const std::string& node, const std::string& state) {
    return "---\n{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: " + node +
           ", namespace: torii-drain, annotations: {torii.io/state: " + state +
           ", torii.io/addresses: \"192.0.2." + node.substr(1) + "\"}}}\n";
}

TEST(Handover, IsAsTheNodesTellOfThemselves) {
    EXPECT_EQ(handover_of(cluster(""), "n1"), Handover{}) << "being cordoned is not all of it";
    const model::Snapshot leaving = cluster(absence("n2", "leaving"));
    EXPECT_EQ(handover_of(leaving, "n1"), Handover{.nodes = {kOther}});
    EXPECT_EQ(handover_of(leaving, "n2"), Handover{.leaving = true});
    const model::Snapshot back = cluster(absence("n2", "back"));
    EXPECT_EQ(handover_of(back, "n1"), Handover{.asked = true});
    EXPECT_EQ(
        handover_of(back, "n2"),
        (Handover{.nodes = {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.3")}}));
    const model::Snapshot both = cluster(absence("n2", "back") + absence("n3", "leaving"));
    EXPECT_EQ(handover_of(both, "n1"),
              (Handover{.asked = true, .nodes = {*IpAddress::parse("192.0.2.3")}}));
}

TEST(Handover, LeasesOfOthersSayNothing) {
    const model::Snapshot theirs = cluster(
        "---\n{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: n2, namespace: "
        "torii-drain}}\n");
    EXPECT_FALSE(handover_of(theirs, "n1").needed());
    const test::Decoded wrong = test::decoded(absence("n2", "away").substr(4));
    ASSERT_EQ(wrong.problems.size(), 1U);
    EXPECT_THAT(wrong.problems.front(), HasSubstr("torii.io/state: Unsupported value"));
}

TEST(Handover, ACopyToEachOfVeryManyNodesIsTooMuch) {
    std::set<IpAddress> nodes;
    for (int number = 1; number <= 65; ++number) {
        nodes.insert(*IpAddress::parse("192.0.2." + std::to_string(100 + number)));
    }
    const std::vector<InterfaceAddress> own{{*IpAddress::parse("192.0.2.1"), 24}};
    EXPECT_THAT(neighbors(nodes, own), testing::IsEmpty());
    nodes.erase(nodes.begin());
    EXPECT_EQ(neighbors(nodes, own), nodes);
}

TEST(Handover, OnlyToNodesOnANetworkOfThisOne) {
    const std::vector<InterfaceAddress> own{{*IpAddress::parse("192.0.2.1"), 24},
                                            {*IpAddress::parse("192.0.3.9"), 32}};
    const IpAddress far = *IpAddress::parse("192.0.3.2");
    EXPECT_THAT(neighbors({kOther, far}, own), testing::ElementsAre(kOther));
    EXPECT_THAT(neighbors({kOther}, {}), testing::IsEmpty());
}

}  // namespace
}  // namespace torii::loadbalance
