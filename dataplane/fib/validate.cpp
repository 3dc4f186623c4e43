#include "dataplane/fib/forwarding_table.h"

#include <map>
#include <unordered_set>

// Whether a transaction can be applied as a whole; apply() itself then cannot fail.
namespace torii::fib {
namespace {

std::size_t tables_needed(unsigned length) {
    return length <= 24 ? 0 : (length - 24 + 7) / 8;
}

}  // namespace

Result<void> ForwardingTable::validate(const FibTransaction& transaction) const {
    if (Result<void> valid = validate_references(transaction); !valid) return valid;
    if (Result<void> valid = validate_removals(transaction); !valid) return valid;
    return validate_room(transaction);
}

Result<void> ForwardingTable::validate_references(const FibTransaction& transaction) const {
    std::unordered_set<std::uint32_t> next_hops;
    for (const NextHop& next_hop : transaction.next_hops) {
        if (next_hop.id == 0) return fail("a next hop has id 0");
        if (next_hop.port != kNoPort && next_hop.port >= kMaxPorts) {
            return fail("next hop {} is on port {}: the last is {}", next_hop.id, next_hop.port,
                        kMaxPorts - 1);
        }
        next_hops.insert(next_hop.id);
    }
    std::unordered_set<std::uint32_t> groups;
    for (const NextHopGroup& group : transaction.groups) {
        if (group.id == 0) return fail("a group has id 0");
        if (group.members.empty()) return fail("group {} has no members", group.id);
        if (group.members.size() > kMaxMembers) {
            return fail("group {} has {} members: at most {} are possible", group.id,
                        group.members.size(), kMaxMembers);
        }
        std::unordered_set<std::uint32_t> members;
        for (const GroupMember& member : group.members) {
            const std::uint32_t id = member.next_hop_id;
            if (!next_hops.contains(id) && !next_hops_.contains(id)) {
                return fail("group {} uses next hop {}, which is not there", group.id, id);
            }
            if (!members.insert(id).second) {
                return fail("group {} uses next hop {} twice", group.id, id);
            }
        }
        groups.insert(group.id);
    }
    for (const FibRoute& route : transaction.routes) {
        if (!groups.contains(route.group_id) && !groups_.contains(route.group_id)) {
            return fail("route {} uses group {}, which is not there", route.prefix.to_string(),
                        route.group_id);
        }
    }
    return {};
}

Result<void> ForwardingTable::validate_removals(const FibTransaction& transaction) const {
    const std::unordered_set<std::uint32_t> gone_groups(transaction.removed_groups.begin(),
                                                        transaction.removed_groups.end());
    if (!gone_groups.empty()) {
        // What each prefix that the transaction names uses in the end; 0: it is removed.
        std::map<Prefix, std::uint32_t> changed;
        for (const FibRoute& route : transaction.routes) changed[route.prefix] = route.group_id;
        for (const Prefix& prefix : transaction.removed_routes) changed[prefix] = 0;
        std::map<std::uint32_t, std::int64_t> routes;
        for (const auto& [prefix, group] : changed) {
            if (const auto old = route(prefix)) --routes[*old];
            if (group != 0) ++routes[group];
        }
        for (const std::uint32_t id : gone_groups) {
            const auto group = groups_.find(id);
            if (group != groups_.end()) {
                routes[id] += static_cast<std::int64_t>(group->second.routes);
            }
            if (routes[id] != 0) return fail("group {} is still used by {} routes", id, routes[id]);
        }
    }
    if (transaction.removed_next_hops.empty()) return {};
    const std::unordered_set<std::uint32_t> gone(transaction.removed_next_hops.begin(),
                                                 transaction.removed_next_hops.end());
    std::map<std::uint32_t, const NextHopGroup*> final_groups;
    for (const auto& [id, entry] : groups_) final_groups[id] = &entry.group;
    for (const NextHopGroup& group : transaction.groups) final_groups[group.id] = &group;
    for (const auto& [id, group] : final_groups) {
        if (gone_groups.contains(id)) continue;
        for (const GroupMember& member : group->members) {
            if (gone.contains(member.next_hop_id)) {
                return fail("next hop {} is still used by group {}", member.next_hop_id, id);
            }
        }
    }
    return {};
}

Result<void> ForwardingTable::validate_room(const FibTransaction& transaction) const {
    std::size_t tables4 = 0;
    std::size_t tables6 = 0;
    for (const FibRoute& added : transaction.routes) {
        const std::size_t needed = tables_needed(added.prefix.length());
        if (needed == 0) continue;
        (added.prefix.family() == IpFamily::v4 ? tables4 : tables6) += needed;
    }
    if (tables4 > lpm4_.free_tables() || tables6 > lpm6_.free_tables()) {
        return fail("the forwarding table is full: {} IPv4 and {} IPv6 routes are installed",
                    lpm4_.size(), lpm6_.size());
    }
    std::size_t counters = 0;
    for (const NextHopGroup& group : transaction.groups) counters += group.members.size();
    const std::size_t free_slots = slot_numbers_->free.size() + kMaxGroups - slot_numbers_->next;
    const std::size_t free_counters =
        counter_numbers_->free.size() + kMaxCounters - counter_numbers_->next;
    if (transaction.groups.size() > free_slots || counters > free_counters) {
        return fail("no room for {} more groups: {} are in use", transaction.groups.size(),
                    groups_.size());
    }
    return {};
}

}  // namespace torii::fib
