#pragma once

#include "dataplane/pipeline/counter.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace torii::pipeline {

// How long packets were in the box, in nanoseconds: what a histogram of one worker or of several
// says.
struct LatencySummary {
    // Eight intervals for each doubling: a value is known to an eighth of it.
    static constexpr std::size_t kIntervals = 256;

    std::array<std::uint64_t, kIntervals> counts{};
    std::uint64_t samples = 0;
    std::uint64_t sum = 0;
    std::uint64_t max = 0;

    // The interval of a value; those from 2^34 (17 s) on are in the last.
    [[nodiscard]] static std::size_t interval(std::uint64_t nanoseconds);
    // The largest value of an interval.
    [[nodiscard]] static std::uint64_t upper(std::size_t interval);
    // That so many of a thousand samples did not exceed; 0 when there are none.
    [[nodiscard]] std::uint64_t quantile(unsigned per_thousand) const;
};

// Filled by one worker, read by anybody.
class LatencyHistogram {
public:
    void add(std::uint64_t nanoseconds);
    [[nodiscard]] LatencySummary summary() const;

private:
    std::array<Counter, LatencySummary::kIntervals> counts_;
    Counter sum_;
    std::atomic<std::uint64_t> max_{0};
};

}  // namespace torii::pipeline
