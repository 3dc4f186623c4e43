#include "private_network.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace torii::speaker {
namespace {

using testing::ElementsAre;

constexpr const char* kVip = "192.168.90.1/32";

class Restarts : public Sessions {
protected:
    void SetUp() override {
        Sessions::SetUp();
        router_ = start(router_config(), {{prefix("10.10.1.0/24"), {}}});
        for (unsigned host = 2; host <= 4; ++host) start_agent(host);
        ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 3; }));
    }

    void start_agent(unsigned host) {
        agents_[host] = start(agent_config(host), {{prefix(kVip), {}}});
    }

    [[nodiscard]] unsigned stale_paths() const {
        unsigned count = 0;
        const auto table = router_->speaker->table({}, prefix(kVip));
        for (const auto& path : table.entries(0).paths()) count += path.stale() ? 1 : 0;
        return count;
    }

    std::unique_ptr<Node> router_;
    std::map<unsigned, std::unique_ptr<Node>> agents_;
};

TEST_F(Restarts, AnAgentThatComesBackChangesNothing) {
    router_->history.clear();
    agents_.at(3).reset();
    ASSERT_TRUE(until([&] { return stale_paths() == 1; }));
    EXPECT_TRUE(router_->neighbor("10.0.0.3").restarting());
    start_agent(3);
    ASSERT_TRUE(until([&] {
        return stale_paths() == 0 && router_->established("10.0.0.3") &&
               !router_->neighbor("10.0.0.3").restarting();
    }));
    EXPECT_THAT(router_->next_hops(kVip), ElementsAre("10.0.0.2", "10.0.0.3", "10.0.0.4"));
    for (const SelectedNextHops& hops : router_->history) EXPECT_EQ(hops.size(), 3U);
    EXPECT_EQ(agents_.at(3)->converged, 1U);
}

TEST_F(Restarts, WhatTheAgentNoLongerAnnouncesIsSweptWithItsEndOfRib) {
    agents_.at(3).reset();
    ASSERT_TRUE(until([&] { return stale_paths() == 1; }));
    agents_[3] = start(agent_config(3), {});
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 2; }));
    EXPECT_THAT(router_->next_hops(kVip), ElementsAre("10.0.0.2", "10.0.0.4"));
}

TEST_F(Restarts, AnAgentThatIsShutDownIsGoneAtOnce) {
    agents_.at(3)->speaker->shutdown();
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 2; }, Seconds{2}));
    EXPECT_EQ(stale_paths(), 0U);
    EXPECT_EQ(router_->neighbor("10.0.0.3").address(), "") << "it was there for its session only";
}

// The restarting router selects once, when all its peers have told everything.
TEST_F(Restarts, ARestartedRouterSelectsWhenAllPeersAreBack) {
    router_.reset();
    SpeakerConfig config = router_config();
    config.after_restart = true;
    const bgp::PeerConfig node = config.dynamic_neighbors[0].peer;
    config.dynamic_neighbors.clear();
    for (unsigned host = 2; host <= 4; ++host) {
        bgp::PeerConfig peer = node;
        peer.address = address(host_address(host));
        peer.passive = true;
        config.peers.push_back(peer);
    }
    router_ = start(config, {});
    EXPECT_EQ(router_->converged, 0U);
    ASSERT_TRUE(until([&] { return router_->converged == 1; }));
    ASSERT_EQ(router_->history.size(), 1U);
    EXPECT_EQ(router_->history.front().size(), 3U);
    for (auto& [host, agent] : agents_) EXPECT_EQ(agent->converged, 1U) << host;
}

TEST_F(Restarts, OneMissingPeerIsWaitedForUntilTheDeferralIsOver) {
    router_.reset();
    agents_.at(4).reset();
    SpeakerConfig config = router_config();
    config.after_restart = true;
    config.selection_deferral = Seconds{3};
    router_ = start(config, {});
    ASSERT_TRUE(until(
        [&] { return router_->established("10.0.0.2") && router_->established("10.0.0.3"); }));
    EXPECT_EQ(router_->converged, 0U);
    ASSERT_TRUE(until([&] { return router_->converged == 1; }));
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 2; }));
}

// A value that can change in place does not touch the session; another one resets it.
TEST_F(Restarts, OnlyWhatMustIsReset) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.description = "nodes";
    ASSERT_TRUE(router_->speaker->configure(config).has_value());
    EXPECT_TRUE(router_->established("10.0.0.2"));
    EXPECT_EQ(router_->neighbor("10.0.0.2").description(), "nodes");

    config.families[0].maximum_paths_ebgp = 2;
    ASSERT_TRUE(router_->speaker->configure(config).has_value());
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 2; }));
    EXPECT_TRUE(router_->established("10.0.0.4"));

    config.dynamic_neighbors[0].peer.hold_time = Seconds{30};
    ASSERT_TRUE(router_->speaker->configure(config).has_value());
    EXPECT_FALSE(router_->established("10.0.0.2"));
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 2; }));
}

TEST_F(Restarts, ANextHopThatCannotBeReachedIsNotUsed) {
    std::optional<IpAddress> dead = address("10.0.0.3");
    router_->speaker->set_next_hop_check([&](const IpAddress& hop) { return hop != dead; });
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 2; }));
    EXPECT_THAT(router_->next_hops(kVip), ElementsAre("10.0.0.2", "10.0.0.4"));
    dead.reset();
    router_->speaker->recheck_next_hops();
    ASSERT_TRUE(until([&] { return router_->next_hops(kVip).size() == 3; }));
}

}  // namespace
}  // namespace torii::speaker
