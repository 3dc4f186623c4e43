#pragma once

#include "agent/model/snapshot.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <string>
#include <vector>

namespace torii::reconcile {

// Where an address of the cluster is, as Cilium's table of addresses says it.
struct IpCacheEntry {
    Prefix prefix;
    std::uint32_t identity = 0;  // what is behind it: see ip_cache()
    std::string node_address;    // of the node it is on; empty: this one, or none
    friend bool operator==(const IpCacheEntry&, const IpCacheEntry&) = default;
};

// By prefix: everything, the nodes, and the pods behind services. Cilium's reserved identities are
// 1 for this node, 2 for the world, 6 for other nodes; pods of one service have one number of their
// own, the same on all nodes, which means nothing else. A node whose address is not known is named.
[[nodiscard]] std::vector<IpCacheEntry> ip_cache(const model::Snapshot& snapshot,
                                                 const std::string& node);

}  // namespace torii::reconcile
