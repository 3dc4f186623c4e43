#include "dataplane/pipeline/latency.h"

#include <algorithm>
#include <bit>

namespace torii::pipeline {
namespace {

constexpr unsigned kSubBits = 3;
constexpr std::size_t kSub = std::size_t{1} << kSubBits;

}  // namespace

std::size_t LatencySummary::interval(std::uint64_t nanoseconds) {
    if (nanoseconds < kSub) return static_cast<std::size_t>(nanoseconds);
    const auto shift = static_cast<unsigned>(std::bit_width(nanoseconds)) - 1 - kSubBits;
    const std::size_t found = shift * kSub + static_cast<std::size_t>(nanoseconds >> shift);
    return std::min(found, kIntervals - 1);
}

std::uint64_t LatencySummary::upper(std::size_t interval) {
    if (interval < kSub) return interval;
    const std::size_t shift = interval / kSub - 1;
    return (std::uint64_t{interval % kSub + kSub + 1} << shift) - 1;
}

std::uint64_t LatencySummary::quantile(unsigned per_thousand) const {
    const std::uint64_t wanted = (samples * per_thousand + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < kIntervals; ++index) {
        seen += counts[index];
        if (seen >= wanted && seen != 0) return std::min(upper(index), max);
    }
    return 0;
}

void LatencyHistogram::add(std::uint64_t nanoseconds) {
    counts_[LatencySummary::interval(nanoseconds)].add(1);
    sum_.add(nanoseconds);
    if (nanoseconds > max_.load(std::memory_order_relaxed)) {
        max_.store(nanoseconds, std::memory_order_relaxed);
    }
}

LatencySummary LatencyHistogram::summary() const {
    LatencySummary summary;
    for (std::size_t index = 0; index < summary.counts.size(); ++index) {
        summary.counts[index] = counts_[index].value();
        summary.samples += summary.counts[index];
    }
    summary.sum = sum_.value();
    summary.max = max_.load(std::memory_order_relaxed);
    return summary;
}

}  // namespace torii::pipeline
