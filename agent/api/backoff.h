#pragma once

#include "platform/base/clock.h"

#include <chrono>
#include <functional>

namespace torii::api {

// A number of [0, 1): what the agents of many nodes do after the same event they do not do at once.
using Random = std::function<double()>;
// Seeded by the kernel.
[[nodiscard]] Random random_source();

// Waits that double from half a second to half a minute, each shortened by up to a half by chance.
class Backoff {
public:
    static constexpr Duration kFirst = std::chrono::milliseconds(500);
    static constexpr Duration kMax = std::chrono::seconds(30);

    explicit Backoff(Random random) : random_(std::move(random)) {}

    // After one more failure.
    [[nodiscard]] Duration next();
    void reset() { failures_ = 0; }
    // What works again is trusted by degrees.
    void ease() { failures_ /= 2; }
    [[nodiscard]] unsigned failures() const { return failures_; }

    // Of [low, high).
    [[nodiscard]] Duration between(Duration low, Duration high) const;

private:
    Random random_;
    unsigned failures_ = 0;
};

}  // namespace torii::api
