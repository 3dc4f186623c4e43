#pragma once

#include "controlplane/speaker/transport.h"
#include "platform/base/result.h"

namespace torii::speaker {

// TCP MD5 signatures (RFC 2385) of a socket: from now on segments to and from these addresses carry
// them, and others are dropped. An empty secret takes them away.
[[nodiscard]] Result<void> set_password(int socket, const PeerPassword& password);

}  // namespace torii::speaker
