#include "dataplane/fib/forwarding_table.h"

#include <cassert>

// Routes that are counted each for itself: what the table does about them.
namespace torii::fib {

void ForwardingTable::set_counted_routes(const CountedRoutes& wanted) {
    if (route_counters_.wanted() == wanted) return;
    route_counters_.set_wanted(wanted);
    std::size_t kept = 0;
    for (const Prefix& route : route_counters_.routes()) {
        if (wanted.contains(route) && kept < wanted.maximum) {
            ++kept;
        } else {
            stop_counting(route);
        }
    }
    std::vector<Prefix> inside;
    if (!wanted.prefixes.empty()) {
        for_each_route([&](const FibRoute& route) {
            if (wanted.contains(route.prefix)) inside.push_back(route.prefix);
        });
    }
    wanted_routes_ = inside.size();
    // Which of them are counted when there are too many does not depend on how they came.
    std::ranges::sort(inside);
    for (const Prefix& route : inside) {
        const std::uint32_t slot = *slot_of(route);
        if (is_counted(slot)) continue;
        const auto own = route_counters_.take(route);
        if (!own) break;
        join_group(*own, *slot_groups_[slot]);
        change_slot(route, *own);
    }
}

// The slot of a route that is to be counted: the one it has, one that is free, or (there is no more
// room) its group's.
std::uint32_t ForwardingTable::counted_slot(const Prefix& route, GroupEntry& group) {
    const auto old = slot_of(route);
    if (!old) ++wanted_routes_;
    if (old && is_counted(*old)) {
        GroupEntry& before = group_of(*old);
        if (&before != &group) {
            --before.routes;
            ++group.routes;
            leave_group(*old);
            join_group(*old, group);
        }
        return *old;
    }
    const auto own = route_counters_.take(route);
    if (!own) return group.slot;
    join_group(*own, group);
    return *own;
}

void ForwardingTable::stop_counting(const Prefix& route) {
    const std::uint32_t slot = *slot_of(route);
    change_slot(route, group_of(slot).slot);
    leave_group(slot);
    route_counters_.release(slot);
}

void ForwardingTable::join_group(std::uint32_t slot, GroupEntry& group) {
    RouteCounters::Entry& entry = route_counters_.entry(slot);
    entry.group_slot = group.slot;
    entry.position = static_cast<std::uint32_t>(group.counted_slots.size());
    group.counted_slots.push_back(slot);
    slots_[slot].store(group.table, std::memory_order_release);
}

// The slot stays filled: a worker may have looked it up already.
void ForwardingTable::leave_group(std::uint32_t slot) {
    std::vector<std::uint32_t>& all = group_of(slot).counted_slots;
    const std::uint32_t position = route_counters_.entry(slot).position;
    assert(all[position] == slot);
    all[position] = all.back();
    route_counters_.entry(all.back()).position = position;
    all.pop_back();
}

std::optional<RouteCount> ForwardingTable::route_count(const Prefix& prefix) const {
    const auto slot = slot_of(prefix);
    if (!slot || !is_counted(*slot)) return std::nullopt;
    return route_counters_.count(*slot);
}

std::vector<FibRoute> ForwardingTable::counted_routes() const {
    std::vector<FibRoute> routes;
    for (const Prefix& prefix : route_counters_.routes())
        routes.push_back({prefix, *route(prefix)});
    return routes;
}

}  // namespace torii::fib
