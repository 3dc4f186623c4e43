#pragma once

#include <ctime>

namespace torii::bench {

// Seconds of a clock: CLOCK_THREAD_CPUTIME_ID is what other load on the machine disturbs least.
inline double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Stopwatch {
public:
    [[nodiscard]] double cpu() const { return seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu_; }
    [[nodiscard]] double wall() const { return seconds_of(CLOCK_MONOTONIC) - wall_; }

private:
    double cpu_ = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    double wall_ = seconds_of(CLOCK_MONOTONIC);
};

}  // namespace torii::bench
