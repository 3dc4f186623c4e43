#pragma once

#include "controlplane/rib/intern_store.h"
#include "platform/base/ip_address.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::rib {

// Where a prefix's packets may go.
struct NextHop {
    IpAddress address;
    std::uint32_t weight = 1;
    bool external = true;  // learned by eBGP, else by iBGP
    friend auto operator<=>(const NextHop&, const NextHop&) = default;
};

// Sorted, without duplicates.
using NextHops = std::vector<NextHop>;

struct NextHopsHash {
    std::size_t operator()(const NextHops& next_hops) const {
        std::size_t hash = next_hops.size();
        for (const NextHop& next_hop : next_hops) {
            hash = hash * 1000003U + IpAddressHash{}(next_hop.address) + next_hop.weight * 2U +
                   (next_hop.external ? 1U : 0U);
        }
        return hash;
    }
};

// Ten thousand service addresses of the same nodes share one set.
using NextHopStore = InternStore<NextHops, NextHopsHash>;
using NextHopSet = NextHopStore::Handle;

}  // namespace torii::rib
