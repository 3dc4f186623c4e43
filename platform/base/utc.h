#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace torii {

// Times as RFC 3339 writes them, which are YANG's date-and-time.

// Seconds since 1970, now. What has to follow a test's time takes it from elsewhere.
[[nodiscard]] std::int64_t unix_seconds();

// "2026-01-02T10:14:55Z"
[[nodiscard]] std::string utc_text(std::int64_t unix_seconds);

// With Z or an offset; parts of a second are dropped.
[[nodiscard]] Result<std::int64_t> parse_utc(std::string_view text);

}  // namespace torii
