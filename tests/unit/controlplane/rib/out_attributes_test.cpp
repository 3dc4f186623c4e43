#include "controlplane/rib/out_attributes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace torii::rib {
namespace {

const IpAddress kHop = IpAddress::v4(0x0a000001);

std::vector<std::uint8_t> octets(std::size_t size, std::uint8_t last) {
    std::vector<std::uint8_t> octets(size, 7);
    if (size != 0) octets.back() = last;
    return octets;
}

TEST(OutAttributes, EqualOnesHaveOneNumber) {
    OutAttributes set;
    const auto first = set.add({octets(20, 1), kHop, {}});
    EXPECT_NE(first, 0U);
    EXPECT_EQ(set.add({octets(20, 1), kHop, {}}), first);
    EXPECT_NE(set.add({octets(20, 2), kHop, {}}), first);
    EXPECT_NE(set.add({octets(21, 1), kHop, {}}), first);
    EXPECT_NE(set.add({octets(20, 1), IpAddress::v4(0x0a000002), {}}), first);
    EXPECT_NE(set.add({octets(20, 1), kHop, IpAddress::parse("fe80::1").value()}), first);
    EXPECT_NE(set.add({{}, kHop, {}}), first);
}

// What was given out is not moved by what comes later, of whatever size.
TEST(OutAttributes, StayWhereTheyAreUntilCleared) {
    OutAttributes set;
    constexpr std::size_t kSizes[] = {1, 3, 40, 4000, 65000, 70000};
    for (int round = 0; round < 2; ++round) {
        std::vector<std::pair<OutAttributes::Number, const std::uint8_t*>> given;
        for (std::uint8_t last = 0; last < 50; ++last) {
            for (const std::size_t size : kSizes) {
                const auto number = set.add({octets(size, last), kHop, {}});
                given.emplace_back(number, set[number].octets.data());
            }
        }
        std::size_t index = 0;
        for (std::uint8_t last = 0; last < 50; ++last) {
            for (const std::size_t size : kSizes) {
                const auto [number, place] = given[index++];
                const bgp::PackedAttributes attributes = set[number];
                EXPECT_EQ(attributes.octets.data(), place);
                EXPECT_TRUE(std::ranges::equal(attributes.octets, octets(size, last)));
                EXPECT_EQ(attributes.next_hop, kHop);
            }
        }
        set.clear();
        EXPECT_EQ(set.add({octets(40, 9), kHop, {}}), 1U) << "nothing of before is found";
        set.clear();
    }
}

}  // namespace
}  // namespace torii::rib
