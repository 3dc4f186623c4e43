#pragma once

#include "dataplane/fib/reclaimer.h"
#include "dataplane/fib/reserved_array.h"
#include "platform/base/prefix.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace torii::fib {

// Hands out the smallest numbers first, from 0 or 1.
struct NumberPool {
    std::vector<std::uint32_t> free;
    std::uint32_t next = 0;

    [[nodiscard]] std::uint32_t take() {
        if (free.empty()) return next++;
        const std::uint32_t number = free.back();
        free.pop_back();
        return number;
    }
};

inline constexpr std::size_t kMaxGroups = std::size_t{1} << 20U;
inline constexpr std::size_t kMaxCountedRoutes = std::size_t{1} << 16U;
// Slots of counted routes: those of some that are gone wait until no worker can have them any more.
inline constexpr std::size_t kCountedSlots = 2 * kMaxCountedRoutes;

// A slot of a route's own: beyond those of the groups.
[[nodiscard]] constexpr bool is_counted(std::uint32_t slot) {
    return slot >= kMaxGroups;
}

// Packets sent by a route, and the octets of their IP headers and payloads.
struct RouteCount {
    std::uint64_t packets = 0;
    std::uint64_t octets = 0;
};

// Which routes are counted each for itself: those that lie in one of the prefixes, the first
// `maximum` that come. One that goes makes room for the next that comes.
struct CountedRoutes {
    std::vector<Prefix> prefixes;
    std::uint32_t maximum = 0;

    [[nodiscard]] bool contains(const Prefix& route) const {
        return std::ranges::any_of(prefixes,
                                   [&](const Prefix& prefix) { return prefix.contains(route); });
    }
    friend bool operator==(const CountedRoutes&, const CountedRoutes&) = default;
};

struct RouteCell {
    std::atomic<std::uint64_t> packets;
    std::atomic<std::uint64_t> octets;
};

// One worker's counters of routes.
class RouteCells {
public:
    explicit RouteCells(RouteCell* cells) : cells_(cells) {}

    // `slot` is a counted one.
    void add(std::uint32_t slot, std::uint32_t octets) const {
        RouteCell& cell = cells_[slot - kMaxGroups];
        add(cell.packets, 1);
        add(cell.octets, octets);
    }

private:
    static void add(std::atomic<std::uint64_t>& counter, std::uint32_t more) {
        counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    RouteCell* cells_;
};

// The counters of counted routes, each with a slot of its own, by which a worker knows the route
// from others of the same group. A slot leads to its group's table as the group's own does: nothing
// is looked up twice, and other routes are looked up as if there were no counters.
class RouteCounters {
public:
    // A counted route, for its group.
    struct Entry {
        Prefix prefix;
        std::uint32_t group_slot = 0;
        std::uint32_t position = 0;  // in the list of its group
        RouteCount origin;           // what its cells stood at when it got them
        bool used = false;
    };

    RouteCounters(Reclaimer& reclaimer, unsigned workers);

    // Writer.

    [[nodiscard]] const CountedRoutes& wanted() const { return wanted_; }
    void set_wanted(CountedRoutes wanted) { wanted_ = std::move(wanted); }
    [[nodiscard]] bool wants(const Prefix& route) const { return wanted_.contains(route); }
    // A slot for one more; nothing: there are as many as there may be.
    [[nodiscard]] std::optional<std::uint32_t> take(const Prefix& route);
    // It is taken again when no worker can have it any more.
    void release(std::uint32_t slot);
    [[nodiscard]] Entry& entry(std::uint32_t slot) { return entries_[slot - kMaxGroups]; }
    [[nodiscard]] const Entry& entry(std::uint32_t slot) const {
        return entries_[slot - kMaxGroups];
    }
    [[nodiscard]] RouteCount count(std::uint32_t slot) const;
    [[nodiscard]] std::size_t size() const { return size_; }
    // All that are counted, in order.
    [[nodiscard]] std::vector<Prefix> routes() const;

    // Reader.

    [[nodiscard]] bool any() const { return any_.load(std::memory_order_relaxed); }
    [[nodiscard]] RouteCells cells(unsigned worker) { return RouteCells(&cells_[worker][0]); }

private:
    [[nodiscard]] RouteCount sum(std::uint32_t number) const;

    Reclaimer& reclaimer_;
    CountedRoutes wanted_;
    std::vector<ReservedArray<RouteCell>> cells_;  // by worker
    std::vector<Entry> entries_;
    std::shared_ptr<NumberPool> numbers_;  // shared with releases that are yet to come
    std::size_t size_ = 0;
    std::atomic<bool> any_{false};  // readers look for counted slots
};

}  // namespace torii::fib
