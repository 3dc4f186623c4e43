#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace torii::metrics {

// How long something took, in the buckets that clients of Prometheus have by default.
class Histogram {
public:
    static constexpr std::array<double, 11> kBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                    0.5,   1,    2.5,   5,    10};

    void observe(double seconds) {
        for (std::size_t at = 0; at < kBounds.size(); ++at) {
            if (seconds <= kBounds[at]) ++counts_[at];
        }
        ++count_;
        sum_ += seconds;
    }

    // Of values up to each bound.
    [[nodiscard]] const std::array<std::uint64_t, kBounds.size()>& counts() const {
        return counts_;
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double sum() const { return sum_; }

private:
    std::array<std::uint64_t, kBounds.size()> counts_{};
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

}  // namespace torii::metrics
