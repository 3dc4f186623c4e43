#pragma once

#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <cstdint>

namespace torii::bench {

// Told of what a file descriptor is ready for.
class Pollable {
public:
    virtual ~Pollable() = default;
    virtual void ready(bool readable, bool writable) = 0;
};

[[nodiscard]] TimePoint now();

// epoll, level triggered.
class Poller {
public:
    [[nodiscard]] static Result<Poller> open();
    Poller(Poller&& other) noexcept;
    Poller& operator=(Poller&&) = delete;
    ~Poller();

    void add(int fd, Pollable& pollable, bool writable);
    void change(int fd, Pollable& pollable, bool writable);
    // Before the descriptor is closed. Events that were already fetched are forgotten.
    void remove(int fd, const Pollable& pollable);
    // Waits for events, at most for `timeout`, and passes on all that are there.
    void poll(Duration timeout);

private:
    explicit Poller(int fd) : fd_(fd) {}
    void control(int operation, int fd, Pollable& pollable, bool writable) const;

    static constexpr int kEventsMax = 256;
    int fd_;
    Pollable* fetched_[kEventsMax] = {};
    int fetched_count_ = 0;
};

}  // namespace torii::bench
