#include "controlplane/server/memory_guard.h"

#include "platform/linux/memory_room.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/resource.h>

namespace torii::controlplane {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

TEST(MemoryGuard, SaysSoOnceAndAgainWhenThatHadTimeToWork) {
    TimePoint now{};
    MemoryRoom room{50 * kMebibyte, 100 * kMebibyte};
    MemoryGuard guard([&] { return now; }, [&] { return room; });
    now += std::chrono::seconds(10);
    EXPECT_FALSE(guard.is_short());
    room.free = 10 * kMebibyte;
    EXPECT_TRUE(guard.is_short());
    now += std::chrono::seconds(1);
    EXPECT_FALSE(guard.is_short()) << "somebody is letting go of some";
    now += std::chrono::seconds(3);
    EXPECT_TRUE(guard.is_short());
    now += std::chrono::seconds(10);
    room.free = 100 * kMebibyte;
    EXPECT_FALSE(guard.is_short());
    room.used = 120 * kMebibyte;
    EXPECT_TRUE(guard.is_short()) << "tables that grow need more";
}

TEST(MemoryRoom, FollowsTheResourceLimit) {
    const std::uint64_t before = memory_room().free;
    ASSERT_GT(before, 16 * kMebibyte);
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_DATA, &old), 0);
    const rlimit none{0, old.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_DATA, &none), 0);
    const std::uint64_t room = memory_room().free;
    setrlimit(RLIMIT_DATA, &old);
    EXPECT_LT(room, 16 * kMebibyte) << "only some of what the allocator holds";
    EXPECT_GT(memory_room().free, 16 * kMebibyte);
}

}  // namespace
}  // namespace torii::controlplane
