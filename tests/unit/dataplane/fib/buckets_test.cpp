#include "dataplane/fib/buckets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace torii::fib {
namespace {

NextHop gateway(std::uint32_t id, std::uint32_t number, const std::string& interface = "eth0") {
    return {id, NextHopKind::gateway, IpAddress::v4(number), interface, 0};
}

std::vector<Candidate> candidates(std::size_t count) {
    std::vector<Candidate> out;
    for (std::uint32_t index = 0; index < count; ++index) {
        out.push_back({next_hop_identity(gateway(index + 1, 0x0a000002 + index)), 1});
    }
    return out;
}

std::map<std::uint16_t, std::size_t> loads(const std::vector<std::uint16_t>& buckets) {
    std::map<std::uint16_t, std::size_t> counts;
    for (const std::uint16_t owner : buckets) ++counts[owner];
    return counts;
}

TEST(Buckets, OneMemberNeedsOne) {
    EXPECT_EQ(assign_buckets(candidates(1)), std::vector<std::uint16_t>{0});
}

TEST(Buckets, AreAsManyAsEvennessNeeds) {
    EXPECT_EQ(bucket_count(2), 8192U);
    EXPECT_EQ(bucket_count(64), 8192U);
    EXPECT_EQ(bucket_count(65), 16384U);
    EXPECT_EQ(bucket_count(256), 16384U);
}

TEST(Buckets, AreEvenlyShared) {
    for (const std::size_t members : {2U, 3U, 5U, 16U, 17U, 64U}) {
        const auto buckets = assign_buckets(candidates(members));
        const auto counts = loads(buckets);
        ASSERT_EQ(counts.size(), members);
        const double mean = static_cast<double>(buckets.size()) / static_cast<double>(members);
        for (const auto& [owner, count] : counts) {
            EXPECT_LE(static_cast<double>(count) / mean, 1.06) << members << " members";
        }
    }
}

TEST(Buckets, FollowTheWeights) {
    std::vector<Candidate> weighted = candidates(3);
    weighted[0].weight = 2;
    const auto counts = loads(assign_buckets(weighted));
    EXPECT_NEAR(static_cast<double>(counts.at(0)), 4096, 4096 * 0.061);
    EXPECT_NEAR(static_cast<double>(counts.at(1)), 2048, 2048 * 0.061 * 2);
}

// Three nodes, as in a small cluster: whoever goes, nobody else's flows notice.
TEST(Buckets, MoveNothingOfThreeWhenOneGoes) {
    const std::vector<Candidate> all = candidates(3);
    const auto before = assign_buckets(all);
    for (std::size_t gone = 0; gone < all.size(); ++gone) {
        std::vector<Candidate> left = all;
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(gone));
        const auto after = assign_buckets(left);
        for (std::size_t bucket = 0; bucket < before.size(); ++bucket) {
            if (before[bucket] == gone) continue;
            ASSERT_EQ(left[after[bucket]].identity, all[before[bucket]].identity) << bucket;
        }
    }
}

TEST(Buckets, DoNotDependOnTheOrder) {
    const std::vector<Candidate> forward = candidates(5);
    std::vector<Candidate> backward = forward;
    std::ranges::reverse(backward);
    const auto first = assign_buckets(forward);
    const auto second = assign_buckets(backward);
    for (std::size_t bucket = 0; bucket < first.size(); ++bucket) {
        ASSERT_EQ(forward[first[bucket]].identity, backward[second[bucket]].identity) << bucket;
    }
}

TEST(Buckets, IdentityIsWhatANextHopIsAndNotItsNumber) {
    EXPECT_EQ(next_hop_identity(gateway(1, 7)), next_hop_identity(gateway(2, 7)));
    EXPECT_NE(next_hop_identity(gateway(1, 7)), next_hop_identity(gateway(1, 8)));
    EXPECT_NE(next_hop_identity(gateway(1, 7)), next_hop_identity(gateway(1, 7, "eth1")));
    NextHop moved = gateway(1, 7);
    moved.port = 5;  // the port number is not kept over a restart
    EXPECT_EQ(next_hop_identity(gateway(1, 7)), next_hop_identity(moved));
}

}  // namespace
}  // namespace torii::fib
