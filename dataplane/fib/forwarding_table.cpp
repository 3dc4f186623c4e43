#include "dataplane/fib/forwarding_table.h"

#include "dataplane/fib/buckets.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <ranges>
#include <tuple>

namespace torii::fib {
namespace {

constexpr std::size_t kTables4 = std::size_t{1} << 20U;  // of 256 entries: at most 1 GiB
constexpr std::size_t kTables6 = std::size_t{1} << 22U;

// Each level of the way to a route is asked for so many routes before the next one, and the last
// level so many before the route's turn comes. Of IPv6 the levels that prefixes of 64 bits need.
constexpr std::size_t kAhead = 4;
constexpr unsigned kLevelsAhead4 = 2;
constexpr unsigned kLevelsAhead6 = 6;

Ipv4Key key4(const IpAddress& address) {
    return {address.v4_number()};
}
Ipv6Key key6(const IpAddress& address) {
    return {address.octets()};
}
Prefix prefix_of(const Ipv4Key& key, unsigned length) {
    return Prefix::covering(IpAddress::v4(key.number), static_cast<std::uint8_t>(length));
}
Prefix prefix_of(const Ipv6Key& key, unsigned length) {
    return Prefix::covering(IpAddress::v6(key.octets), static_cast<std::uint8_t>(length));
}

}  // namespace

ForwardingTable::ForwardingTable(Reclaimer& reclaimer, unsigned workers)
    : reclaimer_(reclaimer),
      lpm4_(reclaimer, kTables4),
      lpm6_(reclaimer, kTables6),
      neighbors_(reclaimer),
      slots_(kMaxGroups + kCountedSlots),
      route_counters_(reclaimer, workers),
      slot_numbers_(std::make_shared<NumberPool>()),
      counter_numbers_(std::make_shared<NumberPool>()) {
    slots_[0] = &no_route_;
    slot_numbers_->next = 1;
    for (unsigned worker = 0; worker < workers; ++worker) counters_.emplace_back(kMaxCounters);
}

ForwardingTable::~ForwardingTable() {
    for (const auto& [id, entry] : groups_) delete entry.table;
}

Result<void> ForwardingTable::apply(const FibTransaction& transaction) {
    if (const Result<void> valid = validate(transaction); !valid) return valid;
    if (transaction.begin_sync) ++mark_;
    for (const NextHop& next_hop : transaction.next_hops) put_next_hop(next_hop);
    for (const NextHopGroup& group : transaction.groups) put_group(group);
    publish_changed();
    const std::vector<FibRoute>& routes = transaction.routes;
    for (std::size_t index = 0; index < routes.size(); ++index) {
        prefetch_changes(routes, index, &FibRoute::prefix);
        put_route(routes[index]);
    }
    const std::vector<Prefix>& gone = transaction.removed_routes;
    for (std::size_t index = 0; index < gone.size(); ++index) {
        prefetch_changes(gone, index, std::identity{});
        erase_route(gone[index]);
    }
    for (const std::uint32_t id : transaction.removed_groups) erase_group(id);
    for (const std::uint32_t id : transaction.removed_next_hops) erase_next_hop(id);
    if (transaction.end_sync) sweep();
    return {};
}

// Of those that come after the one at `index`.
template <class List, class Projection>
void ForwardingTable::prefetch_changes(const List& list, std::size_t index,
                                       Projection projection) const {
    for (unsigned level = 0; level < kLevelsAhead6; ++level) {
        const std::size_t ahead = index + kAhead * (kLevelsAhead6 - level);
        if (ahead >= list.size()) continue;
        const Prefix& prefix = std::invoke(projection, list[ahead]);
        if (prefix.family() == IpFamily::v6) {
            lpm6_.prefetch_change(key6(prefix.address()), prefix.length(), level);
        } else if (level < kLevelsAhead4) {
            lpm4_.prefetch_change(key4(prefix.address()), prefix.length(), level);
        }
    }
}

void ForwardingTable::put_next_hop(const NextHop& next_hop) {
    const auto [position, added] = next_hops_.try_emplace(next_hop.id);
    NextHopEntry& entry = position->second;
    entry.mark = mark_;
    if (!added && entry.next_hop == next_hop) return;
    old_next_hops_.push_back(entry);
    entry.next_hop = next_hop;
    entry.adjacency = nullptr;
    use_adjacency(entry);
    if (entry.users != 0) mark_groups_of(next_hop.id);
}

void ForwardingTable::mark_groups_of(std::uint32_t next_hop_id) {
    for (const auto& [id, group] : groups_) {
        if (std::ranges::find(group.group.members, next_hop_id, &GroupMember::next_hop_id) !=
            group.group.members.end()) {
            changed_groups_.insert(id);
        }
    }
}

void ForwardingTable::set_selection(Selection selection) {
    if (std::exchange(selection_, selection) == selection) return;
    for (const auto& [id, entry] : groups_) changed_groups_.insert(id);
    publish_changed();
}

void ForwardingTable::set_gateway_failed(const IpAddress& gateway, bool failed) {
    const bool changed =
        failed ? failed_gateways_.insert(gateway).second : failed_gateways_.erase(gateway) != 0;
    if (!changed) return;
    for (const auto& [id, entry] : next_hops_) {
        const NextHop& next_hop = entry.next_hop;
        if (next_hop.kind == NextHopKind::gateway && next_hop.address == gateway) {
            mark_groups_of(id);
        }
    }
    publish_changed();
}

std::vector<std::uint16_t> ForwardingTable::sharing_members(const NextHopGroup& group) const {
    std::vector<std::uint16_t> all(group.members.size());
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    std::vector<std::uint16_t> sharing = all;
    std::erase_if(sharing, [&](std::uint16_t index) {
        const NextHop& next_hop = next_hops_.at(group.members[index].next_hop_id).next_hop;
        return next_hop.kind == NextHopKind::gateway && failed_gateways_.contains(next_hop.address);
    });
    return sharing.empty() ? all : sharing;
}

void ForwardingTable::put_group(const NextHopGroup& group) {
    const auto [position, added] = groups_.try_emplace(group.id);
    GroupEntry& entry = position->second;
    entry.mark = mark_;
    if (!added && entry.group == group) return;
    if (added) {
        entry.slot = slot_numbers_->take();
        if (entry.slot >= slot_groups_.size()) slot_groups_.resize(entry.slot + 1);
        slot_groups_[entry.slot] = &entry;
    }
    // A member that stays goes on with its counter.
    std::unordered_map<std::uint32_t, std::uint32_t> old_counters;
    for (std::size_t index = 0; index < entry.counters.size(); ++index) {
        const std::uint32_t next_hop = entry.group.members[index].next_hop_id;
        old_counters[next_hop] = entry.counters[index];
        --next_hops_.at(next_hop).users;
    }
    entry.group = group;
    entry.counters.clear();
    for (const GroupMember& member : group.members) {
        ++next_hops_.at(member.next_hop_id).users;
        const auto old = old_counters.extract(member.next_hop_id);
        entry.counters.push_back(old.empty() ? allocate_counter() : old.mapped());
    }
    for (const auto& [next_hop, counter] : old_counters) old_counters_.push_back(counter);
    changed_groups_.insert(group.id);
}

void ForwardingTable::publish_changed() {
    for (const std::uint32_t id : changed_groups_) publish(groups_.at(id));
    changed_groups_.clear();
    leave_old();
}

void ForwardingTable::leave_old() {
    for (NextHopEntry& old : old_next_hops_) leave_adjacency(old);
    old_next_hops_.clear();
    for (const std::uint32_t counter : old_counters_) release_counter(counter);
    old_counters_.clear();
}

// The index of a member for each bucket.
std::vector<std::uint16_t> ForwardingTable::share_out(GroupEntry& entry) const {
    const NextHopGroup& group = entry.group;
    const auto next_hop = [&](std::uint16_t index) -> const NextHop& {
        return next_hops_.at(group.members[index].next_hop_id).next_hop;
    };
    std::vector<std::uint16_t> sharing = sharing_members(group);
    if (selection_ == Selection::threshold) {
        // Whatever order they were given in.
        std::ranges::sort(sharing, {}, [&](std::uint16_t index) {
            return std::tie(next_hop(index).kind, next_hop(index).address,
                            next_hop(index).interface);
        });
    }
    std::vector<Candidate> candidates;
    for (const std::uint16_t index : sharing) {
        candidates.push_back(Candidate{next_hop_identity(next_hop(index)),
                                       std::max<std::uint32_t>(group.members[index].weight, 1)});
    }
    std::vector<std::uint16_t> owners = selection_ == Selection::threshold
                                            ? assign_ranges(candidates)
                                            : entry.assignment.assign(candidates);
    for (std::uint16_t& owner : owners) owner = sharing[owner];
    return owners;
}

void ForwardingTable::publish(GroupEntry& entry) {
    auto table = std::make_unique<GroupTable>();
    for (std::size_t index = 0; index < entry.group.members.size(); ++index) {
        const NextHopEntry& next_hop = next_hops_.at(entry.group.members[index].next_hop_id);
        const Adjacency* adjacency = next_hop.adjacency != nullptr ? next_hop.adjacency : &kNowhere;
        table->members.push_back(Member{adjacency, entry.counters[index], next_hop.next_hop.port,
                                        next_hop.next_hop.kind});
    }
    table->buckets = share_out(entry);
    table->mask = static_cast<std::uint32_t>(table->buckets.size() - 1);
    const GroupTable* old = entry.table;
    entry.table = table.release();
    slots_[entry.slot].store(entry.table, std::memory_order_release);
    for (const std::uint32_t slot : entry.counted_slots) {
        slots_[slot].store(entry.table, std::memory_order_release);
    }
    if (old != nullptr) reclaimer_.retire([old] { delete old; });
}

void ForwardingTable::count_route(std::uint32_t slot, std::int64_t change) {
    group_of(slot).routes += static_cast<std::uint64_t>(change);
}

std::optional<std::uint32_t> ForwardingTable::slot_of(const Prefix& prefix) const {
    const RouteEntry* entry = prefix.family() == IpFamily::v4
                                  ? lpm4_.find(key4(prefix.address()), prefix.length())
                                  : lpm6_.find(key6(prefix.address()), prefix.length());
    if (entry == nullptr) return std::nullopt;
    return entry->value;
}

// Of a route that is there.
void ForwardingTable::change_slot(const Prefix& prefix, std::uint32_t slot) {
    const auto change = [&](auto& lpm, const auto& key) {
        const std::uint32_t mark = lpm.find(key, prefix.length())->mark;
        lpm.set(key, prefix.length(), slot, mark);
    };
    if (prefix.family() == IpFamily::v4) return change(lpm4_, key4(prefix.address()));
    change(lpm6_, key6(prefix.address()));
}

void ForwardingTable::put_route(const FibRoute& route) {
    GroupEntry& group = groups_.at(route.group_id);
    const bool counted = route_counters_.wants(route.prefix);
    const std::uint32_t slot = counted ? counted_slot(route.prefix, group) : group.slot;
    const unsigned length = route.prefix.length();
    const auto old = route.prefix.family() == IpFamily::v4
                         ? lpm4_.set(key4(route.prefix.address()), length, slot, mark_)
                         : lpm6_.set(key6(route.prefix.address()), length, slot, mark_);
    if (old) count_route(*old, -1);
    count_route(slot, 1);
}

void ForwardingTable::erase_route(const Prefix& prefix) {
    const auto slot = prefix.family() == IpFamily::v4
                          ? lpm4_.remove(key4(prefix.address()), prefix.length())
                          : lpm6_.remove(key6(prefix.address()), prefix.length());
    if (!slot) return;
    count_route(*slot, -1);
    if (route_counters_.wants(prefix)) --wanted_routes_;
    if (!is_counted(*slot)) return;
    leave_group(*slot);
    route_counters_.release(*slot);
}

void ForwardingTable::erase_group(std::uint32_t id) {
    const auto position = groups_.find(id);
    if (position == groups_.end()) return;
    GroupEntry& entry = position->second;
    assert(entry.routes == 0);
    for (std::size_t index = 0; index < entry.counters.size(); ++index) {
        --next_hops_.at(entry.group.members[index].next_hop_id).users;
        release_counter(entry.counters[index]);
    }
    // A worker may have looked the slot up already: it stays filled until nobody can have.
    reclaimer_.retire([old = entry.table, numbers = slot_numbers_, slot = entry.slot] {
        delete old;
        numbers->free.push_back(slot);
    });
    slot_groups_[entry.slot] = nullptr;
    groups_.erase(position);
}

void ForwardingTable::erase_next_hop(std::uint32_t id) {
    const auto position = next_hops_.find(id);
    if (position == next_hops_.end()) return;
    assert(position->second.users == 0);
    NextHopEntry entry = std::move(position->second);
    next_hops_.erase(position);
    leave_adjacency(entry);
}

// Removes what the synchronisation did not name: routes first, then what nothing uses any more.
void ForwardingTable::sweep() {
    for (const Prefix& prefix : stale_routes()) erase_route(prefix);
    std::vector<std::uint32_t> groups;
    for (const auto& [id, entry] : groups_) {
        if (entry.mark != mark_ && entry.routes == 0) groups.push_back(id);
    }
    for (const std::uint32_t id : groups) erase_group(id);
    std::vector<std::uint32_t> next_hops;
    for (const auto& [id, entry] : next_hops_) {
        if (entry.mark != mark_ && entry.users == 0) next_hops.push_back(id);
    }
    for (const std::uint32_t id : next_hops) erase_next_hop(id);
}

std::vector<Prefix> ForwardingTable::stale_routes() const {
    std::vector<Prefix> stale;
    const auto collect = [&](const auto& key, unsigned length, const auto& entry) {
        if (entry.mark != mark_) stale.push_back(prefix_of(key, length));
    };
    lpm4_.for_each(collect);
    lpm6_.for_each(collect);
    return stale;
}

std::uint32_t ForwardingTable::allocate_counter() {
    const std::uint32_t counter = counter_numbers_->take();
    if (counter >= counter_origins_.size()) counter_origins_.resize(counter + 1);
    counter_origins_[counter] = 0;
    counter_origins_[counter] = counter_value(counter);
    return counter;
}

void ForwardingTable::release_counter(std::uint32_t counter) {
    reclaimer_.retire([numbers = counter_numbers_, counter] { numbers->free.push_back(counter); });
}

std::uint64_t ForwardingTable::counter_value(std::uint32_t counter) const {
    std::uint64_t sum = 0;
    for (const auto& worker : counters_) sum += worker[counter].load(std::memory_order_relaxed);
    return sum - counter_origins_[counter];
}

TableSizes ForwardingTable::sizes() const {
    const std::size_t counted = route_counters_.size();
    TableSizes sizes;
    sizes.routes_v4 = lpm4_.size();
    sizes.routes_v6 = lpm6_.size();
    sizes.groups = groups_.size();
    sizes.next_hops = next_hops_.size();
    sizes.adjacencies = adjacencies_.size();
    sizes.counted_routes = counted;
    sizes.uncounted_routes = wanted_routes_ - counted;
    sizes.tables_v4 = lpm4_.used_tables();
    sizes.tables_v4_max = sizes.tables_v4 + lpm4_.free_tables();
    sizes.tables_v6 = lpm6_.used_tables();
    sizes.tables_v6_max = sizes.tables_v6 + lpm6_.free_tables();
    return sizes;
}

std::optional<std::uint32_t> ForwardingTable::route(const Prefix& prefix) const {
    const auto slot = slot_of(prefix);
    if (!slot) return std::nullopt;
    return group_of(*slot).group.id;
}

std::optional<FibRoute> ForwardingTable::best_route(const Prefix& prefix) const {
    const auto route_of = [&](const auto& match) -> std::optional<FibRoute> {
        if (!match) return std::nullopt;
        return FibRoute{prefix_of(match->key, match->length), group_of(match->value).group.id};
    };
    return prefix.family() == IpFamily::v4
               ? route_of(lpm4_.match(key4(prefix.address()), prefix.length()))
               : route_of(lpm6_.match(key6(prefix.address()), prefix.length()));
}

void ForwardingTable::for_each_route(const std::function<void(const FibRoute&)>& visit) const {
    const auto call = [&](const auto& key, unsigned length, const auto& entry) {
        visit(FibRoute{prefix_of(key, length), group_of(entry.value).group.id});
    };
    lpm4_.for_each(call);
    lpm6_.for_each(call);
}

std::optional<GroupStatus> ForwardingTable::group_status(std::uint32_t id) const {
    const auto position = groups_.find(id);
    if (position == groups_.end()) return std::nullopt;
    const GroupEntry& entry = position->second;
    GroupStatus status{id, entry.routes, {}};
    for (std::size_t index = 0; index < entry.group.members.size(); ++index) {
        const NextHopEntry& next_hop = next_hops_.at(entry.group.members[index].next_hop_id);
        MemberStatus member;
        member.next_hop = next_hop.next_hop;
        member.weight = std::max<std::uint32_t>(entry.group.members[index].weight, 1);
        member.buckets =
            static_cast<std::uint32_t>(std::ranges::count(entry.table->buckets, index));
        member.packets = counter_value(entry.counters[index]);
        member.resolved = next_hop.next_hop.kind != NextHopKind::gateway;
        if (next_hop.adjacency != nullptr) {
            member.resolved = next_hop.adjacency->resolved();
            member.mac = next_hop.adjacency->mac();
        }
        status.members.push_back(member);
    }
    return status;
}

std::vector<std::uint32_t> ForwardingTable::group_ids() const {
    std::vector<std::uint32_t> ids;
    for (const auto& [id, entry] : groups_) ids.push_back(id);
    std::ranges::sort(ids);
    return ids;
}

std::vector<NextHop> ForwardingTable::next_hops() const {
    std::vector<NextHop> all;
    for (const auto& [id, entry] : next_hops_) all.push_back(entry.next_hop);
    return all;
}

}  // namespace torii::fib
