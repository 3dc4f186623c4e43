#pragma once

#include "dataplane/fib/adjacency.h"
#include "dataplane/fib/buckets.h"
#include "dataplane/fib/group_table.h"
#include "dataplane/fib/lpm.h"
#include "dataplane/fib/neighbor_map.h"
#include "dataplane/fib/next_hop.h"
#include "dataplane/fib/reclaimer.h"
#include "dataplane/fib/reserved_array.h"
#include "dataplane/fib/route_counters.h"
#include "platform/base/mac_address.h"
#include "platform/base/result.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace torii::fib {

// What `show` prints of a member of a group.
struct MemberStatus {
    NextHop next_hop;
    std::uint32_t weight = 1;
    std::uint32_t buckets = 0;
    std::uint64_t packets = 0;
    bool resolved = false;  // gateway: its MAC is known; true for the other kinds
    MacAddress mac;
};

struct GroupStatus {
    std::uint32_t id = 0;
    std::uint64_t routes = 0;
    std::vector<MemberStatus> members;
};

// A neighbor, known by its MAC address or asked for.
struct AdjacencyStatus {
    PortId port = kNoPort;
    IpAddress address;
    MacAddress mac;
    bool resolved = false;
};

struct TableSizes {
    std::uint64_t routes_v4 = 0;
    std::uint64_t routes_v6 = 0;
    std::uint64_t groups = 0;
    std::uint64_t next_hops = 0;
    std::uint64_t adjacencies = 0;
    std::uint64_t counted_routes = 0;    // each for itself
    std::uint64_t uncounted_routes = 0;  // that should be, too: there was no room
    // Of the look-ups, 8 bits each: routes longer than 24 bits need some, and share them.
    std::uint64_t tables_v4 = 0;
    std::uint64_t tables_v4_max = 0;
    std::uint64_t tables_v6 = 0;
    std::uint64_t tables_v6_max = 0;
};

inline constexpr std::size_t kMaxMembers = kMaxCandidates;  // of one group
inline constexpr std::size_t kMaxCounters = std::size_t{1} << 22U;

// One worker's counters.
class CounterCells {
public:
    explicit CounterCells(std::atomic<std::uint64_t>* cells) : cells_(cells) {}

    void add(std::uint32_t counter) const {
        std::atomic<std::uint64_t>& cell = cells_[counter];
        cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t>* cells_;
};

// Everything a worker needs to forward. One writer thread (all functions of the first part), any
// number of readers (those of the second), who never wait.
class ForwardingTable {
public:
    // `workers` is how many count packets, each with its own index.
    ForwardingTable(Reclaimer& reclaimer, unsigned workers);
    ForwardingTable(const ForwardingTable&) = delete;
    ForwardingTable& operator=(const ForwardingTable&) = delete;
    ~ForwardingTable();

    // Writer.

    // All of it or none: an error names the first id that is missing or still in use.
    Result<void> apply(const FibTransaction& transaction);

    // How the members of all groups share their flows; resilient until told otherwise.
    void set_selection(Selection selection);
    // Which routes are counted each for itself; none until told otherwise. Those that were and
    // still are go on with their counters.
    void set_counted_routes(const CountedRoutes& wanted);
    // Its next hops get no packets of groups that have other members, until it is back: faster than
    // the control plane, which comes to the same end.
    void set_gateway_failed(const IpAddress& gateway, bool failed);
    // Our MAC address and MTU of a port: reaches every adjacency on it. One with another MAC
    // address is another port: the one before is removed first, and the readers have moved on.
    void set_port(PortId port, const MacAddress& mac, std::uint16_t mtu);
    // Nothing can be sent there any more.
    void remove_port(PortId port);
    // A neighbor's MAC address was learned or changed.
    void set_neighbor(PortId port, const IpAddress& address, const MacAddress& mac);
    // A neighbor is gone: gateways become incomplete (packets held), attached hosts unknown.
    void remove_neighbor(PortId port, const IpAddress& address);
    // Forgets all neighbors that `keep` refuses; used after a full dump of the kernel's table.
    void retain_neighbors(const std::function<bool(PortId, const IpAddress&)>& keep);

    [[nodiscard]] TableSizes sizes() const;
    [[nodiscard]] std::optional<std::uint32_t> route(const Prefix& prefix) const;
    // The most specific route that all of a prefix has, or had it none more specific inside.
    [[nodiscard]] std::optional<FibRoute> best_route(const Prefix& prefix) const;
    void for_each_route(const std::function<void(const FibRoute&)>& visit) const;
    // What a route has counted since it is; nothing: it is not counted, or not there.
    [[nodiscard]] std::optional<RouteCount> route_count(const Prefix& prefix) const;
    // In order.
    [[nodiscard]] std::vector<FibRoute> counted_routes() const;
    [[nodiscard]] std::optional<GroupStatus> group_status(std::uint32_t id) const;
    [[nodiscard]] std::vector<std::uint32_t> group_ids() const;
    [[nodiscard]] std::vector<NextHop> next_hops() const;
    [[nodiscard]] std::vector<AdjacencyStatus> adjacencies() const;

    // Reader.

    // A slot for group(); 0: no route.
    [[nodiscard]] std::uint32_t lookup_v4(std::uint32_t destination) const {
        return lpm4_.lookup(destination);
    }
    [[nodiscard]] std::uint32_t lookup_v6(const std::uint8_t* destination) const {
        return lpm6_.lookup(destination);
    }
    // Of many at once; `slots` has room for them all.
    void lookup_v4(std::span<const std::uint32_t> destinations, std::uint32_t* slots) const {
        lpm4_.lookup(destinations, slots);
    }
    void lookup_v6(const Lpm6::Columns& words, std::size_t count, std::uint32_t* slots) const {
        lpm6_.lookup(words, count, slots);
    }
    // What fetches the first entry of a destination before it is looked up.
    [[nodiscard]] RootPrefetch prefetch_v4() const { return lpm4_.prefetch(); }
    [[nodiscard]] RootPrefetch prefetch_v6() const { return lpm6_.prefetch(); }
    void prefetch_group(std::uint32_t slot) const { __builtin_prefetch(&slots_[slot]); }
    // The members that the hashes choose of groups, for many slots at once. For slot 0 one that
    // leads nowhere.
    void select(std::span<const std::uint32_t> slots, const std::uint32_t* hashes,
                const Member** members) const {
        const std::atomic<const GroupTable*>* const groups = &slots_[0];
        for (std::size_t index = 0; index < slots.size(); ++index) {
            const GroupTable* group = groups[slots[index]].load(std::memory_order_acquire);
            members[index] = &group->select(hashes[index]);
        }
    }
    // For slot 0 one whose only member leads nowhere.
    [[nodiscard]] const GroupTable& group_or_none(std::uint32_t slot) const {
        return *slots_[slot].load(std::memory_order_acquire);
    }
    // Null only for slot 0.
    [[nodiscard]] const GroupTable* group(std::uint32_t slot) const {
        return slot == 0 ? nullptr : slots_[slot].load(std::memory_order_acquire);
    }
    // The neighbor behind an attached next hop; null: not known. `address` has 4 or 16 octets.
    [[nodiscard]] const Adjacency* neighbor(PortId port, IpFamily family,
                                            const std::uint8_t* address) const {
        return neighbors_.find(port, family, address);
    }
    // Where this worker counts packets by Member::counter. Each worker writes only its own.
    [[nodiscard]] CounterCells counters(unsigned worker) {
        return CounterCells(&counters_[worker][0]);
    }
    // Whether slots have to be looked at for counted ones.
    [[nodiscard]] bool counts_routes() const { return route_counters_.any(); }
    [[nodiscard]] RouteCells route_cells(unsigned worker) { return route_counters_.cells(worker); }

private:
    struct NextHopEntry {
        NextHop next_hop;
        Adjacency* adjacency = nullptr;
        std::uint32_t mark = 0;
        std::uint32_t users = 0;  // groups, once per membership
    };
    struct GroupEntry {
        NextHopGroup group;
        BucketAssignment assignment;
        std::uint32_t slot = 0;
        std::uint32_t mark = 0;
        std::uint64_t routes = 0;
        std::vector<std::uint32_t> counters;       // of members
        const GroupTable* table = nullptr;         // published in the slot
        std::vector<std::uint32_t> counted_slots;  // of routes; the table is published there, too
    };
    struct AdjacencyEntry {
        std::unique_ptr<Adjacency> adjacency;
        std::uint32_t users = 0;  // next hops
        bool neighbor = false;    // in the neighbor map
    };
    struct Link {
        MacAddress mac;
        std::uint16_t mtu = 0;
    };
    using AdjacencyKey = std::pair<PortId, IpAddress>;

    // In validate.cpp.
    [[nodiscard]] Result<void> validate(const FibTransaction& transaction) const;
    [[nodiscard]] Result<void> validate_references(const FibTransaction& transaction) const;
    [[nodiscard]] Result<void> validate_removals(const FibTransaction& transaction) const;
    [[nodiscard]] Result<void> validate_room(const FibTransaction& transaction) const;

    void put_next_hop(const NextHop& next_hop);
    void put_group(const NextHopGroup& group);
    template <class List, class Projection>
    void prefetch_changes(const List& list, std::size_t index, Projection projection) const;
    void put_route(const FibRoute& route);
    void erase_route(const Prefix& prefix);
    void erase_group(std::uint32_t id);
    void erase_next_hop(std::uint32_t id);
    void sweep();
    [[nodiscard]] std::vector<Prefix> stale_routes() const;
    void mark_groups_of(std::uint32_t next_hop_id);
    // Indices of the members that take part in the share-out.
    [[nodiscard]] std::vector<std::uint16_t> sharing_members(const NextHopGroup& group) const;
    [[nodiscard]] std::vector<std::uint16_t> share_out(GroupEntry& entry) const;
    void publish(GroupEntry& entry);
    void publish_changed();
    void leave_old();
    void count_route(std::uint32_t slot, std::int64_t change);
    [[nodiscard]] std::optional<std::uint32_t> slot_of(const Prefix& prefix) const;
    void change_slot(const Prefix& prefix, std::uint32_t slot);
    [[nodiscard]] GroupEntry& group_of(std::uint32_t slot) const {
        return *slot_groups_[is_counted(slot) ? route_counters_.entry(slot).group_slot : slot];
    }
    // In counted_routes.cpp.
    [[nodiscard]] std::uint32_t counted_slot(const Prefix& route, GroupEntry& group);
    void stop_counting(const Prefix& route);
    void join_group(std::uint32_t slot, GroupEntry& group);
    void leave_group(std::uint32_t slot);
    [[nodiscard]] std::uint32_t allocate_counter();
    void release_counter(std::uint32_t counter);
    [[nodiscard]] std::uint64_t counter_value(std::uint32_t counter) const;
    AdjacencyEntry& adjacency_entry(PortId port, const IpAddress& address);
    template <class Visit>
    void for_each_on(PortId port, Visit visit);
    void use_adjacency(NextHopEntry& entry);
    void leave_adjacency(NextHopEntry& entry);
    void release_if_unused(PortId port, const IpAddress& address);

    Reclaimer& reclaimer_;
    Lpm4 lpm4_;
    Lpm6 lpm6_;
    NeighborMap neighbors_;
    ReservedArray<std::atomic<const GroupTable*>> slots_;
    const GroupTable no_route_{0, {0}, {Member{}}};
    std::vector<ReservedArray<std::atomic<std::uint64_t>>> counters_;  // by worker
    RouteCounters route_counters_;
    std::size_t wanted_routes_ = 0;  // that are or should be counted

    std::unordered_map<std::uint32_t, NextHopEntry> next_hops_;
    std::unordered_map<std::uint32_t, GroupEntry> groups_;
    std::map<AdjacencyKey, AdjacencyEntry> adjacencies_;
    std::map<PortId, Link> links_;
    std::set<IpAddress> failed_gateways_;
    Selection selection_ = Selection::resilient;
    std::set<std::uint32_t> changed_groups_;  // to publish before routes use them
    // What published groups refer to until the changed ones are published.
    std::vector<NextHopEntry> old_next_hops_;
    std::vector<std::uint32_t> old_counters_;
    std::shared_ptr<NumberPool> slot_numbers_;     // shared with releases that the reclaimer
    std::shared_ptr<NumberPool> counter_numbers_;  // has yet to run
    std::vector<GroupEntry*> slot_groups_;         // by slot
    std::vector<std::uint64_t> counter_origins_;   // what a counter stood at when it was taken
    std::uint32_t mark_ = 0;                       // of the synchronisation under way
};

}  // namespace torii::fib
