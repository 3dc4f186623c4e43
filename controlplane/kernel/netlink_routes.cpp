#include "controlplane/kernel/netlink_routes.h"

#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::kernel {
namespace {

constexpr Log kLog("kernel");

}  // namespace

std::optional<routing::KernelRoute> our_route(const netlink::Route& route, const Mark& mark) {
    if (route.nexthop_id == 0 || route.metric != mark.metric) return std::nullopt;
    routing::KernelRoute result{route.prefix, routing::Protocol::bgp, route.nexthop_id};
    if (route.protocol == mark.bgp) return result;
    if (mark.static_route == 0 || route.protocol != mark.static_route) return std::nullopt;
    result.protocol = routing::Protocol::static_route;
    return result;
}

bool our_object(const netlink::Nexthop& nexthop, const Mark& mark) {
    return nexthop.protocol == mark.bgp;
}

routing::KernelNextHop to_kernel_next_hop(const netlink::Nexthop& nexthop) {
    routing::KernelNextHop result;
    for (const netlink::NexthopMember& member : nexthop.group) {
        result.group.push_back({member.id, member.weight});
    }
    std::ranges::sort(result.group);
    if (!result.group.empty()) return result;
    result.gateway = nexthop.gateway;
    result.blackhole = nexthop.blackhole;
    // The kernel says of a blackhole that it is on the loopback link.
    result.link = nexthop.blackhole ? 0 : nexthop.link_index;
    result.family = nexthop.gateway ? nexthop.gateway->family() : nexthop.family;
    return result;
}

netlink::Route NetlinkRoutes::to_netlink(const routing::KernelRoute& route) const {
    netlink::Route result;
    result.prefix = route.prefix;
    result.protocol = route.protocol == routing::Protocol::bgp ? mark_.bgp : mark_.static_route;
    result.metric = mark_.metric;
    result.nexthop_id = route.object_id;
    return result;
}

Result<void> NetlinkRoutes::put_object(std::uint32_t id, const routing::KernelNextHop& next_hop) {
    netlink::Nexthop object;
    object.id = id;
    object.link_index = next_hop.link;
    object.gateway = next_hop.gateway;
    object.blackhole = next_hop.blackhole;
    object.family = next_hop.family;
    object.protocol = mark_.bgp;
    for (const routing::KernelGroupMember& member : next_hop.group) {
        object.group.push_back({member.id, member.weight});
    }
    kLog.debug("object={} gateway={} link={} members={}", id,
               next_hop.gateway ? next_hop.gateway->to_string() : "-", next_hop.link,
               next_hop.group.size());
    return requests_->replace_nexthop(object);
}

Result<void> NetlinkRoutes::delete_object(std::uint32_t id) {
    kLog.debug("object={} deleted", id);
    return requests_->delete_nexthop(id);
}

std::vector<routing::KernelRouteFailure> NetlinkRoutes::change_routes(
    std::span<const routing::KernelRouteChange> changes) {
    std::vector<netlink::RouteChange> requests;
    requests.reserve(changes.size());
    for (const routing::KernelRouteChange& change : changes) {
        requests.push_back({to_netlink(change.route), change.removed});
        kLog.debug("route={} object={}{}", change.route.prefix, change.route.object_id,
                   change.removed ? " deleted" : "");
    }
    std::vector<routing::KernelRouteFailure> failures;
    for (netlink::RouteFailure& failure : requests_->change_routes(requests)) {
        failures.push_back({failure.index, std::move(failure.error)});
    }
    return failures;
}

}  // namespace torii::kernel
