#include "controlplane/server/netlink_kernel.h"

#include "platform/base/log.h"

#include <algorithm>

namespace torii::controlplane {
namespace {

constexpr Log kLog("kernel");

netlink::Route to_netlink(const routing::KernelRoute& route) {
    netlink::Route result;
    result.prefix = route.prefix;
    result.protocol =
        route.protocol == routing::Protocol::bgp ? netlink::kProtocolBgp : netlink::kProtocolStatic;
    result.metric = kKernelMetric;
    result.nexthop_id = route.object_id;
    return result;
}

}  // namespace

std::optional<routing::KernelRoute> our_route(const netlink::Route& route) {
    if (route.nexthop_id == 0 || route.metric != kKernelMetric) return std::nullopt;
    routing::KernelRoute result{route.prefix, routing::Protocol::bgp, route.nexthop_id};
    if (route.protocol == netlink::kProtocolBgp) return result;
    if (route.protocol != netlink::kProtocolStatic) return std::nullopt;
    result.protocol = routing::Protocol::static_route;
    return result;
}

bool our_object(const netlink::Nexthop& nexthop) {
    return nexthop.protocol == netlink::kProtocolBgp;
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

Result<void> NetlinkKernel::put_object(std::uint32_t id, const routing::KernelNextHop& next_hop) {
    netlink::Nexthop object;
    object.id = id;
    object.link_index = next_hop.link;
    object.gateway = next_hop.gateway;
    object.blackhole = next_hop.blackhole;
    object.family = next_hop.family;
    object.protocol = netlink::kProtocolBgp;
    for (const routing::KernelGroupMember& member : next_hop.group) {
        object.group.push_back({member.id, member.weight});
    }
    kLog.debug("object={} gateway={} link={} members={}", id,
               next_hop.gateway ? next_hop.gateway->to_string() : "-", next_hop.link,
               next_hop.group.size());
    return requests_->replace_nexthop(object);
}

Result<void> NetlinkKernel::delete_object(std::uint32_t id) {
    kLog.debug("object={} deleted", id);
    return requests_->delete_nexthop(id);
}

std::vector<routing::KernelRouteFailure> NetlinkKernel::change_routes(
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

Result<std::uint32_t> NetlinkKernel::create_loopback(const std::string& name) {
    if (const auto dummy = requests_->create_dummy(name); !dummy) {
        // Not every kernel has the dummy driver. A veth pair does the same when both ends are up.
        const std::string peer = name + "-peer";
        if (!requests_->create_veth(name, peer)) return unexpected(dummy.error());
        const auto other = requests_->link(peer);
        if (!other) return unexpected(other.error());
        if (auto up = requests_->set_link_up(other->index, true); !up) {
            return unexpected(up.error());
        }
    }
    const auto link = requests_->link(name);
    if (!link) return unexpected(link.error());
    return link->index;
}

Result<void> NetlinkKernel::delete_link(std::uint32_t index) {
    return requests_->delete_link(index);
}

Result<void> NetlinkKernel::set_up(std::uint32_t index, bool up) {
    return requests_->set_link_up(index, up);
}

Result<void> NetlinkKernel::add_address(std::uint32_t index, const InterfaceAddress& address) {
    return requests_->add_address({index, address});
}

Result<void> NetlinkKernel::delete_address(std::uint32_t index, const InterfaceAddress& address) {
    return requests_->delete_address({index, address});
}

Result<void> NetlinkKernel::probe_neighbor(std::uint32_t index, const IpAddress& address) {
    return requests_->probe_neighbor(index, address);
}

}  // namespace torii::controlplane
