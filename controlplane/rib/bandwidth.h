#pragma once

#include "controlplane/rib/next_hop_set.h"

#include <cstdint>

namespace torii::rib {

// How link bandwidths of multipath routes count, in FRR's words (`bgp bestpath bandwidth`).
enum class BandwidthUse : std::uint8_t {
    all,             // when all paths have one; else the traffic is spread evenly
    ignore,          // never
    skip_missing,    // paths without one are not used beside those with one
    default_weight,  // paths without one get the smallest weight
};

// Bandwidths, which the weights are on entry (0: none), become small weights in about their ratio.
void weigh_by_bandwidth(NextHops& next_hops, BandwidthUse use);

}  // namespace torii::rib
