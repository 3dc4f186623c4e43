// Policies, limits and graceful shutdown between speakers on real sockets.
#include "controlplane/bgp/community.h"
#include "private_network.h"

#include <gmock/gmock.h>

namespace torii::speaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kV4 = static_cast<std::size_t>(bgp::Family::ipv4_unicast);
constexpr const char* kPods = "172.20.2.0/24";
constexpr const char* kVip = "192.168.90.1/32";

std::vector<LocalRoute> node_routes() {
    return {{prefix(kPods), {}}, {prefix(kVip), {65001U << 16U | 100U}}};
}

policy::Statement statement(std::uint32_t sequence, policy::Match match, policy::Change change = {},
                            policy::Action action = policy::Action::accept) {
    policy::Statement out;
    out.sequence = sequence;
    out.match = std::move(match);
    out.change = std::move(change);
    out.action = action;
    return out;
}

std::shared_ptr<const policy::Library> library(std::vector<policy::PolicyDefinition> policies) {
    policy::Definitions definitions;
    definitions.prefix_sets = {{"PODS", {{5, true, prefix("172.20.0.0/16"), {}, 24}}}};
    definitions.policies = std::move(policies);
    return std::make_shared<const policy::Library>(policy::Library::compile(definitions).value());
}

class PolicySessions : public Sessions {
protected:
    // The router, with policies for all that connect.
    static SpeakerConfig with_policies(std::vector<policy::PolicyDefinition> policies,
                                       std::vector<std::string> in, std::vector<std::string> out) {
        SpeakerConfig config = router_config();
        config.ebgp_requires_policy = true;
        config.policies = library(std::move(policies));
        bgp::FamilyPolicies& all = config.dynamic_neighbors[0].peer.policies[kV4];
        all.import_policies = std::move(in);
        all.export_policies = std::move(out);
        return config;
    }
    static ipc::BgpPrefixCounts counts(const Node& node, const char* peer) {
        const auto state = node.neighbor(peer);
        return state.prefixes_size() == 0 ? ipc::BgpPrefixCounts{} : state.prefixes(0);
    }
};

TEST_F(PolicySessions, WithoutAPolicyNothingIsExchangedWhereOneIsRequired) {
    const auto router = start(with_policies({}, {}, {}), {{prefix("10.10.1.0/24"), {}}});
    const auto agent = start(agent_config(2), node_routes());
    ASSERT_TRUE(until([&] { return counts(*router, "10.0.0.2").received() == 2; }));
    ASSERT_TRUE(until([&] { return agent->converged == 1; }));
    const ipc::BgpPrefixCounts seen = counts(*router, "10.0.0.2");
    EXPECT_EQ(seen.accepted(), 0U);
    EXPECT_EQ(seen.sent(), 0U);
    EXPECT_TRUE(seen.import_policy_missing());
    EXPECT_TRUE(seen.export_policy_missing());
    EXPECT_THAT(router->routes, IsEmpty());
}

TEST_F(PolicySessions, ImportPoliciesDecideAgainWithoutARefresh) {
    const policy::PolicyDefinition pods{"IN", {statement(10, {.prefix_set = "PODS"})}};
    const policy::PolicyDefinition all{"IN", {statement(10, {}, {.local_preference = 200})}};
    SpeakerConfig config = with_policies({pods}, {"IN"}, {});
    const auto router = start(config, {});
    const auto agent = start(agent_config(2), node_routes());
    ASSERT_TRUE(until([&] { return router->next_hops(kPods).size() == 1; }));
    ASSERT_TRUE(until([&] { return counts(*router, "10.0.0.2").received() == 2; }));
    EXPECT_THAT(router->next_hops(kVip), IsEmpty());
    const auto received = router->speaker->table(
        {bgp::Family::ipv4_unicast, TableView::Routes::received, address("10.0.0.2")});
    ASSERT_EQ(received.entries_size(), 2);
    EXPECT_FALSE(received.entries(0).paths(0).filtered());
    EXPECT_TRUE(received.entries(1).paths(0).filtered());
    EXPECT_EQ(
        router->speaker
            ->table({bgp::Family::ipv4_unicast, TableView::Routes::accepted, address("10.0.0.2")})
            .entries_size(),
        1);

    const std::uint64_t updates = router->neighbor("10.0.0.2").received().updates();
    config.policies = library({all});
    ASSERT_TRUE(router->speaker->configure(config));
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 1; }));
    EXPECT_EQ(router->neighbor("10.0.0.2").received().updates(), updates);
    EXPECT_EQ(router->neighbor("10.0.0.2").established_count(), 1U);
    const auto table = router->speaker->table({}, prefix(kPods));
    EXPECT_EQ(table.entries(0).paths(0).local_preference(), 200U);
    // As it came.
    const auto again = router->speaker->table(
        {bgp::Family::ipv4_unicast, TableView::Routes::received, address("10.0.0.2")});
    EXPECT_FALSE(again.entries(0).paths(0).has_local_preference());

    config.policies = library({pods});
    ASSERT_TRUE(router->speaker->configure(config));
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).empty(); }));
    EXPECT_EQ(counts(*router, "10.0.0.2").accepted(), 1U);
}

TEST_F(PolicySessions, ExportPoliciesChangeWhatIsSent) {
    policy::Change change;
    change.med = policy::MedChange{policy::MedChange::Kind::set, 70};
    change.prepend = {bgp::Asn{65000}};
    change.communities[0].add = {"65000:7"};
    SpeakerConfig config =
        with_policies({{"OUT",
                        {statement(10, {.prefix_set = "PODS"}, {}, policy::Action::reject),
                         statement(20, {}, change)}}},
                      {}, {"OUT"});
    const auto router =
        start(config, {{prefix("10.10.1.0/24"), {}}, {prefix("172.20.9.0/24"), {}}});
    const auto agent = start(agent_config(2), {});
    ASSERT_TRUE(until([&] { return agent->routes.size() == 1; }));
    const auto table = agent->speaker->table({}, prefix("10.10.1.0/24"));
    ASSERT_EQ(table.entries_size(), 1);
    const ipc::BgpPath& path = table.entries(0).paths(0);
    EXPECT_EQ(path.as_path(), "65000 65000");
    EXPECT_EQ(path.med(), 70U);
    EXPECT_THAT(path.communities(), ElementsAre("65000:7"));
    EXPECT_EQ(counts(*router, "10.0.0.2").sent(), 1U);

    // Without the first statement the other route comes too, and is withdrawn again with it.
    SpeakerConfig open = config;
    open.policies = library({{"OUT", {statement(20, {}, change)}}});
    ASSERT_TRUE(router->speaker->configure(open));
    ASSERT_TRUE(until([&] { return agent->routes.size() == 2; }));
    ASSERT_TRUE(router->speaker->configure(config));
    ASSERT_TRUE(until([&] { return agent->routes.size() == 1; }));
    EXPECT_EQ(router->neighbor("10.0.0.2").established_count(), 1U);
}

TEST_F(PolicySessions, ALocalRouteHasItsPolicy) {
    SpeakerConfig config = router_config();
    policy::Change change;
    change.communities[0].add = {"no-export"};
    config.policies = library(
        {{"NET",
          {statement(10, {.sources = {policy::RouteSource::connected}, .tag = 7}, change)}}});
    LocalRoute accepted{prefix("10.10.1.0/24"), {}};
    accepted.policies = {"NET"};
    accepted.source = policy::RouteSource::connected;
    accepted.origin = bgp::Origin::incomplete;
    accepted.tag = 7;
    LocalRoute rejected = accepted;
    rejected.prefix = prefix("10.10.2.0/24");
    rejected.tag = 8;
    const auto router = start(config, {accepted, rejected});
    const auto table = router->speaker->table({});
    ASSERT_EQ(table.entries_size(), 1);
    EXPECT_EQ(table.entries(0).paths(0).origin(), "incomplete");
    EXPECT_THAT(table.entries(0).paths(0).communities(), ElementsAre("no-export"));
}

// Where a route of ours is from is known to export policies too.
TEST_F(PolicySessions, AnExportPolicyTellsOurRoutesApart) {
    const auto router = start(
        with_policies({{"OUT",
                        {statement(10, {.sources = {policy::RouteSource::connected}}),
                         statement(20, {.tag = 7})}}},
                      {}, {"OUT"}),
        [] {
            LocalRoute connected{prefix("10.10.1.0/24"), {}};
            connected.source = policy::RouteSource::connected;
            LocalRoute tagged{prefix("10.10.2.0/24"), {}};
            tagged.source = policy::RouteSource::static_route;
            tagged.tag = 7;
            LocalRoute other = tagged;
            other.prefix = prefix("10.10.3.0/24");
            other.tag = 8;
            return std::vector<LocalRoute>{connected, tagged, other, {prefix("10.10.4.0/24"), {}}};
        }());
    const auto agent = start(agent_config(2), {});
    ASSERT_TRUE(until([&] { return agent->routes.size() == 2; }));
    EXPECT_THAT(agent->next_hops("10.10.1.0/24"), ElementsAre("10.0.0.1"));
    EXPECT_THAT(agent->next_hops("10.10.2.0/24"), ElementsAre("10.0.0.1"));
    EXPECT_EQ(counts(*router, "10.0.0.2").sent(), 2U);
}

TEST_F(PolicySessions, MorePrefixesThanAllowedHoldTheSessionDownUntilItIsCleared) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.prefix_limit.maximum = 1;
    const auto router = start(config, {});
    const auto agent = start(agent_config(2), node_routes());
    ASSERT_TRUE(until([&] { return router->neighbor("10.0.0.2").maximum_prefixes_exceeded(); }));
    EXPECT_EQ(router->neighbor("10.0.0.2").state(), "Idle (PfxCt)");
    EXPECT_THAT(router->routes, IsEmpty());
    // Both have the N bit: inside a Hard Reset (RFC 8538 section 3.1).
    ASSERT_TRUE(until([&] { return agent->neighbor("10.0.0.1").received().notifications() == 1; }));
    EXPECT_THAT(agent->neighbor("10.0.0.1").last_error(), testing::HasSubstr("Cease"));
    agent->speaker->set_routes({node_routes().front()});
    const std::uint64_t rejected = agent->neighbor("10.0.0.1").established_count();
    EXPECT_EQ(rejected, 1U);
    ASSERT_EQ(router->speaker->clear({address("10.0.0.2"), {}}, ClearKind::soft), 1U);
    EXPECT_TRUE(router->neighbor("10.0.0.2").maximum_prefixes_exceeded());
    ASSERT_EQ(router->speaker->clear({address("10.0.0.2"), {}}, ClearKind::hard), 1U);
    ASSERT_TRUE(until([&] { return router->routes.size() == 1; }));
    EXPECT_FALSE(router->neighbor("10.0.0.2").maximum_prefixes_exceeded());
}

TEST_F(PolicySessions, ALimitThatOnlyWarnsKeepsTheSession) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.prefix_limit = {1, 75, true, {}};
    const auto router = start(config, {});
    const auto agent = start(agent_config(2), node_routes());
    ASSERT_TRUE(until([&] { return router->routes.size() == 2; }));
    EXPECT_TRUE(router->established("10.0.0.2"));
}

TEST_F(PolicySessions, AHigherLimitLetsItTryAgain) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.prefix_limit.maximum = 1;
    const auto router = start(config, {});
    const auto agent = start(agent_config(2), node_routes());
    ASSERT_TRUE(until([&] { return router->neighbor("10.0.0.2").maximum_prefixes_exceeded(); }));
    config.dynamic_neighbors[0].peer.prefix_limit.maximum = 2;
    ASSERT_TRUE(router->speaker->configure(config));
    ASSERT_TRUE(until([&] { return router->routes.size() == 2; }));
}

TEST_F(PolicySessions, ALowerLimitCountsWhatIsThere) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.prefix_limit = {2, 75, false, {}};
    const auto router = start(config, {});
    const auto agent = start(agent_config(2), node_routes());
    ASSERT_TRUE(until([&] { return router->routes.size() == 2; }));
    config.dynamic_neighbors[0].peer.prefix_limit.maximum = 1;
    ASSERT_TRUE(router->speaker->configure(config));
    ASSERT_TRUE(until([&] { return router->routes.empty(); }));
    EXPECT_TRUE(router->neighbor("10.0.0.2").maximum_prefixes_exceeded());
}

// RFC 8326: the neighbor that is about to go loses to one that stays.
TEST_F(PolicySessions, GracefulShutdownMovesTrafficAway) {
    const auto router = start(router_config(), {});
    SpeakerConfig config = agent_config(2);
    const auto leaving = start(config, {{prefix(kVip), {}}});
    const auto staying = start(agent_config(3), {{prefix(kVip), {}}});
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 2; }));
    config.graceful_shutdown = true;
    ASSERT_TRUE(leaving->speaker->configure(config));
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 1; }));
    EXPECT_THAT(router->next_hops(kVip), ElementsAre("10.0.0.3"));
    EXPECT_TRUE(router->established("10.0.0.2"));
    config.graceful_shutdown = false;
    ASSERT_TRUE(leaving->speaker->configure(config));
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 2; }));
}

// A node of twice the bandwidth gets twice the traffic.
TEST_F(PolicySessions, LinkBandwidthBecomesWeights) {
    const auto bandwidth = [](const char* text) {
        policy::Change change;
        change.communities[1].add = {text};
        return change;
    };
    SpeakerConfig config = router_config();
    const auto with_bandwidth = [&](unsigned host, const char* text) {
        SpeakerConfig agent = agent_config(host);
        agent.policies = library({{"BW", {statement(10, {}, bandwidth(text))}}});
        agent.peers[0].policies[kV4].export_policies = {"BW"};
        return start(agent, {{prefix(kVip), {}}});
    };
    const auto router = start(config, {});
    const auto slow = with_bandwidth(2, "lb:65001:125000000");
    const auto fast = with_bandwidth(3, "lb:65001:250000000");
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 2; }));
    const auto weights = [&] {
        std::vector<std::uint32_t> out;
        for (const SelectedNextHop& hop : router->routes.at(prefix(kVip))) {
            out.push_back(hop.weight);
        }
        return out;
    };
    EXPECT_THAT(weights(), ElementsAre(1, 2));
    config.bandwidth = rib::BandwidthUse::ignore;
    ASSERT_TRUE(router->speaker->configure(config));
    ASSERT_TRUE(until([&] { return weights() == std::vector<std::uint32_t>{1, 1}; }));
}

}  // namespace
}  // namespace torii::speaker
