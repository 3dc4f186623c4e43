// Whole sessions between two peers in virtual time.
#include "tests/support/virtual_peers.h"

#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::bgp {

namespace {

using namespace std::chrono_literals;

// With routes of both families on both sides, and up.
void bring_up(VirtualPair& pair) {
    pair.left.originate(prefix("10.1.0.0/24"));
    pair.left.originate(prefix("2001:db8:1::/48"));
    pair.right.originate(prefix("10.2.0.0/24"));
    pair.start();
    pair.time.run_for(1s);
    ASSERT_TRUE(pair.agree());
}

std::size_t stale_routes(const VirtualSpeaker& speaker) {
    std::size_t count = 0;
    for (const auto& [route, stale] : speaker.learned()) count += stale ? 1 : 0;
    return count;
}

}  // namespace

TEST(BgpVirtualPeers, ComeUpWithinMilliseconds) {
    VirtualPair pair(1);
    pair.left.originate(prefix("10.1.0.0/24"));
    pair.right.originate(prefix("10.2.0.0/24"));
    pair.start();
    pair.time.run_for(100ms);
    EXPECT_TRUE(pair.agree());
    EXPECT_EQ(pair.left.ups(), 1U) << "though both have dialed at the same moment";
    EXPECT_EQ(pair.right.ups(), 1U);
}

TEST(BgpVirtualPeers, StayUpForAnHourOnKeepalivesAlone) {
    VirtualPair pair(2);
    bring_up(pair);
    pair.time.run_for(1h);
    EXPECT_TRUE(pair.agree());
    EXPECT_EQ(pair.left.downs(), 0U);
    EXPECT_EQ(pair.right.downs(), 0U);
    // One every three seconds from each side.
    EXPECT_NEAR(static_cast<double>(pair.left.peer().received().keepalive), 1200.0, 5.0);
    EXPECT_NEAR(static_cast<double>(pair.right.peer().received().keepalive), 1200.0, 5.0);
}

TEST(BgpVirtualPeers, ChangesArrive) {
    VirtualPair pair(3);
    bring_up(pair);
    pair.left.originate(prefix("172.20.0.1/32"));
    pair.left.retract(prefix("10.1.0.0/24"));
    pair.time.run_for(20ms);
    EXPECT_TRUE(pair.agree());
}

TEST(BgpVirtualPeers, ASilentPeerIsGivenUpAfterTheHoldTimeAndFoundAgain) {
    VirtualPair pair(4);
    bring_up(pair);
    pair.left.mute(true);
    pair.time.run_for(5s);
    EXPECT_EQ(pair.right.downs(), 0U);
    pair.time.run_for(5s);
    EXPECT_EQ(pair.right.downs(), 1U) << "hold time 9 s";
    EXPECT_EQ(stale_routes(pair.right), 2U) << "RFC 8538: kept for the restart time";
    pair.time.run_for(16s);
    EXPECT_TRUE(pair.right.learned().empty());
    pair.left.mute(false);
    pair.time.run_for(5min);
    EXPECT_TRUE(pair.agree());
}

TEST(BgpVirtualPeers, ARestartedPeerKeepsItsRoutesAlive) {
    VirtualPair pair(5);
    bring_up(pair);
    pair.left.retract(prefix("10.1.0.0/24"));
    pair.left.originate(prefix("10.3.0.0/24"));
    pair.time.run_for(1s);
    pair.left.crash_and_boot(true);
    for (int step = 0; step < 100; ++step) {
        pair.time.run_for(10ms);
        ASSERT_EQ(pair.right.learned().count(prefix("10.3.0.0/24")), 1U)
            << "never without the route, at step " << step;
    }
    EXPECT_TRUE(pair.agree());
    EXPECT_EQ(pair.right.downs(), 1U);
}

TEST(BgpVirtualPeers, RoutesThatDoNotComeBackAreSwept) {
    VirtualPair pair(6);
    bring_up(pair);
    pair.left.mute(true);
    pair.left.retract(prefix("10.1.0.0/24"));
    pair.left.crash_and_boot(true);
    pair.left.mute(false);
    EXPECT_EQ(pair.right.learned().count(prefix("10.1.0.0/24")), 1U) << "it was not told";
    pair.time.run_for(30s);
    EXPECT_TRUE(pair.agree());
}

TEST(BgpVirtualPeers, AShutdownTakesTheRoutesAwayAtOnce) {
    VirtualPair pair(7);
    bring_up(pair);
    pair.left.stop(cease(Cease::administrative_shutdown, "maintenance"));
    pair.time.run_for(20ms);
    EXPECT_TRUE(pair.right.learned().empty());
    EXPECT_TRUE(pair.left.learned().empty());
    EXPECT_EQ(shutdown_communication(*pair.right.peer().last_down()->notification), "maintenance");
    pair.left.start();
    pair.time.run_for(5min);
    EXPECT_TRUE(pair.agree());
}

TEST(BgpVirtualPeers, AResetComesUpAgainWithoutLosingRoutes) {
    VirtualPair pair(8);
    bring_up(pair);
    pair.right.reset(cease(Cease::other_configuration_change));
    EXPECT_EQ(stale_routes(pair.right), 2U);
    pair.time.run_for(10s);
    EXPECT_TRUE(pair.agree());
    EXPECT_EQ(pair.right.ups(), 2U);
}

TEST(BgpVirtualPeers, APassiveRouterWaitsForItsNode) {
    PeerConfig passive = VirtualPair::router_config();
    passive.passive = true;
    VirtualPair pair(9, VirtualPair::node_config(), passive);
    bring_up(pair);
    EXPECT_NE(pair.right.peer().established(), kOutgoing);
    pair.left.break_connections();
    pair.time.run_for(5s);
    EXPECT_TRUE(pair.agree());
}

TEST(BgpVirtualPeers, ARouterWithAnotherAsIsTriedWithPauses) {
    PeerConfig wrong = VirtualPair::router_config();
    wrong.local_as = Asn{65099};
    VirtualPair pair(10, VirtualPair::node_config(), wrong);
    pair.start();
    pair.time.run_for(10min);
    EXPECT_EQ(pair.left.ups(), 0U);
    const auto tried = pair.left.peer().sent().open;
    EXPECT_GE(tried, 10U);
    EXPECT_LE(tried, 60U) << "pauses of 32 s and the attempts of both sides";
}

}  // namespace torii::bgp
