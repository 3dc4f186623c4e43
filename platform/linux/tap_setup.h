#pragma once

#include "platform/base/mac_address.h"
#include "platform/base/result.h"
#include "platform/linux/netlink_request.h"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace torii {

// The kernel's side of a port of the packet engine.
struct PortTap {
    std::string name;
    MacAddress mac;
    std::uint32_t mtu = 0;
};

// Makes the TAP, or changes the one that is there: its MAC and MTU, and that the kernel behaves on
// it as a router. With an `owner` that user may open it without any right. Takes CAP_NET_ADMIN.
Result<void> set_up_tap(const PortTap& tap, std::optional<uid_t> owner,
                        netlink::Requests& requests);

// All that are this user's. Takes CAP_NET_ADMIN.
Result<void> remove_taps_of(uid_t owner, netlink::Requests& requests);

}  // namespace torii
