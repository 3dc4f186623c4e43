#include "controlplane/server/table_walks.h"

#include "tests/support/manual_scheduler.h"

#include <gtest/gtest.h>

#include <vector>

namespace torii::controlplane {
namespace {

class Walks : public testing::Test {
protected:
    static Prefix numbered(std::uint32_t number) {
        return Prefix::covering(IpAddress::v4(number << 8U), 24);
    }
    static std::vector<Prefix> backwards(std::uint32_t count) {
        std::vector<Prefix> prefixes;
        while (count != 0) prefixes.push_back(numbered(count--));
        return prefixes;
    }
    Result<std::uint64_t> go_on(std::uint64_t walk, std::size_t weight = 1, std::size_t limit = 0) {
        return walks.go_on(walk, limit, [&](const Prefix& prefix) {
            seen.push_back(prefix);
            return weight;
        });
    }

    test::ManualScheduler scheduler;
    TableWalks walks{scheduler};
    std::vector<Prefix> seen;
};

TEST_F(Walks, GoThroughAllInOrder) {
    std::uint64_t walk = walks.begin(backwards(2500));
    std::size_t portions = 0;
    while (walk != 0) {
        walk = go_on(walk).value();
        ++portions;
    }
    EXPECT_EQ(portions, 3U);
    ASSERT_EQ(seen.size(), 2500U);
    for (std::uint32_t index = 0; index < 2500; ++index)
        EXPECT_EQ(seen[index], numbered(index + 1));
}

TEST_F(Walks, APortionIsShorterWhereThereIsMuchToShow) {
    const std::uint64_t walk = walks.begin(backwards(100));
    EXPECT_EQ(go_on(walk, 64), walk);
    EXPECT_EQ(seen.size(), 16U);
}

TEST_F(Walks, NothingIsLookedThroughInPortionsToo) {
    const std::uint64_t walk = walks.begin(backwards(5000));
    EXPECT_EQ(go_on(walk, 0), walk) << "what was not shown took time as well";
    EXPECT_EQ(seen.size(), TableWalks::kAtOnce);
}

TEST_F(Walks, APortionIsNoLongerThanItsLimit) {
    const std::uint64_t walk = walks.begin(backwards(5000));
    EXPECT_EQ(go_on(walk, 1, 7), walk);
    EXPECT_EQ(seen.size(), 7U);
    EXPECT_EQ(go_on(walk, 4, 10), walk);
    EXPECT_EQ(seen.size(), 10U) << "what belongs to one prefix stays together";
    EXPECT_EQ(go_on(walk, 0, 10), walk) << "and counts what is shown alone";
    EXPECT_EQ(seen.size(), 10U + TableWalks::kAtOnce);
    EXPECT_EQ(go_on(walk, 1, 1'000'000), walk);
    EXPECT_EQ(seen.size(), 10U + 2 * TableWalks::kAtOnce);
}

TEST_F(Walks, OfNothingIsOverAtOnce) {
    EXPECT_EQ(go_on(walks.begin({})), 0U);
}

TEST_F(Walks, EndWhenNobodyGoesOn) {
    const std::uint64_t walk = walks.begin(backwards(5000));
    for (int portion = 0; portion < 3; ++portion) {
        ASSERT_TRUE(go_on(walk));
        scheduler.advance(TableWalks::kPatience - Seconds(1));
    }
    scheduler.advance(Seconds(1));
    EXPECT_FALSE(go_on(walk));
}

TEST_F(Walks, TheOldestEndsWhenThereAreTooMany) {
    const std::uint64_t oldest = walks.begin(backwards(5000));
    const std::uint64_t second = walks.begin(backwards(5000));
    for (std::size_t count = 2; count <= TableWalks::kWalksMost; ++count) {
        (void)walks.begin(backwards(1));
    }
    EXPECT_FALSE(go_on(oldest));
    EXPECT_TRUE(go_on(second));
}

}  // namespace
}  // namespace torii::controlplane
