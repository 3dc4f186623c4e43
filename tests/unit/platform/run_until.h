#pragma once

#include "platform/runtime/event_loop.h"

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace torii {

// Runs the loop until `done()` holds; false when it does not within ten seconds.
template <class Done>
[[nodiscard]] bool run_until(EventLoop& loop, Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        loop.context().restart();
        loop.context().run_one_for(std::chrono::milliseconds(50));
    }
    return true;
}

}  // namespace torii
