#pragma once

#include "agent/model/snapshot.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace torii::loadbalance {

// Connections that are another node's arrive here in their middle, as the routers have moved them:
// from a node that leaves service, or to one that is back. Only the node where they began knows
// where they go. As long as it may be one of a few they are passed on, unchanged, to each of these;
// who does not know them drops them, as a reset would end a connection that another node has. The
// nodes are neighbors on a link. A copy is known by its short life, and is not passed on again.
// Tables of their own, one for each family: the kernel has `dup` for these only.
inline constexpr std::string_view kHandoverTable = "torii-handover";
// Hops that are left to a copy: to a pod it is never as far.
inline constexpr int kCopyHops = 8;
// A node that is back asks no more neighbors than these.
inline constexpr std::size_t kCopiesMax = 64;

struct Handover {
    bool leaving = false;             // this node
    bool asked = false;               // by another that is back
    std::set<IpAddress> nodes{};      // others that may know what is unknown here
    std::set<IpAddress> addresses{};  // that routers spread over the nodes

    [[nodiscard]] bool needed() const { return leaving || asked || !nodes.empty(); }
    friend bool operator==(const Handover&, const Handover&) = default;
};

// As the nodes tell of themselves; without the addresses.
[[nodiscard]] Handover handover_of(const model::Snapshot& snapshot, const std::string& node);

// Those of the nodes that are on a network of these addresses. To others nothing can be passed on:
// on its way it would meet the router, which sends it here again. None when they are too many.
[[nodiscard]] std::set<IpAddress> neighbors(const std::set<IpAddress>& nodes,
                                            const std::vector<InterfaceAddress>& own);

// Commands that make the tables what they are to be, whatever they are now.
[[nodiscard]] std::string handover_text(const Handover& wanted);

}  // namespace torii::loadbalance
