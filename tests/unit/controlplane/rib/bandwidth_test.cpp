#include "controlplane/rib/bandwidth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::rib {
namespace {

using testing::ElementsAre;
using enum BandwidthUse;

std::vector<std::uint32_t> weights(std::vector<std::uint32_t> bandwidths, BandwidthUse use = all) {
    NextHops next_hops;
    for (const std::uint32_t bandwidth : bandwidths) {
        next_hops.push_back(
            {IpAddress::v4(static_cast<std::uint32_t>(next_hops.size())), bandwidth});
    }
    weigh_by_bandwidth(next_hops, use);
    std::vector<std::uint32_t> out;
    for (const NextHop& next_hop : next_hops) out.push_back(next_hop.weight);
    return out;
}

TEST(Bandwidth, SmallWeightsInTheRatioOfTheBandwidths) {
    EXPECT_THAT(weights({1000000}), ElementsAre(1));
    EXPECT_THAT(weights({1000000, 1000000, 1000000}), ElementsAre(1, 1, 1));
    EXPECT_THAT(weights({10000000, 25000000}), ElementsAre(2, 5));
    EXPECT_THAT(weights({1000000, 10000000}), ElementsAre(1, 10));
    EXPECT_THAT(weights({1000, 2000, 3000}), ElementsAre(1, 2, 3));
}

TEST(Bandwidth, NoWeightIsLargeOrNone) {
    EXPECT_THAT(weights({1, 4294967295}), ElementsAre(1, 32));
    EXPECT_THAT(weights({31415, 27182}), ElementsAre(testing::Le(32U), testing::Le(32U)));
}

TEST(Bandwidth, WhatOneWithoutMeans) {
    EXPECT_THAT(weights({0, 0}), ElementsAre(1, 1));
    EXPECT_THAT(weights({0, 1000, 2000}), ElementsAre(1, 1, 1));
    EXPECT_THAT(weights({0, 1000, 2000}, skip_missing), ElementsAre(1, 2));
    EXPECT_THAT(weights({0, 1000, 2000}, default_weight), ElementsAre(1, 1, 2));
    EXPECT_THAT(weights({1000, 2000}, ignore), ElementsAre(1, 1));
    EXPECT_THAT(weights({0, 0}, skip_missing), ElementsAre(1, 1)) << "somebody must carry it";
}

}  // namespace
}  // namespace torii::rib
