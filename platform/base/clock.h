#pragma once

#include <chrono>
#include <functional>
#include <utility>

namespace torii {

using Duration = std::chrono::nanoseconds;
using Seconds = std::chrono::seconds;
// Monotonic time; its zero has no meaning.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Owns one pending call; destroying or resetting it cancels the call.
class Timer {
public:
    Timer() = default;
    explicit Timer(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
    Timer(Timer&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
    Timer& operator=(Timer&& other) noexcept {
        if (this != &other) {
            reset();
            cancel_ = std::exchange(other.cancel_, nullptr);
        }
        return *this;
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { reset(); }

    void reset() {
        if (auto cancel = std::exchange(cancel_, nullptr)) cancel();
    }

private:
    std::function<void()> cancel_;
};

// Time comes from outside: the event loop in a daemon, a virtual clock in a test.
class Scheduler {
public:
    Scheduler() = default;
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;
    virtual ~Scheduler() = default;

    [[nodiscard]] virtual TimePoint now() const = 0;
    // Calls `call` once, `delay` from now, unless the Timer goes first.
    [[nodiscard]] virtual Timer after(Duration delay, std::function<void()> call) = 0;
    // Calls `call` in a later turn of the loop, in the order of posting.
    virtual void post(std::function<void()> call) = 0;
};

}  // namespace torii
