// Random faults from seeds; afterwards everything must be as if nothing had happened.
#include "lab.h"

#include <gtest/gtest.h>

namespace torii::sim {
namespace {

using std::chrono::minutes;

std::set<Prefix> random_prefixes(World& world, unsigned number) {
    std::set<Prefix> prefixes{pod_subnet(number)};
    for (unsigned index = 0; index < 6; ++index) {
        if (world.chance(2) == 0) prefixes.insert(service(index));
    }
    return prefixes;
}

// One fault or change.
void strike(Lab& lab) {
    World& world = lab.world;
    const unsigned number =
        lab.first() + static_cast<unsigned>(world.chance(lab.last() - lab.first() + 1));
    switch (world.chance(8)) {
        case 0: return lab.network.cut(host(number));
        case 1: return lab.network.cut(host(1));
        case 2: return lab.network.isolate(host(number));
        case 3: return lab.network.reconnect(host(number));
        case 4: return lab.kill_agent(number);
        case 5: return lab.agent_runs(number) ? lab.kill_agent(number) : lab.start_agent(number);
        case 6: return lab.router_runs() ? lab.kill_router() : lab.start_router(true);
        default: return lab.announce(number, random_prefixes(world, number));
    }
}

void calm(Lab& lab) {
    if (!lab.router_runs()) lab.start_router(true);
    for (unsigned number = lab.first(); number <= lab.last(); ++number) {
        lab.network.reconnect(host(number));
        if (!lab.agent_runs(number)) lab.start_agent(number);
    }
    lab.world.run(minutes(5));
}

void storm(Lab& lab) {
    lab.start_router(false);
    for (unsigned number = lab.first(); number <= lab.last(); ++number) {
        lab.announce(number, random_prefixes(lab.world, number));
        lab.start_agent(number);
    }
    for (unsigned round = 0; round < 40; ++round) {
        lab.world.run(lab.world.delay(Seconds{20}));
        strike(lab);
    }
    calm(lab);
}

void check_calm(Lab& lab) {
    EXPECT_EQ(lab.unsettled(), "");
    EXPECT_EQ(lab.fib, lab.expected());
    EXPECT_EQ(lab.stale_paths(), 0U);
    EXPECT_TRUE(lab.violations.empty()) << lab.violations.front();
    EXPECT_EQ(lab.router().converged(), 1U);
    for (unsigned number = lab.first(); number <= lab.last(); ++number) {
        EXPECT_EQ(lab.agent(number).converged(), 1U);
    }
    // One connection for each session, and no more.
    EXPECT_EQ(lab.network.open_ends(), 2 * (lab.last() - lab.first() + 1));
}

class Storm : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Storm, EndsInTheRightTables) {
    for (std::uint64_t seed = GetParam(); seed < kSeeds; seed += 10) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Lab lab(seed, 2 + static_cast<unsigned>(seed % 5));
        storm(lab);
        check_calm(lab);
        if (HasFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Storm, testing::Range<std::uint64_t>(0, 10));

TEST(Simulation, ASeedIsAWholeRun) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        Lab one(seed, 4);
        storm(one);
        Lab two(seed, 4);
        storm(two);
        EXPECT_EQ(one.trace, two.trace);
        EXPECT_EQ(one.world.steps(), two.world.steps());
        EXPECT_FALSE(one.trace.empty());
    }
}

// What was learned goes again as a whole: prefixes, paths, sessions, connections, timers.
TEST(Simulation, NothingIsLeft) {
    for (std::uint64_t seed = 0; seed < kSeeds / 5; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Lab lab(seed, 5);
        storm(lab);
        for (unsigned number = lab.first(); number <= lab.last(); ++number) {
            if (number % 2 == 0) {
                lab.announce(number, {});
            } else {
                lab.agent(number).core().shutdown();
                lab.kill_agent(number);
            }
        }
        lab.world.run(minutes(1));
        EXPECT_TRUE(lab.fib.empty());
        EXPECT_EQ(lab.router().core().summary(bgp::Family::ipv4_unicast).rib_entries(), 1U)
            << "its own network";
        for (unsigned number = lab.first(); number <= lab.last(); ++number) lab.kill_agent(number);
        lab.kill_router();
        lab.world.run(minutes(2));
        EXPECT_EQ(lab.network.open_ends(), 0U);
        EXPECT_EQ(lab.world.pending(), 0U);
    }
}

}  // namespace
}  // namespace torii::sim
