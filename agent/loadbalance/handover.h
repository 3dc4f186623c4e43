#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace torii::loadbalance {

// Connections that routers had sent to a node that drains arrive here in their middle. Only that
// node knows where they go: as long as it drains they are passed on to it, unchanged. It drops what
// it does not know itself; a reset would end a connection that another node has. The nodes are
// neighbors on a link. Tables of their own, one for each family: the kernel has `dup` for these
// only.
inline constexpr std::string_view kHandoverTable = "torii-handover";

struct Handover {
    bool draining = false;               // this node
    std::set<IpAddress> draining_nodes;  // others
    std::set<IpAddress> addresses;       // that routers spread over the nodes
    friend bool operator==(const Handover&, const Handover&) = default;
};

// Those of the nodes that are on a network of these addresses. To others nothing can be passed on:
// on its way it would meet the router, which sends it here again.
[[nodiscard]] std::set<IpAddress> neighbors(const std::set<IpAddress>& nodes,
                                            const std::vector<InterfaceAddress>& own);

// Commands that make the tables what they are to be, whatever they are now.
[[nodiscard]] std::string handover_text(const Handover& wanted);

}  // namespace torii::loadbalance
