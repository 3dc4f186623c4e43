#include "agent/import/learned_routes.h"

#include <algorithm>

namespace torii::import {

void LearnedRoutes::set(const std::string& instance, const Prefix& prefix,
                        const speaker::SelectedNextHops& next_hops) {
    auto& known = routes_[prefix];
    if (next_hops.empty()) {
        known.erase(instance);
    } else {
        known[instance] = next_hops;
    }
    if (known.empty()) routes_.erase(prefix);
}

std::vector<Prefix> LearnedRoutes::remove(const std::string& instance) {
    std::vector<Prefix> had;
    for (auto route = routes_.begin(); route != routes_.end();) {
        if (route->second.erase(instance) != 0) had.push_back(route->first);
        route = route->second.empty() ? routes_.erase(route) : std::next(route);
    }
    return had;
}

std::vector<speaker::SelectedNextHop> LearnedRoutes::next_hops(const Prefix& prefix) const {
    std::vector<speaker::SelectedNextHop> all;
    const auto found = routes_.find(prefix);
    if (found == routes_.end()) return all;
    for (const auto& [instance, next_hops] : found->second) {
        all.insert(all.end(), next_hops.begin(), next_hops.end());
    }
    if (std::ranges::any_of(all, &speaker::SelectedNextHop::external)) {
        std::erase_if(all, [](const speaker::SelectedNextHop& hop) { return !hop.external; });
    }
    std::ranges::sort(all);
    const auto same = [](const auto& one, const auto& other) {
        return one.address == other.address;
    };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    return all;
}

std::vector<Prefix> LearnedRoutes::prefixes() const {
    std::vector<Prefix> all;
    for (const auto& [prefix, instances] : routes_) all.push_back(prefix);
    return all;
}

}  // namespace torii::import
