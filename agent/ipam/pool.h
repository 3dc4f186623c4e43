#pragma once

#include "agent/ipam/address_range.h"
#include "agent/model/pools.h"
#include "agent/model/snapshot.h"

#include <string>
#include <vector>

namespace torii::ipam {

// A pool as the allocator sees it.
struct Pool {
    const model::LoadBalancerIpPool* resource = nullptr;
    std::vector<AddressRange> usable;  // of each block, without reserved addresses
    Number total = 0;                  // addresses of all blocks,
    Number reserved = 0;               // and those of them that are never given away
    std::string conflict;              // with which block it overlaps; empty: with none

    // Whether new addresses may come from it.
    [[nodiscard]] bool gives() const { return !resource->disabled && conflict.empty(); }
    [[nodiscard]] bool contains(const IpAddress& address) const;
    [[nodiscard]] bool serves(const model::Labels& service_labels) const {
        return model::matches_absent_is_all(resource->service_selector, service_labels);
    }
};

// The older first; those of one age, or of none because they were never in a cluster, by name. Of
// two that overlap the younger conflicts; a pool that overlaps with itself does, too. What an
// already conflicting pool overlaps with is no conflict of the other.
[[nodiscard]] std::vector<Pool> make_pools(
    const model::ByName<model::LoadBalancerIpPool>& resources);

}  // namespace torii::ipam
