#include "agent/api/backoff.h"

#include <algorithm>
#include <memory>
#include <random>

namespace torii::api {
namespace {

constexpr unsigned kDoublingsMax = 6;  // more than from kFirst to kMax

}  // namespace

Random random_source() {
    auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
    return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

Duration Backoff::next() {
    const Duration wait = std::min(kMax, kFirst * (1U << std::min(failures_, kDoublingsMax)));
    ++failures_;
    return between(wait / 2, wait);
}

Duration Backoff::between(Duration low, Duration high) const {
    return low + std::chrono::duration_cast<Duration>((high - low) * random_());
}

}  // namespace torii::api
