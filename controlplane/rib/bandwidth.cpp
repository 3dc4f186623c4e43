#include "controlplane/rib/bandwidth.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace torii::rib {
namespace {

// Members of a group are multiplied by their weights: no weight is larger than this.
constexpr double kWeightMax = 32;
// As near as this to whole numbers is near enough.
constexpr double kTolerance = 0.02;

bool fits(const NextHops& next_hops, double largest, double scale) {
    return std::ranges::all_of(next_hops, [&](const NextHop& next_hop) {
        if (next_hop.weight == 0) return true;  // gets the smallest anyway
        const double exact = next_hop.weight * scale / largest;
        const double whole = std::max(1.0, std::round(exact));
        return std::abs(exact - whole) <= kTolerance * whole;
    });
}

}  // namespace

void weigh_by_bandwidth(NextHops& next_hops, BandwidthUse use) {
    const auto missing = [](const NextHop& next_hop) { return next_hop.weight == 0; };
    const bool some_missing = std::ranges::any_of(next_hops, missing);
    const bool none = std::ranges::all_of(next_hops, missing);
    if (none || use == BandwidthUse::ignore || (some_missing && use == BandwidthUse::all)) {
        for (NextHop& next_hop : next_hops) next_hop.weight = 1;
        return;
    }
    if (use == BandwidthUse::skip_missing) std::erase_if(next_hops, missing);
    const double largest = std::ranges::max(next_hops, {}, &NextHop::weight).weight;
    double scale = 1;
    while (scale < kWeightMax && !fits(next_hops, largest, scale)) scale += 1;
    for (NextHop& next_hop : next_hops) {
        const double exact = next_hop.weight * scale / largest;
        next_hop.weight = static_cast<std::uint32_t>(std::max(1.0, std::round(exact)));
    }
}

}  // namespace torii::rib
