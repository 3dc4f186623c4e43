#pragma once

#include "platform/base/clock.h"

#include <cstddef>

namespace torii::controlplane {

// Gives memory back to the system after a large table has gone: the allocator keeps what lies
// between small pieces that are still in use, and by itself never returns it.
class MemoryReturn {
public:
    explicit MemoryReturn(Scheduler& scheduler) : scheduler_(scheduler) {}

    // How many routes there are now.
    void observe(std::size_t routes);
    [[nodiscard]] unsigned returns() const { return returns_; }

private:
    Scheduler& scheduler_;
    std::size_t most_ = 0;  // since memory was returned
    std::size_t routes_ = 0;
    unsigned returns_ = 0;
    bool waiting_ = false;
    Timer timer_;
};

}  // namespace torii::controlplane
