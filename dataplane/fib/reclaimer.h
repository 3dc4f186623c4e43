#pragma once

#include <functional>

namespace torii::fib {

// Gives back what readers may still be looking at, after every one of them has moved on. Called and
// calling back on the writer's thread only.
class Reclaimer {
public:
    Reclaimer() = default;
    Reclaimer(const Reclaimer&) = delete;
    Reclaimer& operator=(const Reclaimer&) = delete;
    virtual ~Reclaimer() = default;

    // `release` runs once, later, when no reader can hold what was reachable before this call.
    virtual void retire(std::function<void()> release) = 0;
};

// For a table without concurrent readers.
class ImmediateReclaimer final : public Reclaimer {
public:
    void retire(std::function<void()> release) override { release(); }
};

}  // namespace torii::fib
