#pragma once

#include "platform/base/clock.h"

#include <algorithm>
#include <cstdint>

namespace torii::pipeline {

// Allows `rate` events a second and `burst` at once. Starts full.
class TokenBucket {
public:
    TokenBucket() = default;
    TokenBucket(std::uint32_t rate, std::uint32_t burst) { configure(rate, burst); }

    // A larger burst is there at once.
    void configure(std::uint32_t rate, std::uint32_t burst) {
        if (burst > burst_) tokens_ += static_cast<double>(burst - burst_);
        tokens_ = std::min<double>(tokens_, burst);
        rate_ = rate;
        burst_ = burst;
    }

    [[nodiscard]] bool take(TimePoint now) {
        const std::chrono::duration<double> elapsed = now - last_;
        if (elapsed.count() > 0) {
            tokens_ = std::min<double>(burst_, tokens_ + elapsed.count() * rate_);
            last_ = now;
        }
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

private:
    std::uint32_t rate_ = 0;
    std::uint32_t burst_ = 0;
    double tokens_ = 0;
    TimePoint last_{};
};

}  // namespace torii::pipeline
