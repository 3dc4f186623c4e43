#include "mgmt/show/health.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace torii::show {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class Message>
Message message(const std::string& text) {
    Message out;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &out)) << text;
    return out;
}

// A router of two ports with a card each, one neighbor and platformd.
HealthFacts well() {
    HealthFacts facts;
    facts.version = 7;
    facts.daemons = {{"controlplane", true, true, 7, ""},
                     {"dataplane", true, true, 7, ""},
                     {"logging", false, true, 7, ""},
                     {"platformd", true, true, std::nullopt, ""}};
    facts.config = message<ipc::DataplaneConfig>(R"(
        ports { name: "port0" pci: "00:10.0" } ports { name: "port1" pci: "0000:00:11.0" })");
    facts.platform = message<ipc::Platform>(R"(
        cards { address: "0000:00:10.0" taken: true } cards { address: "0000:00:11.0" taken: true })");
    facts.dataplane = message<ipc::DataplaneStatus>("buffers: 1000 buffers_in_use: 400");
    facts.ports = message<ipc::PortStatusList>(
        R"(ports { name: "port0" link_up: true } ports { name: "port1" })");
    facts.controlplane =
        message<ipc::ControlplaneStatus>("dataplane_connected: true bgp_routes: 100");
    facts.neighbors = message<ipc::BgpNeighbors>(R"(
        neighbors { address: "10.0.0.1" state: "Established" }
        neighbors { address: "10.0.0.2" state: "Active" })");
    return facts;
}

// The checks that are bad: "name: text".
std::vector<std::string> faults(const HealthFacts& facts) {
    std::vector<std::string> out;
    const ipc::Health verdict = judge(facts);
    for (const auto& check : verdict.checks()) {
        if (!check.good()) out.push_back(check.name() + ": " + check.text());
    }
    EXPECT_EQ(verdict.good(), out.empty());
    return out;
}

struct Case {
    std::string name;
    std::function<void(HealthFacts&)> harm;
    std::string fault;
};

class HealthFaults : public ::testing::TestWithParam<Case> {};

TEST_P(HealthFaults, IsTheOnlyOneAndMakesTheVerdict) {
    HealthFacts facts = well();
    GetParam().harm(facts);
    EXPECT_THAT(faults(facts), ElementsAre(GetParam().fault));
}

INSTANTIATE_TEST_SUITE_P(
    Each, HealthFaults,
    ::testing::Values(Case{"Daemon", [](auto& facts) { facts.daemons[0].connected = false; },
                           "daemons: torii-controlplane does not run"},
                      Case{"Platformd", [](auto& facts) { facts.daemons[3].connected = false; },
                           "daemons: torii-platformd does not run"},
                      Case{"NotTakenYet", [](auto& facts) { facts.daemons[1].version = 6; },
                           "configuration: dataplane has not taken commit 7 yet"},
                      Case{"Refused", [](auto& facts) { facts.daemons[2].error = "no room"; },
                           "configuration: logging: no room"},
                      Case{"Card",
                           [](auto& facts) { facts.platform->mutable_cards(1)->set_taken(false); },
                           "cards: port1: the packet engine does not have 0000:00:11.0"},
                      Case{"Port", [](auto& facts) { facts.ports->mutable_ports()->RemoveLast(); },
                           "ports: port1 does not exist"},
                      Case{"Buffers", [](auto& facts) { facts.dataplane->set_buffers_in_use(951); },
                           "buffers: 951 of 1000 in use"},
                      Case{"NoBuffers", [](auto& facts) { facts.dataplane->set_buffers(0); },
                           "buffers: the packet engine has none yet"},
                      Case{"Forwarding",
                           [](auto& facts) { facts.controlplane->set_dataplane_connected(false); },
                           "forwarding: the control plane does not reach the packet engine"},
                      Case{"Alarm", [](auto& facts) { facts.alarms = {"audit-log: disk full"}; },
                           "alarms: audit-log: disk full"}),
    [](const auto& one) { return one.param.name; });

TEST(ShowHealth, ALinkAndANeighborThatNeverWereAreNoFault) {
    EXPECT_THAT(faults(well()), IsEmpty());
}

TEST(ShowHealth, WhatWasThereIsExpectedAgain) {
    HealthFacts facts = well();
    const ipc::HealthExpectation expected = expectation(facts);
    EXPECT_THAT(expected.neighbors(), ElementsAre("10.0.0.1"));
    EXPECT_THAT(expected.ports(), ElementsAre("port0"));
    EXPECT_EQ(expected.bgp_routes(), 100U);
    facts.expected = expected;
    facts.controlplane->set_bgp_routes(90);
    EXPECT_THAT(faults(facts), IsEmpty());
    facts.controlplane->set_bgp_routes(89);
    facts.ports->mutable_ports(0)->set_link_up(false);
    facts.neighbors->mutable_neighbors(0)->set_state("Idle");
    EXPECT_THAT(faults(facts), ElementsAre("ports: port0: its link is not up again",
                                           "forwarding: 89 routes of BGP, there were 100",
                                           "neighbors: 10.0.0.1 is not there again"));
    facts.neighbors.reset();
    facts.controlplane.reset();
    facts.dataplane.reset();
    facts.ports.reset();
    EXPECT_EQ(faults(facts).size(), 4U);
}

TEST(ShowHealth, WhereNoPlatformdIsNobodyKnowsOfCards) {
    HealthFacts facts = well();
    facts.platform.reset();
    facts.daemons.pop_back();
    EXPECT_THAT(faults(facts), IsEmpty());
}

TEST(ShowHealth, TheTextHasTheVerdictAtItsEnd) {
    HealthFacts facts = well();
    EXPECT_THAT(health(judge(facts)), HasSubstr("The router is well.\n"));
    facts.alarms = {"audit-log: disk full"};
    const std::string text = health(judge(facts));
    EXPECT_THAT(text, HasSubstr("BAD      audit-log: disk full"));
    EXPECT_THAT(text, HasSubstr("The router is not well.\n"));
}

}  // namespace
}  // namespace torii::show
