#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/result.h"

namespace torii::bench {

// A TCP connection to port 179 of `device` that is being made, from one of our addresses; closed by
// the caller. Does not block.
[[nodiscard]] Result<int> dial_from(const IpAddress& local, const IpAddress& device);
// A socket that listens on port 179 of `local`.
[[nodiscard]] Result<int> listen_on(const IpAddress& local);
// A connection that has come in there, and from where; closed by the caller.
struct Accepted {
    int fd = -1;
    IpAddress remote;
};
[[nodiscard]] Result<Accepted> accept_from(int listener);

}  // namespace torii::bench
