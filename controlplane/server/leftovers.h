#pragma once

#include "platform/base/result.h"
#include "platform/linux/netlink_request.h"

namespace torii::controlplane {

// Takes out of this network namespace what a control plane that has ended left there, so that the
// next one finds it: its next hops, with them their routes, and its loopbacks. What others made
// stays. Stops at the first refusal of the kernel.
Result<void> remove_leftovers(netlink::Requests& requests);

}  // namespace torii::controlplane
