#pragma once

#include "agent/api/transport.h"
#include "platform/runtime/event_loop.h"

#include <cstddef>
#include <string>

namespace torii::api {

struct Answer {
    Outcome outcome;
    std::string body;  // of an answer of success
};

// For programs that do one thing after the other: runs the loop until the exchange has ended. An
// answer of more than `size_max` octets is an error.
[[nodiscard]] Answer exchange(EventLoop& loop, Transport& transport, Request request,
                              std::size_t size_max);

}  // namespace torii::api
