#pragma once

#include "platform/base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <utility>

namespace torii::sim {

// Virtual time: what is due happens in the order of time, then of asking. Chance is drawn from one
// engine, as integers only (distributions differ between libraries), so a seed is a whole run.
class World final : public Scheduler {
public:
    explicit World(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] Timer after(Duration delay, std::function<void()> call) override {
        const Key key = add(delay, std::move(call));
        return Timer([this, key] { due_.erase(key); });
    }
    void post(std::function<void()> call) override { add(Duration{0}, std::move(call)); }
    // For what nobody can call off.
    void later(Duration delay, std::function<void()> call) { add(delay, std::move(call)); }

    // 0 to `bound` - 1.
    [[nodiscard]] std::uint64_t chance(std::uint64_t bound) { return engine_() % bound; }
    [[nodiscard]] Duration delay(std::chrono::milliseconds longest) {
        return std::chrono::milliseconds(chance(static_cast<std::uint64_t>(longest.count()) + 1));
    }

    // Lets this much time pass.
    void run(Duration time) {
        const TimePoint end = now_ + time;
        while (!due_.empty() && due_.begin()->first.first <= end) {
            now_ = due_.begin()->first.first;
            const auto call = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            ++steps_;
            call();
        }
        now_ = end;
    }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    [[nodiscard]] std::size_t pending() const { return due_.size(); }

private:
    using Key = std::pair<TimePoint, std::uint64_t>;

    Key add(Duration delay, std::function<void()> call) {
        const Key key{now_ + delay, next_++};
        due_.emplace(key, std::move(call));
        return key;
    }

    std::mt19937_64 engine_;
    TimePoint now_{Seconds{1000}};
    std::uint64_t next_ = 0;
    std::uint64_t steps_ = 0;
    std::map<Key, std::function<void()>> due_;
};

}  // namespace torii::sim
