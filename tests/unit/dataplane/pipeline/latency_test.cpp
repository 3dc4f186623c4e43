#include "dataplane/pipeline/latency.h"

#include <gtest/gtest.h>

namespace torii::pipeline {
namespace {

TEST(Latency, IntervalsFollowEachOther) {
    std::uint64_t next = 0;
    for (std::size_t interval = 0; interval + 1 < LatencySummary::kIntervals; ++interval) {
        EXPECT_EQ(LatencySummary::interval(next), interval);
        const std::uint64_t last = LatencySummary::upper(interval);
        EXPECT_EQ(LatencySummary::interval(last), interval);
        EXPECT_LE(last - next, next / 8) << "known to an eighth";
        next = last + 1;
    }
    EXPECT_EQ(LatencySummary::interval(next), LatencySummary::kIntervals - 1);
    EXPECT_EQ(LatencySummary::interval(~std::uint64_t{0}), LatencySummary::kIntervals - 1);
    EXPECT_GT(next, std::uint64_t{1} << 33U);
}

TEST(Latency, QuantilesAreOfAllSamples) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.summary().quantile(500), 0U);
    for (int count = 0; count < 98; ++count) histogram.add(1000);
    histogram.add(50'000);
    histogram.add(7'000'000);
    const LatencySummary summary = histogram.summary();
    EXPECT_EQ(summary.samples, 100U);
    EXPECT_EQ(summary.sum, 98'000U + 7'050'000U);
    EXPECT_EQ(summary.max, 7'000'000U);
    EXPECT_GE(summary.quantile(500), 1000U);
    EXPECT_LE(summary.quantile(500), 1125U);
    EXPECT_EQ(summary.quantile(980), summary.quantile(500));
    EXPECT_GE(summary.quantile(990), 50'000U);
    EXPECT_LE(summary.quantile(990), 56'250U);
    EXPECT_EQ(summary.quantile(1000), 7'000'000U);
}

}  // namespace
}  // namespace torii::pipeline
