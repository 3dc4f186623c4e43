#include "controlplane/bgp/community.h"
#include "controlplane/policy/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::policy {
namespace {

using testing::HasSubstr;

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}
IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}

class Policies : public testing::Test {
protected:
    Policies() {
        definitions_.prefix_sets = {{"PODS", {{5, true, prefix("172.20.0.0/16"), {}, 24}}},
                                    {"NEAR", {{5, true, prefix("192.168.10.0/24"), {}, 32}}}};
        definitions_.as_path_sets = {{"NODES", {{5, true, "^65001$"}}}};
        definitions_.communities[0] = {{"OLD", {{5, true, {"65001:*"}}}}};
        attributes_.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes_.next_hop = address("192.168.10.101");
        facts_.neighbor = address("192.168.10.101");
        facts_.self = address("192.168.10.200");
        facts_.peer = facts_.neighbor;
    }

    static Statement statement(Match match, Change change = {}, Action action = Action::accept) {
        Statement out;
        out.match = std::move(match);
        out.change = std::move(change);
        out.action = action;
        return out;
    }
    void add(const char* name, std::vector<Statement> statements,
             std::optional<Action> otherwise = {}) {
        for (std::size_t index = 0; index < statements.size(); ++index) {
            statements[index].sequence = static_cast<std::uint32_t>(10 * (index + 1));
        }
        definitions_.policies.push_back({name, std::move(statements), otherwise});
    }
    // Of the policies that were added, in their order.
    Outcome run(const char* text = "172.20.1.0/24") {
        const auto library = Library::compile(definitions_);
        EXPECT_TRUE(library) << library.error().message;
        std::vector<std::string> names;
        for (const PolicyDefinition& policy : definitions_.policies) names.push_back(policy.name);
        return library->chain(names)->apply(prefix(text), attributes_, facts_);
    }
    // The attributes after one statement that makes `change`.
    bgp::PathAttributes after(Change change) {
        definitions_.policies.clear();
        add("CHANGE", {statement({}, std::move(change))});
        const Outcome outcome = run();
        EXPECT_TRUE(outcome.accepted);
        return outcome.attributes.value_or(attributes_);
    }
    bool accepts(Match match) {
        definitions_.policies.clear();
        add("MATCH", {statement(std::move(match))});
        return run().accepted;
    }
    std::string refusal() {
        const auto library = Library::compile(definitions_);
        return library ? "accepted" : library.error().message;
    }

    Definitions definitions_;
    bgp::PathAttributes attributes_;
    RouteFacts facts_;
};

TEST_F(Policies, EveryConditionCanHoldAndFail) {
    EXPECT_TRUE(accepts({}));
    EXPECT_TRUE(accepts({.prefix_set = "PODS"}));
    EXPECT_FALSE(accepts({.next_hop_set = "PODS"}));
    EXPECT_TRUE(accepts({.next_hop_set = "NEAR"}));
    EXPECT_TRUE(accepts({.as_path_set = "NODES"}));
    EXPECT_FALSE(accepts({.communities = {{"OLD"}}}));
    EXPECT_TRUE(accepts({.neighbors = {address("10.0.0.1"), address("192.168.10.101")}}));
    EXPECT_FALSE(accepts({.neighbors = {address("10.0.0.1")}}));
    EXPECT_TRUE(accepts({.sources = {RouteSource::external}}));
    EXPECT_FALSE(accepts({.sources = {RouteSource::network, RouteSource::internal}}));
    EXPECT_TRUE(accepts({.origin = bgp::Origin::igp}));
    EXPECT_FALSE(accepts({.origin = bgp::Origin::incomplete}));
    EXPECT_TRUE(accepts({.med = 0})) << "none is 0";
    EXPECT_FALSE(accepts({.med = 5}));
    EXPECT_TRUE(accepts({.local_preference = 100})) << "none is 100";
    EXPECT_FALSE(accepts({.local_preference = 200}));
    EXPECT_TRUE(accepts({.tag = 0}));
    EXPECT_FALSE(accepts({.tag = 7}));
    EXPECT_FALSE(accepts({.as_path_set = "NODES", .med = 5})) << "all must hold";
}

TEST_F(Policies, SimpleChanges) {
    EXPECT_EQ(after({.local_preference = 200}).local_pref, 200U);
    EXPECT_EQ(after({.origin = bgp::Origin::egp}).origin, bgp::Origin::egp);
    EXPECT_EQ(after({.med = MedChange{MedChange::Kind::set, 7}}).med, 7U);
    EXPECT_EQ(after({.med = MedChange{MedChange::Kind::add, 7}}).med, 7U);
    attributes_.med = 4294967290;
    EXPECT_EQ(after({.med = MedChange{MedChange::Kind::add, 7}}).med, 4294967295U);
    EXPECT_EQ(after({.med = MedChange{MedChange::Kind::subtract, 10}}).med, 4294967280U);
    attributes_.med = 3;
    EXPECT_EQ(after({.med = MedChange{MedChange::Kind::subtract, 10}}).med, 0U);
    add("WEIGHT", {statement({}, {.weight = 50})});
    definitions_.policies.erase(definitions_.policies.begin());
    EXPECT_EQ(run().weight, 50U);
}

TEST_F(Policies, NextHops) {
    const auto next_hop = [&](NextHopChange change) {
        return after({.next_hop = change}).next_hop.to_string();
    };
    EXPECT_EQ(next_hop({NextHopChange::Kind::address, address("10.9.9.9")}), "10.9.9.9");
    EXPECT_EQ(next_hop({NextHopChange::Kind::self}), "192.168.10.200");
    facts_.peer = address("10.8.8.8");
    EXPECT_EQ(next_hop({NextHopChange::Kind::peer}), "10.8.8.8");
    EXPECT_EQ(next_hop({NextHopChange::Kind::unchanged}), "192.168.10.101");
    EXPECT_TRUE(run().next_hop_decided);
    EXPECT_FALSE(after({.local_preference = 1}).next_hop != attributes_.next_hop);
    EXPECT_FALSE(run().next_hop_decided);
    // An IPv4 route has no such next hop, and one that came with an IPv6 one has (RFC 8950).
    EXPECT_EQ(next_hop({NextHopChange::Kind::address, address("fd00::9")}), "192.168.10.101");
    EXPECT_FALSE(run().next_hop_decided);
    attributes_.next_hop = address("fd00::1");
    EXPECT_EQ(next_hop({NextHopChange::Kind::address, address("fd00::9")}), "fd00::9");
}

TEST_F(Policies, Prepending) {
    EXPECT_EQ(after({.prepend = {bgp::Asn{1}, bgp::Asn{2}}}).as_path.to_string(), "1 2 65001");
    EXPECT_EQ(after({.prepend_last_as = 2}).as_path.to_string(), "65001 65001 65001");
    attributes_.as_path = {};
    EXPECT_EQ(after({.prepend_last_as = 2}).as_path.to_string(), "");
}

TEST_F(Policies, Communities) {
    const std::uint32_t old = 65001U << 16U | 7U;
    attributes_.communities = {old, bgp::kNoExport};
    EXPECT_EQ(after({.communities = {{{.add = {"1:1"}}}}}).communities,
              (std::vector<std::uint32_t>{1U << 16U | 1U, old, bgp::kNoExport}));
    EXPECT_EQ(after({.communities = {{{.remove = "OLD"}}}}).communities,
              (std::vector<std::uint32_t>{bgp::kNoExport}));
    EXPECT_EQ(after({.communities = {{{.clear = true, .add = {"no-advertise"}}}}}).communities,
              (std::vector<std::uint32_t>{bgp::kNoAdvertise}));
    EXPECT_EQ(
        after({.communities = {{{}, {.add = {"rt:1:2"}}, {.add = {"1:2:3"}}}}}).large_communities,
        (std::vector<bgp::LargeCommunity>{{1, 2, 3}}));
}

TEST_F(Policies, NothingIsCopiedThatDoesNotChange) {
    EXPECT_FALSE(run().attributes) << "an empty chain";
    EXPECT_TRUE(run().accepted);
    attributes_.local_pref = 200;
    add("SAME", {statement({}, {.local_preference = 200})});
    EXPECT_FALSE(run().attributes);
}

TEST_F(Policies, WithoutAMatchARouteIsRejected) {
    add("PODS", {statement({.prefix_set = "PODS"})});
    EXPECT_TRUE(run().accepted);
    EXPECT_FALSE(run("10.0.0.0/8").accepted);
}

TEST_F(Policies, NextGoesOnWithWhatWasChanged) {
    add("STEPS", {statement({}, {.communities = {{{.add = {"65001:1"}}}}}, Action::next),
                  statement({.communities = {{"OLD"}}}, {.local_preference = 50})});
    const Outcome outcome = run();
    ASSERT_TRUE(outcome.accepted);
    EXPECT_EQ(outcome.attributes->local_pref, 50U);
    EXPECT_EQ(outcome.attributes->communities.size(), 1U);
}

TEST_F(Policies, WhatOnlyPassedIsPermittedAsByContinue) {
    add("PASS", {statement({.as_path_set = "NODES"}, {.local_preference = 50}, Action::next)});
    EXPECT_TRUE(run().accepted);
    attributes_.as_path = {};
    EXPECT_FALSE(run().accepted);
}

TEST_F(Policies, AChainIsTriedUntilOneDecides) {
    add("FIRST", {statement({.prefix_set = "PODS"}, {}, Action::reject)});
    add("SECOND", {statement({.as_path_set = "NODES"}, {.local_preference = 70})});
    EXPECT_FALSE(run().accepted);
    EXPECT_EQ(run("10.0.0.0/8").attributes->local_pref, 70U);
    definitions_.policies[0].otherwise = Action::accept;
    EXPECT_FALSE(run("10.0.0.0/8").attributes) << "the second is not asked";
    definitions_.policies[0].otherwise = Action::reject;
    EXPECT_FALSE(run("10.0.0.0/8").accepted);
}

TEST_F(Policies, KnowWhatTheyAskFor) {
    add("A", {statement({.as_path_set = "NODES"})});
    add("B", {statement({.prefix_set = "PODS"})});
    add("C", {statement({.neighbors = {address("10.0.0.1")}})});
    add("D", {statement({}, {.med = MedChange{}})});
    const auto library = Library::compile(definitions_);
    ASSERT_TRUE(library);
    const auto chain = [&](std::vector<std::string> names) {
        return library->chain(names).value();
    };
    EXPECT_FALSE(chain({"A", "D"}).asks_prefix());
    EXPECT_FALSE(chain({"A", "D"}).asks_neighbor());
    EXPECT_TRUE(chain({"A", "B"}).asks_prefix());
    EXPECT_EQ(chain({"A", "B"}).class_of(prefix("172.20.1.0/24")),
              chain({"A", "B"}).class_of(prefix("172.20.2.0/24")));
    EXPECT_NE(chain({"A", "B"}).class_of(prefix("172.20.1.0/24")),
              chain({"A", "B"}).class_of(prefix("10.0.0.0/8")));
    EXPECT_TRUE(chain({"C"}).asks_neighbor());
    EXPECT_THAT(library->chain(std::vector<std::string>{"E"}).error().message,
                HasSubstr("there is no policy E"));
}

TEST_F(Policies, CountWhatMatched) {
    add("PODS", {statement({.prefix_set = "PODS"}), statement({})});
    const auto library = Library::compile(definitions_);
    const Chain chain = library->chain(std::vector<std::string>{"PODS"}).value();
    static_cast<void>(chain.apply(prefix("172.20.1.0/24"), attributes_, facts_));
    static_cast<void>(chain.apply(prefix("10.0.0.0/8"), attributes_, facts_));
    static_cast<void>(chain.apply(prefix("11.0.0.0/8"), attributes_, facts_));
    EXPECT_EQ(library->policies().at("PODS")->matched(), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Policies, ACommitKeepsWhatItDoesNotChange) {
    add("A", {statement({.as_path_set = "NODES"})});
    add("B", {statement({.prefix_set = "PODS"})});
    const auto before = Library::compile(definitions_);
    definitions_.prefix_sets[0].rules[0].le = 25;
    auto now = Library::compile(definitions_);
    now->keep(*before);
    const std::vector<std::string> a{"A"};
    const std::vector<std::string> b{"B"};
    EXPECT_EQ(now->chain(a).value(), before->chain(a).value());
    EXPECT_NE(now->chain(b).value(), before->chain(b).value()) << "a set of it has changed";
}

TEST_F(Policies, ErrorsNamePolicyAndStatement) {
    add("A", {statement({.prefix_set = "X"})});
    EXPECT_EQ(refusal(), "policy A: statement 10: there is no prefix-set X");
    definitions_.policies.clear();
    add("A", {statement({.communities = {{{}, {}, "X"}}})});
    EXPECT_EQ(refusal(), "policy A: statement 10: there is no large-community-set X");
    definitions_.policies.clear();
    add("A", {statement({}, {.communities = {{{.add = {"nonsense"}}}}})});
    EXPECT_THAT(refusal(), HasSubstr("policy A: statement 10: community nonsense"));
    definitions_.policies.clear();
    definitions_.as_path_sets.push_back({"P", {{5, true, "("}}});
    EXPECT_THAT(refusal(), HasSubstr("as-path-set P: entry 5: pattern"));
}

}  // namespace
}  // namespace torii::policy
