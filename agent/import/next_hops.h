#pragma once

#include "controlplane/routing/forwarding.h"
#include "platform/linux/netlink_types.h"

#include <map>
#include <optional>
#include <vector>

namespace torii::import {

// The routes that the node has from others: how next hops of learned routes are reached, and what
// must not be learned.
class NextHops {
public:
    void set_link(const netlink::Link& link, bool removed);
    void set_route(const netlink::Route& route, bool removed);
    void clear_links() { links_.clear(); }
    void clear_routes() { routes_.clear(); }

    // By the most specific route whose link is up. A default route leads to no next hop, as in FRR:
    // when the link of a peer is gone, its routes must not follow another way out.
    [[nodiscard]] std::optional<routing::ForwardingNextHop> resolve(const IpAddress& address) const;
    // A network of one of the node's links that holds all of the prefix.
    [[nodiscard]] std::optional<Prefix> connected(const Prefix& prefix) const;

private:
    using Routes = std::vector<netlink::Route>;

    [[nodiscard]] const netlink::Route* best(const Prefix& prefix) const;

    std::map<std::uint32_t, netlink::Link> links_;
    std::map<Prefix, Routes> routes_;
};

}  // namespace torii::import
