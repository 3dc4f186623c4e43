#include "dataplane/fib/neighbor_map.h"

#include "tests/unit/dataplane/fib/deferred_reclaimer.h"

#include <gtest/gtest.h>

#include <deque>

namespace torii::fib {
namespace {

class NeighborMapTest : public ::testing::Test {
protected:
    const Adjacency* add(PortId port, const IpAddress& address) {
        const Adjacency* adjacency = &adjacencies_.emplace_back(port, address);
        map_.insert(adjacency);
        return adjacency;
    }
    const Adjacency* find(PortId port, const IpAddress& address) {
        return map_.find(port, address.family(), address.octets().data());
    }
    static IpAddress numbered(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }

    test::DeferredReclaimer reclaimer_;
    std::deque<Adjacency> adjacencies_;
    NeighborMap map_{reclaimer_};
};

TEST_F(NeighborMapTest, FindsByPortFamilyAndAddress) {
    const IpAddress v4 = numbered(1);
    std::array<std::uint8_t, 16> octets{10, 0, 0, 1};  // begins like the IPv4 address
    const IpAddress v6 = IpAddress::v6(octets);
    const Adjacency* first = add(1, v4);
    const Adjacency* second = add(2, v4);
    const Adjacency* third = add(1, v6);
    EXPECT_EQ(find(1, v4), first);
    EXPECT_EQ(find(2, v4), second);
    EXPECT_EQ(find(1, v6), third);
    EXPECT_EQ(find(3, v4), nullptr);
    EXPECT_EQ(find(1, numbered(2)), nullptr);
}

TEST_F(NeighborMapTest, GrowsWithoutLosingAny) {
    for (std::uint32_t number = 0; number < 5000; ++number) add(1, numbered(number));
    EXPECT_EQ(map_.size(), 5000U);
    for (std::uint32_t number = 0; number < 5000; ++number) {
        ASSERT_EQ(find(1, numbered(number)), &adjacencies_[number]);
    }
    EXPECT_GT(reclaimer_.waiting(), 0U);
}

TEST_F(NeighborMapTest, FindsPastWhatWasErased) {
    for (std::uint32_t number = 0; number < 100; ++number) add(1, numbered(number));
    for (std::uint32_t number = 0; number < 100; number += 2) map_.erase(&adjacencies_[number]);
    EXPECT_EQ(map_.size(), 50U);
    for (std::uint32_t number = 0; number < 100; ++number) {
        ASSERT_EQ(find(1, numbered(number)), number % 2 == 0 ? nullptr : &adjacencies_[number]);
    }
}

// A host that comes and goes must fill the table neither with entries nor with gravestones: a
// search would not end.
TEST_F(NeighborMapTest, SurvivesAFlappingHost) {
    for (int count = 0; count < 10000; ++count) {
        const Adjacency adjacency(1, numbered(7));
        map_.insert(&adjacency);
        ASSERT_EQ(find(1, numbered(7)), &adjacency);
        map_.erase(&adjacency);
        ASSERT_EQ(find(1, numbered(7)), nullptr);
        reclaimer_.release();
    }
    EXPECT_EQ(map_.size(), 0U);
}

}  // namespace
}  // namespace torii::fib
