#include "agent/import/next_hops.h"

#include <algorithm>

namespace torii::import {
namespace {

bool same_route(const netlink::Route& one, const netlink::Route& other) {
    return one.metric == other.metric && one.link_index == other.link_index &&
           one.gateway == other.gateway && one.protocol == other.protocol;
}

bool is_connected(const netlink::Route& route) {
    return route.protocol == netlink::kProtocolKernel && !route.gateway && route.link_index != 0;
}

}  // namespace

void NextHops::set_link(const netlink::Link& link, bool removed) {
    if (removed) {
        links_.erase(link.index);
    } else {
        links_[link.index] = link;
    }
}

void NextHops::set_route(const netlink::Route& route, bool removed) {
    Routes& known = routes_[route.prefix];
    std::erase_if(known, [&](const netlink::Route& other) { return same_route(route, other); });
    if (!removed) known.push_back(route);
    if (known.empty()) routes_.erase(route.prefix);
}

const netlink::Route* NextHops::best(const Prefix& prefix) const {
    const auto found = routes_.find(prefix);
    if (found == routes_.end()) return nullptr;
    const netlink::Route* chosen = nullptr;
    for (const netlink::Route& route : found->second) {
        const auto link = links_.find(route.link_index);
        const bool up = link != links_.end() && link->second.is_up();
        if (up && (chosen == nullptr || route.metric < chosen->metric)) chosen = &route;
    }
    return chosen;
}

std::optional<routing::ForwardingNextHop> NextHops::resolve(const IpAddress& address) const {
    for (std::uint8_t length = address.is_v4() ? 32 : 128; length > 0; --length) {
        const netlink::Route* route = best(Prefix::covering(address, length));
        if (route == nullptr) continue;
        return routing::ForwardingNextHop{routing::NextHopKind::gateway,
                                          route->gateway.value_or(address),
                                          links_.at(route->link_index).name};
    }
    return std::nullopt;
}

std::optional<Prefix> NextHops::connected(const Prefix& prefix) const {
    for (int length = prefix.length(); length >= 0; --length) {
        const Prefix network =
            Prefix::covering(prefix.address(), static_cast<std::uint8_t>(length));
        const auto found = routes_.find(network);
        if (found != routes_.end() && std::ranges::any_of(found->second, is_connected)) {
            return network;
        }
    }
    return std::nullopt;
}

}  // namespace torii::import
