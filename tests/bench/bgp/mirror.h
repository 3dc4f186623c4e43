#pragma once

#include "platform/base/result.h"
#include "tests/bench/bgp/poller.h"

namespace torii::bench {

// In the place of the device: opens whatever session it is offered and passes every UPDATE of each
// on to all others. What the tool measures against it is the tool. Does not return but for errors.
[[nodiscard]] Result<void> mirror(Poller& poller);

}  // namespace torii::bench
