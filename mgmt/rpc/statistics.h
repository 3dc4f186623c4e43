#pragma once

#include <cstdint>

namespace torii::rpc {

// Of a session (RFC 6022 section 2.1.4).
struct Statistics {
    std::uint64_t in_rpcs = 0;
    std::uint64_t in_bad_rpcs = 0;
    std::uint64_t out_rpc_errors = 0;
    std::uint64_t out_notifications = 0;
};

// Of all sessions together (RFC 6022 section 2.1.5).
struct Totals : Statistics {
    std::int64_t since = 0;  // unix seconds
    std::uint64_t in_sessions = 0;
    std::uint64_t in_bad_hellos = 0;
    std::uint64_t dropped_sessions = 0;
};

}  // namespace torii::rpc
