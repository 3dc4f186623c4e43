#include "agent/import/installed_routes.h"

#include <fmt/format.h>

#include <utility>

namespace torii::import {
namespace {

constexpr std::size_t kChangesAtOnce = 256;

}  // namespace

void InstalledRoutes::learn(const std::string& instance, const Prefix& prefix,
                            const speaker::SelectedNextHops& next_hops) {
    learned_.set(instance, prefix, next_hops);
    refresh(prefix);
}

void InstalledRoutes::forget(const std::string& instance) {
    for (const Prefix& prefix : learned_.remove(instance)) refresh(prefix);
}

void InstalledRoutes::begin_dump() {
    mirror_.begin_dump();
    next_hops_.clear_links();
    next_hops_.clear_routes();
    others_.clear();
}

void InstalledRoutes::end_dump() {
    dumped_ = true;
    mirror_.end_dump();
}

void InstalledRoutes::observe(const netlink::Link& link, bool removed) {
    next_hops_.set_link(link, removed);
    // Without carrier the kernel takes no nexthop objects.
    if (!removed && link.is_up()) {
        mirror_.set_link(link.name, link.index);
    } else {
        mirror_.remove_link(link.name);
    }
}

void InstalledRoutes::observe(const netlink::Nexthop& nexthop, bool removed) {
    if (removed) return mirror_.observe_object_removed(nexthop.id);
    mirror_.observe_object(nexthop.id, kernel::to_kernel_next_hop(nexthop),
                           kernel::our_object(nexthop, kMark));
}

void InstalledRoutes::observe(const netlink::Route& route, bool removed) {
    if (const auto ours = kernel::our_route(route, kMark)) {
        if (removed) return mirror_.observe_route_removed(ours->prefix);
        return mirror_.observe_route(*ours);
    }
    next_hops_.set_route(route, removed);
    if (route.metric != kMark.metric) return;
    // The kernel would replace it by ours: it tells routes apart by prefix and metric.
    unsigned& count = others_[route.prefix];
    if (!removed) {
        ++count;
    } else if (count > 0) {
        --count;
    }
    if (count == 0) others_.erase(route.prefix);
    refresh(route.prefix);
}

bool InstalledRoutes::reachable(const IpAddress& next_hop) {
    return resolve(next_hop).has_value() || !dumped_;
}

const std::optional<routing::ForwardingNextHop>& InstalledRoutes::resolve(
    const IpAddress& next_hop) {
    const auto known = resolved_.find(next_hop);
    if (known != resolved_.end()) return known->second;
    return resolved_.emplace(next_hop, next_hops_.resolve(next_hop)).first->second;
}

bool InstalledRoutes::resolve_again() {
    bool changed = false;
    bool rerouted = false;
    for (auto& [address, known] : resolved_) {
        auto now = next_hops_.resolve(address);
        changed = changed || now.has_value() != known.has_value();
        rerouted = rerouted || now != known;
        known = std::move(now);
    }
    for (auto entry = left_.begin(); entry != left_.end();) {
        const Prefix prefix = (entry++)->first;
        if (!obstacle(prefix)) refresh(prefix);
    }
    for (const Prefix& prefix : learned_.prefixes()) {
        if (rerouted || (wanted_.contains(prefix) && obstacle(prefix))) refresh(prefix);
    }
    return changed;
}

routing::ForwardingMembers InstalledRoutes::members(const Prefix& prefix) {
    routing::ForwardingMembers members;
    for (const speaker::SelectedNextHop& hop : learned_.next_hops(prefix)) {
        if (const auto& way = resolve(hop.address)) members.push_back({*way, hop.weight});
    }
    return routing::normalized(std::move(members));
}

std::optional<std::string> InstalledRoutes::obstacle(const Prefix& prefix) const {
    if (const auto network = next_hops_.connected(prefix)) {
        return fmt::format("{} is part of {}, which the node is connected to", prefix, *network);
    }
    if (others_.contains(prefix)) {
        return fmt::format("somebody else has a route to {} with metric {}", prefix, kMark.metric);
    }
    return std::nullopt;
}

void InstalledRoutes::refresh(const Prefix& prefix) {
    left_.erase(prefix);
    waiting_.erase(prefix);
    const routing::ForwardingMembers now = members(prefix);
    if (!now.empty()) {
        if (auto why = obstacle(prefix)) {
            left_.emplace(prefix, std::move(*why));
        } else if (!wanted_.contains(prefix) && wanted_.size() >= maximum_) {
            waiting_.insert(prefix);
        } else {
            wanted_.insert(prefix);
            return mirror_.set_route(prefix, routing::Protocol::bgp, store_.intern(now));
        }
    }
    mirror_.remove_route(prefix);
    if (wanted_.erase(prefix) != 0) admit_waiting();
}

void InstalledRoutes::admit_waiting() {
    while (!waiting_.empty() && wanted_.size() < maximum_) {
        const Prefix next = *waiting_.begin();
        refresh(next);
    }
}

bool InstalledRoutes::flush() {
    return mirror_.flush(kChangesAtOnce);
}

std::vector<std::string> InstalledRoutes::problems() const {
    std::vector<std::string> problems;
    for (const auto& [prefix, why] : left_) problems.push_back(why);
    if (!waiting_.empty()) {
        problems.push_back(fmt::format("{} routes are beyond the maximum of {} for the kernel",
                                       waiting_.size(), maximum_));
    }
    if (mirror_.failed()) problems.push_back("kernel: " + mirror_.last_error());
    return problems;
}

}  // namespace torii::import
