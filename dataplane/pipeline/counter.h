#pragma once

#include <atomic>
#include <cstdint>

namespace torii::pipeline {

// Counted by one worker, read by anybody.
class Counter {
public:
    void add(std::uint64_t count) {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace torii::pipeline
