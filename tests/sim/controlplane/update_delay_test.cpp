// When a speaker that has just started begins to select and to tell: FRR's update-delay, the cap on
// the deferral after a restart (RFC 4724 section 4.1), and paths that do not begin with the peer's
// AS.
#include "desk.h"

namespace torii::sim {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Prefix kRoute = prefix("172.20.2.0/24");
const Prefix kOurs = prefix("10.10.1.0/24");
const char* const kSelected = "172.20.2.0/24 width 1";

class UpdateDelaySim : public Desktop {
protected:
    // The first and the second node are neighbors of their own; a range is there only if asked for.
    [[nodiscard]] speaker::SpeakerConfig delayed(Seconds longest, Seconds wait = Seconds{0}) const {
        speaker::SpeakerConfig with = config();
        with.update_delay = longest;
        with.establish_wait = wait;
        for (const Node* node : {&first_, &second_}) {
            bgp::PeerConfig peer = with.dynamic_neighbors[0].peer;
            peer.passive = true;
            peer.address = node->info.remote;
            with.peers.push_back(peer);
        }
        with.dynamic_neighbors.clear();
        return with;
    }
    static void end_of_rib(Node& node) {
        for (const Family family : bgp::kFamilies) node.say(bgp::end_of_rib(family));
    }
    static void keepalive(Node& node) { node.say(bgp::encode(bgp::Keepalive{})); }
    [[nodiscard]] bool in_progress() const {
        return core_->summary(Family::ipv4_unicast).update_delay_in_progress();
    }
    [[nodiscard]] std::vector<std::string> selected() const {
        std::vector<std::string> all;
        for (const auto& turn : turns_) all.insert(all.end(), turn.begin(), turn.end());
        return all;
    }
};

TEST_F(UpdateDelaySim, NothingIsSelectedNorToldBeforeAllHaveToldTheirs) {
    start(delayed(Seconds{60}), {{kOurs, {}}});
    EXPECT_FALSE(in_progress()) << "it begins with the first session";
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    end_of_rib(first_);
    settle();
    EXPECT_TRUE(in_progress());
    EXPECT_THAT(selected(), IsEmpty());
    EXPECT_THAT(first_.told(), IsEmpty());
    second_.establish(desk_.acceptor());
    settle();
    EXPECT_THAT(selected(), IsEmpty()) << "the second has not told everything";
    end_of_rib(second_);
    settle();
    EXPECT_FALSE(in_progress());
    EXPECT_THAT(selected(), Contains(kSelected));
    EXPECT_THAT(first_.told(), Contains(HasSubstr("10.10.1.0/24")));
    EXPECT_THAT(second_.told(), Contains("End-of-RIB ipv4-unicast"));
}

TEST_F(UpdateDelaySim, AKeepaliveSaysThatThereIsNoMore) {
    start(delayed(Seconds{60}));
    first_.establish(desk_.acceptor());
    second_.establish(desk_.acceptor());
    first_.announce(kRoute);
    keepalive(first_);
    settle();
    EXPECT_TRUE(in_progress()) << "the one that made the session does not count";
    keepalive(second_);
    settle();
    EXPECT_FALSE(in_progress());
    EXPECT_THAT(selected(), Contains(kSelected));
}

TEST_F(UpdateDelaySim, ItIsOverAfterItsTime) {
    start(delayed(Seconds{5}));
    world_.run(Seconds{100});
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    world_.run(Seconds{5} - std::chrono::milliseconds(1));
    EXPECT_THAT(selected(), IsEmpty()) << "from the first session on";
    world_.run(std::chrono::milliseconds(1));
    EXPECT_THAT(selected(), Contains(kSelected)) << "the second never came";
    EXPECT_FALSE(in_progress());
    second_.establish(desk_.acceptor());
    second_.announce(prefix("172.20.3.0/24"));
    settle();
    EXPECT_THAT(selected(), Contains("172.20.3.0/24 width 1")) << "and it does not begin again";
}

TEST_F(UpdateDelaySim, WhoHasNoSessionIsWaitedForOnlySoLong) {
    start(delayed(Seconds{60}, Seconds{3}));
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    end_of_rib(first_);
    world_.run(Seconds{3} - std::chrono::milliseconds(1));
    EXPECT_THAT(selected(), IsEmpty());
    world_.run(std::chrono::milliseconds(1));
    EXPECT_THAT(selected(), Contains(kSelected));
}

TEST_F(UpdateDelaySim, WhoHasASessionIsWaitedForBeyondThat) {
    start(delayed(Seconds{8}, Seconds{3}));
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    world_.run(Seconds{4});
    EXPECT_TRUE(in_progress());
    end_of_rib(first_);
    settle();
    EXPECT_THAT(selected(), Contains(kSelected));
}

// Who else comes out of a range is not known, so that a timer ends it; who came is waited for.
TEST_F(UpdateDelaySim, MembersOfARangeAreWaitedFor) {
    speaker::SpeakerConfig with = config();
    with.update_delay = Seconds{8};
    with.establish_wait = Seconds{3};
    start(with);
    first_.establish(desk_.acceptor());
    second_.establish(desk_.acceptor());
    first_.announce(kRoute);
    end_of_rib(first_);
    world_.run(Seconds{4});
    EXPECT_TRUE(in_progress()) << "the second has a session";
    end_of_rib(second_);
    settle();
    EXPECT_FALSE(in_progress());
    EXPECT_THAT(selected(), Contains(kSelected));
}

TEST_F(UpdateDelaySim, WithoutItAndAfterAnotherConfigurationNothingWaits) {
    start(delayed(Seconds{0}));
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    settle();
    EXPECT_THAT(selected(), Contains(kSelected));
    ASSERT_TRUE(core_->configure(delayed(Seconds{60})).has_value());
    first_.vanish();
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    settle();
    EXPECT_FALSE(in_progress()) << "it is of the start only";
}

TEST_F(UpdateDelaySim, OnlyARestartIsSaidToBeOne) {
    start(delayed(Seconds{60}));
    const auto restarting = [](const Node& node) {
        const auto& restart = node.heard_of<bgp::Open>().front().capabilities.graceful_restart;
        return restart && restart->restarting;
    };
    first_.establish(desk_.acceptor());
    settle();
    EXPECT_FALSE(restarting(first_));
    second_.establish(desk_.acceptor());
    settle();
    EXPECT_FALSE(restarting(second_)) << "though it is waited for";
}

// RFC 4724 section 4.1, Selection_Deferral_Timer.
TEST_F(UpdateDelaySim, TheDeferralAfterARestartLastsAsLongAsIsConfigured) {
    for (const Seconds longest : {Seconds{3}, Seconds{40}}) {
        SCOPED_TRACE(longest.count());
        turns_.clear();
        converged_ = 0;
        speaker::SpeakerConfig with = delayed(Seconds{0});
        with.after_restart = true;
        with.selection_deferral = longest;
        start(with);
        bgp::Open open = first_.open(true);
        open.hold_time = Seconds{0};  // nobody has to keep it alive
        first_.establish(desk_.acceptor(), open);
        first_.announce(kRoute);
        keepalive(first_);
        world_.run(longest - std::chrono::milliseconds(1));
        EXPECT_THAT(selected(), IsEmpty()) << "a KEEPALIVE is no End-of-RIB here";
        EXPECT_EQ(converged_, 0U);
        world_.run(std::chrono::milliseconds(1));
        EXPECT_THAT(selected(), Contains(kSelected));
        EXPECT_EQ(converged_, 1U);
        first_.vanish();
    }
}

TEST_F(UpdateDelaySim, AfterARestartItWaitsForThoseWithoutGracefulRestart) {
    speaker::SpeakerConfig with = delayed(Seconds{40});
    with.after_restart = true;
    with.selection_deferral = Seconds{3};
    start(with);
    first_.establish(desk_.acceptor());
    second_.establish(desk_.acceptor());
    first_.announce(kRoute);
    world_.run(Seconds{5});
    EXPECT_THAT(selected(), IsEmpty());
    end_of_rib(first_);
    end_of_rib(second_);
    settle();
    EXPECT_THAT(selected(), Contains(kSelected));
}

TEST_F(UpdateDelaySim, ThePathOfARouteServerNeedNotBeginWithItsAs) {
    speaker::SpeakerConfig with = delayed(Seconds{0});
    start(with);
    first_.establish(desk_.acceptor());
    first_.announce_with_path(kRoute, {bgp::Asn{65009}});
    settle();
    EXPECT_THAT(selected(), Not(Contains(kSelected)));
    EXPECT_EQ(state(first_).prefixes(0).received(), 1U);
    EXPECT_EQ(state(first_).prefixes(0).accepted(), 0U);
    EXPECT_FALSE(state(first_).any_first_as());
    with.peers[0].enforce_first_as = false;
    ASSERT_TRUE(core_->configure(with).has_value());
    settle();
    EXPECT_THAT(selected(), Contains(kSelected)) << "nothing has to be sent again for that";
    EXPECT_EQ(state(first_).established_count(), 1U);
    EXPECT_TRUE(state(first_).any_first_as());
}

TEST_F(UpdateDelaySim, SessionsAreLoggedUnlessNobodyWantsIt) {
    for (const bool wanted : {true, false}) {
        speaker::SpeakerConfig with = delayed(Seconds{0});
        with.log_neighbor_changes = wanted;
        testing::internal::CaptureStderr();
        start(with);
        first_.establish(desk_.acceptor());
        settle();
        first_.vanish();
        settle();
        const std::string log = testing::internal::GetCapturedStderr();
        EXPECT_EQ(log.find("state=Established as=65001") != std::string::npos, wanted) << log;
        EXPECT_EQ(log.find("state=down reason=") != std::string::npos, wanted) << log;
    }
}

}  // namespace
}  // namespace torii::sim
