// Graceful restart of both sides on virtual time (RFC 4724 section 4, RFC 8538).
#include "lab.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace torii::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr unsigned kAgents = 3;

class Restart : public testing::TestWithParam<std::uint64_t> {
protected:
    Restart() : lab_(GetParam(), kAgents) {}

    void SetUp() override {
        lab_.start_router(false);
        for (unsigned number = 2; number < 2 + kAgents; ++number) {
            lab_.announce(number, {service(1), service(2), pod_subnet(number)});
            lab_.start_agent(number);
        }
        lab_.world.run(minutes(1));
        ASSERT_EQ(lab_.unsettled(), "");
        ASSERT_EQ(lab_.fib, lab_.expected());
        // Somewhere within a keepalive interval.
        lab_.world.run(lab_.world.delay(Seconds{3}));
        lab_.trace.clear();
    }

    // Lets time pass in small steps; false if the forwarding table ever differs meanwhile.
    bool fib_stays(Duration time) {
        const auto before = lab_.fib;
        const TimePoint end = lab_.world.now() + time;
        while (lab_.world.now() < end) {
            lab_.world.run(milliseconds(100));
            if (lab_.fib != before) return false;
        }
        return true;
    }

    Lab lab_;
};

TEST_P(Restart, AnAgentThatIsBackInTimeIsNotMissed) {
    lab_.kill_agent(3);
    ASSERT_TRUE(fib_stays(Seconds{1}));
    EXPECT_EQ(lab_.stale_paths(), 3U);
    ASSERT_TRUE(fib_stays(lab_.world.delay(Seconds{9})));
    lab_.start_agent(3);
    ASSERT_TRUE(fib_stays(minutes(1)));
    EXPECT_EQ(lab_.stale_paths(), 0U);
    EXPECT_EQ(lab_.unsettled(), "");
    EXPECT_EQ(lab_.agent(3).converged(), 1U);
    EXPECT_THAT(lab_.router().lost(), IsEmpty());
}

TEST_P(Restart, WhatItDoesNotAnnounceAgainIsSwept) {
    lab_.kill_agent(3);
    lab_.announce(3, {service(1)});
    ASSERT_TRUE(fib_stays(Seconds{5}));
    lab_.start_agent(3);
    lab_.world.run(minutes(1));
    EXPECT_EQ(lab_.fib, lab_.expected());
    EXPECT_EQ(lab_.fib.at(service(2)), (NextHops{host(2), host(4)}));
    EXPECT_FALSE(lab_.fib.contains(pod_subnet(3)));
}

TEST_P(Restart, AnAgentThatStaysAwayIsSweptAfterItsRestartTime) {
    lab_.kill_agent(3);
    ASSERT_TRUE(fib_stays(Seconds{14}));
    lab_.world.run(Seconds{2});
    EXPECT_EQ(lab_.fib.at(service(1)), (NextHops{host(2), host(4)}));
    EXPECT_FALSE(lab_.fib.contains(pod_subnet(3)));
    EXPECT_EQ(lab_.stale_paths(), 0U);
}

// Hold time 9 s, then the restart time of 15 s: RFC 8538 counts an expired hold timer as a restart.
// Until that is over, what others have goes to the others only. Which is told before any route is
// looked at: however many there are, every packet to that node is lost meanwhile.
TEST_P(Restart, ASilentNodeLeavesSharedRoutesAtItsHoldTime) {
    lab_.network.isolate(host(3));
    ASSERT_TRUE(fib_stays(milliseconds(5900))) << "its last KEEPALIVE may be three seconds old";
    ASSERT_THAT(lab_.router().lost(), IsEmpty());
    lab_.world.run(milliseconds(3200));
    EXPECT_THAT(lab_.router().lost(), ElementsAre(host(3)));
    EXPECT_EQ(lab_.fib.at(service(1)), (NextHops{host(2), host(4)}));
    EXPECT_EQ(lab_.fib.at(pod_subnet(3)), (NextHops{host(3)}));
    lab_.world.run(Seconds{15});
    EXPECT_FALSE(lab_.fib.contains(pod_subnet(3)));
}

// The same at once when BFD says so, and the session comes back when the node does.
TEST_P(Restart, ANodeThatBfdMissesLeavesSharedRoutesAtOnce) {
    lab_.network.isolate(host(3));
    lab_.router().core().peer_failed(host(3), false);
    lab_.world.run(milliseconds(10));
    EXPECT_THAT(lab_.router().lost(), ElementsAre(host(3)));
    EXPECT_EQ(lab_.fib.at(service(1)), (NextHops{host(2), host(4)}));
    EXPECT_EQ(lab_.fib.at(pod_subnet(3)), (NextHops{host(3)})) << "nobody else has it";
    lab_.world.run(Seconds{16});
    EXPECT_FALSE(lab_.fib.contains(pod_subnet(3)));
}

// What says so itself goes on without its control plane: so that is not what has gone.
TEST_P(Restart, OfANodeWhoseForwardingIsGoneNothingIsKept) {
    lab_.network.isolate(host(3));
    lab_.router().core().peer_failed(host(3), true);
    lab_.world.run(milliseconds(10));
    EXPECT_THAT(lab_.router().lost(), ElementsAre(host(3)));
    EXPECT_EQ(lab_.fib.at(service(1)), (NextHops{host(2), host(4)}));
    EXPECT_FALSE(lab_.fib.contains(pod_subnet(3)));
}

TEST_P(Restart, BfdOfANeighborThatIsNotWatchedChangesNothing) {
    lab_.router().core().peer_failed(host(99), true);
    ASSERT_TRUE(fib_stays(Seconds{30}));
}

TEST_P(Restart, ARouterThatIsBackShrinksNoSet) {
    lab_.kill_router();
    ASSERT_TRUE(fib_stays(lab_.world.delay(Seconds{8})));
    lab_.start_router(true);
    EXPECT_EQ(lab_.router().converged(), 0U);
    ASSERT_TRUE(fib_stays(minutes(1)));
    EXPECT_EQ(lab_.router().converged(), 1U);
    EXPECT_EQ(lab_.unsettled(), "");
    // Selection was done once: each prefix was told once, complete.
    const auto told = std::ranges::count_if(
        lab_.trace, [](const std::string& line) { return line.find("via") != std::string::npos; });
    EXPECT_EQ(told, 2 + static_cast<int>(kAgents));
}

TEST_P(Restart, ARestartedRouterDoesNotWaitForeverForAMissingNode) {
    lab_.kill_router();
    lab_.kill_agent(3);
    lab_.world.run(Seconds{1});
    lab_.start_router(true);
    ASSERT_TRUE(fib_stays(Seconds{14}));
    lab_.world.run(Seconds{2});
    EXPECT_EQ(lab_.router().converged(), 1U);
    EXPECT_EQ(lab_.fib.at(service(1)), (NextHops{host(2), host(4)}));
    EXPECT_FALSE(lab_.fib.contains(pod_subnet(3)));
}

TEST_P(Restart, EverybodyAtOnce) {
    lab_.kill_router();
    for (unsigned number = 2; number < 2 + kAgents; ++number) lab_.kill_agent(number);
    ASSERT_TRUE(fib_stays(Seconds{2}));
    for (unsigned number = 2; number < 2 + kAgents; ++number) {
        lab_.start_agent(number);
        lab_.world.run(lab_.world.delay(Seconds{1}));
    }
    lab_.start_router(true);
    lab_.world.run(minutes(1));
    EXPECT_EQ(lab_.unsettled(), "");
    EXPECT_EQ(lab_.fib, lab_.expected());
    for (unsigned number = 2; number < 2 + kAgents; ++number) {
        EXPECT_EQ(lab_.agent(number).converged(), 1U);
    }
}

TEST_P(Restart, ACutWithoutAnyRestartIsNotNoticed) {
    lab_.network.cut(host(1));
    ASSERT_TRUE(fib_stays(minutes(1)));
    EXPECT_EQ(lab_.unsettled(), "");
    EXPECT_EQ(lab_.stale_paths(), 0U);
    for (unsigned number = 2; number < 2 + kAgents; ++number) {
        EXPECT_EQ(lab_.agent(number).converged(), 1U);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Restart, testing::Range<std::uint64_t>(0, 20));

}  // namespace
}  // namespace torii::sim
