#pragma once

#include <chrono>

namespace torii::monitoring {

using UnixTime = std::chrono::microseconds;  // since 1970

}  // namespace torii::monitoring
