#include "controlplane/server/memory_return.h"

#include "tests/support/manual_scheduler.h"

#include <gtest/gtest.h>

namespace torii::controlplane {
namespace {

using test::ManualScheduler;

TEST(MemoryReturn, FollowsTheLossOfMostOfALargeTable) {
    ManualScheduler scheduler;
    MemoryReturn memory(scheduler);
    memory.observe(1000);
    memory.observe(0);
    scheduler.advance(Seconds{5});
    EXPECT_EQ(memory.returns(), 0U) << "too few to matter";
    memory.observe(1000000);
    memory.observe(600000);
    scheduler.advance(Seconds{5});
    EXPECT_EQ(memory.returns(), 0U);
    memory.observe(400000);
    memory.observe(0);
    scheduler.advance(Seconds{5});
    EXPECT_EQ(memory.returns(), 1U);
    memory.observe(0);
    scheduler.advance(Seconds{5});
    EXPECT_EQ(memory.returns(), 1U) << "once";
}

TEST(MemoryReturn, APeerThatIsBackAtOnceNeedsIt) {
    ManualScheduler scheduler;
    MemoryReturn memory(scheduler);
    memory.observe(1000000);
    memory.observe(0);
    memory.observe(900000);
    scheduler.advance(Seconds{5});
    EXPECT_EQ(memory.returns(), 0U);
}

}  // namespace
}  // namespace torii::controlplane
