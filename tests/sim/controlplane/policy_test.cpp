// Policies, where the moment counts.
#include "controlplane/policy/library.h"
#include "desk.h"

namespace torii::sim {
namespace {

using testing::ElementsAre;

const Prefix kRoute = prefix("172.20.2.0/24");
const Prefix kOther = prefix("172.20.3.0/24");
const Prefix kFar = prefix("10.9.0.0/16");

class PolicySim : public Desktop {
protected:
    static bgp::PeerConfig& peer_of(speaker::SpeakerConfig& config) {
        return config.dynamic_neighbors[0].peer;
    }
    // The policy IN accepts 172.20.0.0/16 in pieces up to /24, and nothing else.
    static std::shared_ptr<const policy::Library> pods_only() {
        policy::Definitions definitions;
        definitions.prefix_sets = {{"PODS", {{5, true, prefix("172.20.0.0/16"), {}, 24}}}};
        policy::Statement statement;
        statement.sequence = 10;
        statement.match.prefix_set = "PODS";
        definitions.policies = {{"IN", {statement}}};
        return std::make_shared<const policy::Library>(
            policy::Library::compile(definitions).value());
    }
    [[nodiscard]] std::string state(const Node& node) const {
        const auto states = core_->neighbors(node.info.remote);
        return states.empty() ? "unknown" : states.front().state();
    }
    [[nodiscard]] std::size_t accepted() const {
        std::size_t count = 0;
        const auto table = core_->table(
            {Family::ipv4_unicast, speaker::TableView::Routes::accepted, first_.info.remote},
            std::nullopt);
        for (const auto& entry : table.entries()) {
            count += static_cast<std::size_t>(entry.paths_size());
        }
        return count;
    }
};

// As FRR counts: what the policy rejects does not, unless the limit says "force".
TEST_F(PolicySim, TheLimitCountsWhatIsAccepted) {
    speaker::SpeakerConfig with = config();
    with.policies = pods_only();
    peer_of(with).policies[0].import_policies = {"IN"};
    peer_of(with).prefix_limit.maximum = 1;
    start(with);
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    first_.announce(kFar);
    settle();
    EXPECT_EQ(state(first_), "Established");
    EXPECT_EQ(accepted(), 1U);
    peer_of(with).prefix_limit.force = true;
    ASSERT_TRUE(core_->configure(with).has_value());
    settle();
    EXPECT_EQ(state(first_), "Idle (PfxCt)") << "it has sent two";
    EXPECT_TRUE(core_->neighbors(first_.info.remote).at(0).maximum_prefixes_force());

    peer_of(with).prefix_limit.maximum = 2;
    ASSERT_TRUE(core_->configure(with).has_value());
    settle();
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    first_.announce(kFar);
    settle();
    EXPECT_EQ(state(first_), "Established");
    first_.announce(prefix("10.8.0.0/16"));
    settle();
    EXPECT_EQ(state(first_), "Idle (PfxCt)") << "three, of which one is accepted";
}

// Another policy accepts more of what is there already.
TEST_F(PolicySim, TheLimitIsLookedAtAgainWithAnotherPolicy) {
    speaker::SpeakerConfig with = config();
    with.policies = pods_only();
    peer_of(with).policies[0].import_policies = {"IN"};
    peer_of(with).prefix_limit.maximum = 1;
    start(with);
    first_.establish(desk_.acceptor());
    second_.establish(desk_.acceptor());
    first_.announce(kRoute);
    for (unsigned number = 0; number < 3000; ++number) {
        first_.announce(Prefix::host(IpAddress::v4(0x0a090000U + number)));
    }
    second_.announce(kOther);
    settle();
    EXPECT_EQ(state(first_), "Established");
    EXPECT_EQ(accepted(), 1U);
    peer_of(with).policies[0].import_policies = {};
    ASSERT_TRUE(core_->configure(with).has_value());
    settle();
    EXPECT_EQ(state(first_), "Idle (PfxCt)");
    EXPECT_EQ(state(second_), "Established");
    EXPECT_FALSE(core_->table({}, kRoute).entries_size());
}

// Each path of an announcement keeps its identifier, whatever the policy makes of its prefix.
TEST_F(PolicySim, PathIdentifiersStayWithTheirPrefixes) {
    speaker::SpeakerConfig with = config();
    with.policies = pods_only();
    peer_of(with).add_path[0].receive = true;
    peer_of(with).policies[0].import_policies = {"IN"};
    start(with);
    bgp::Open open = first_.open(false);
    open.capabilities.add_path_send = {Family::ipv4_unicast};
    first_.establish(desk_.acceptor(), open);
    bgp::UpdateContext context;
    context.add_path_send = {Family::ipv4_unicast};
    bgp::UpdateBuilder builder(context);
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = first_.info.remote;
    builder.announce(kRoute, attributes, bgp::PathId{1});
    builder.announce(kRoute, attributes, bgp::PathId{2});
    builder.announce(kFar, attributes, bgp::PathId{3});
    builder.announce(kOther, attributes, bgp::PathId{4});
    for (const auto& message : builder.take()) first_.say(message);
    settle();
    EXPECT_EQ(accepted(), 3U);
    EXPECT_THAT(turns_.back(), ElementsAre("172.20.2.0/24 width 1", "172.20.3.0/24 width 1"));
    for (const std::uint32_t id : {1U, 2U}) builder.withdraw(kRoute, bgp::PathId{id});
    builder.withdraw(kOther, bgp::PathId{4});
    for (const auto& message : builder.take()) first_.say(message);
    settle();
    EXPECT_EQ(accepted(), 0U);
    EXPECT_EQ(core_->neighbors(first_.info.remote).front().prefixes(0).received(), 1U);
}

}  // namespace
}  // namespace torii::sim
