#include "controlplane/server/leftovers.h"

#include "controlplane/server/netlink_kernel.h"
#include "platform/base/log.h"

namespace torii::controlplane {
namespace {

constexpr Log kLog("kernel");

}  // namespace

Result<void> remove_leftovers(netlink::Requests& requests) {
    const auto nexthops = requests.nexthops();
    if (!nexthops) return unexpected(nexthops.error());
    // The kernel deletes a group with its last member: both are asked for, and gone is fine.
    for (const netlink::Nexthop& nexthop : *nexthops) {
        if (!kernel::our_object(nexthop, kKernelMark)) continue;
        if (auto done = requests.delete_nexthop(nexthop.id); !done) return done;
    }
    const auto links = requests.links();
    if (!links) return unexpected(links.error());
    for (const netlink::Link& link : *links) {
        if (link.alias != kLoopbackMark) continue;
        if (auto done = requests.delete_link(link.index); !done) return done;
        kLog.info("removed loopback={}", link.name);
    }
    return {};
}

}  // namespace torii::controlplane
