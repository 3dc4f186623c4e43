#pragma once

#include "platform/base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace torii::test {

// Time that the test moves.
class ManualScheduler final : public Scheduler {
public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] Timer after(Duration delay, std::function<void()> call) override {
        const auto key = std::pair(now_ + delay, ++sequence_);
        calls_[key] = std::move(call);
        return Timer([this, key] { calls_.erase(key); });
    }
    void post(std::function<void()> call) override {
        calls_[{now_, ++sequence_}] = std::move(call);
    }

    void advance(Duration duration) {
        const TimePoint end = now_ + duration;
        while (!calls_.empty() && calls_.begin()->first.first <= end) {
            auto node = calls_.extract(calls_.begin());
            now_ = node.key().first;
            node.mapped()();
        }
        now_ = end;
    }

private:
    TimePoint now_{};
    std::uint64_t sequence_ = 0;
    std::map<std::pair<TimePoint, std::uint64_t>, std::function<void()>> calls_;
};

}  // namespace torii::test
