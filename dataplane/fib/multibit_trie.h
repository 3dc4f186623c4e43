#pragma once

#include "dataplane/fib/reclaimer.h"
#include "dataplane/fib/reserved_array.h"
#include "dataplane/fib/route_map.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace torii::fib {

// Fetches the first entries of addresses that are soon looked up, by their first four octets.
struct RootPrefetch {
    const std::atomic<std::uint32_t>* root;

    void operator()(std::uint32_t first32) const { __builtin_prefetch(&root[first32 >> 8U]); }
};

// Longest prefix match over a table of the first 24 bits and tables of 8 further bits each, with
// one writer and any number of readers who never wait. Explicitly instantiated for lpm.h's keys.
//
// What readers rely on: a table of 8 bits is filled completely before one store links it, is never
// cleared while it is linked, and is used again only after the reclaimer says that nobody reads it.
// So an address whose route stays never resolves to anything else, whatever happens around it.
//
// An entry is the value of the longest match, or leads to the next table. The writer also needs to
// know how long that match is, to tell what a new prefix may overwrite; the entry has 5 bits for
// it, counted from the first bit of its table. 0: inherited from a table above.
template <class Key>
class MultibitTrie {
public:
    // The largest value; 0 means no route.
    static constexpr std::uint32_t kValueMask = (1U << 26U) - 1;
    // How many tables of 8 bits one prefix may need.
    static constexpr unsigned kLevels = (Key::kBits - 24) / 8;

    struct Route {
        Key key;
        unsigned length = 0;
        std::uint32_t value = 0;
    };
    using Entry = RouteEntry;

    // Room for `capacity` tables of 8 bits; memory is taken as they are used.
    MultibitTrie(Reclaimer& reclaimer, std::size_t capacity);
    MultibitTrie(const MultibitTrie&) = delete;
    MultibitTrie& operator=(const MultibitTrie&) = delete;
    ~MultibitTrie() = default;

    // Writer.

    // Adds or replaces a prefix and returns the value it had; `key` has no bits beyond `length`,
    // `value` is not 0. The caller has made sure that free_tables() is at least kLevels.
    std::optional<std::uint32_t> set(const Key& key, unsigned length, std::uint32_t value,
                                     std::uint32_t mark = 0);
    // Returns the value it had, or nothing if there is no such prefix.
    std::optional<std::uint32_t> remove(const Key& key, unsigned length);
    // It is there until the next change.
    [[nodiscard]] const Entry* find(const Key& key, unsigned length) const {
        return routes_.find(key, length);
    }
    // A prefix will be set or removed soon. What that goes through leads from one place in memory
    // to the next: asked for level by level, each when the one before has had its time, all are
    // there.
    void prefetch_change(const Key& key, unsigned length, unsigned level) const;
    // The longest prefix of at most `length` bits that `key`, without bits beyond them, is in; from
    // the writer's own memory of the routes.
    [[nodiscard]] std::optional<Route> match(const Key& key, unsigned length = Key::kBits) const;
    // `visit(key, length, entry)`, in no order.
    template <class Visit>
    void for_each(Visit visit) const {
        routes_.for_each(visit);
    }
    [[nodiscard]] std::size_t size() const { return routes_.size(); }
    [[nodiscard]] std::size_t used_tables() const { return pool_->used; }
    [[nodiscard]] std::size_t free_tables() const { return capacity_ - pool_->used; }

    // Reader.
    [[nodiscard]] RootPrefetch prefetch() const { return {&root_[0]}; }

protected:
    static constexpr std::uint32_t kExtended = 1U << 31U;

    // What does not change between lookups, read once.
    struct Reader {
        const std::atomic<std::uint32_t>* root;
        const std::atomic<std::uint32_t>* cells;

        [[nodiscard]] std::uint32_t first(std::uint32_t index) const {
            return root[index].load(std::memory_order_acquire);
        }
        // Of an entry that leads to a table: the flag is all that stands beside the number, and
        // falls out above.
        [[nodiscard]] std::uint32_t below(std::uint32_t entry, std::uint32_t octet) const {
            return cells[entry << 8U | octet].load(std::memory_order_acquire);
        }
        // Without a branch: an entry that leads to no table stays what it is.
        [[nodiscard]] std::uint32_t next(std::uint32_t entry, std::uint32_t octet) const {
            const std::uint32_t extended = 0U - (entry >> 31U);
            const std::uint32_t below =
                cells[(entry << 8U | octet) & extended].load(std::memory_order_acquire);
            return (below & extended) | (entry & ~extended);
        }
    };
    [[nodiscard]] Reader reader() const { return {&root_[0], cells_}; }

private:
    using Cell = std::atomic<std::uint32_t>;

    // The longest match of a whole table or of one entry.
    struct Best {
        std::uint32_t value = 0;
        unsigned depth = 0;
    };
    // What the writer knows of a table of 8 bits.
    struct TableState {
        Best inherited;
        std::uint32_t users = 0;  // prefixes that end in it, and tables below it
    };
    struct Pool {
        explicit Pool(std::size_t capacity) : cells(capacity << 8U) {}

        ReservedArray<Cell> cells;
        std::vector<TableState> states;
        std::vector<std::uint32_t> free;
        std::size_t used = 0;
    };
    // Entries whose longest match is `from` or shorter (adding), or exactly `from` (removing), get
    // `to`.
    struct Change {
        Best to;
        unsigned from = 0;
        bool exactly = false;

        [[nodiscard]] bool applies(unsigned depth) const {
            return exactly ? depth == from : depth <= from;
        }
    };

    [[nodiscard]] static unsigned first_bit(unsigned level) {
        return level == 0 ? 0 : 16 + 8 * level;
    }
    [[nodiscard]] static unsigned last_bit(unsigned level) { return 24 + 8 * level; }
    [[nodiscard]] static std::uint32_t encode(unsigned level, const Best& best);
    [[nodiscard]] static std::size_t index_of(const Key& key, unsigned level);
    [[nodiscard]] Cell* pool_cells(std::uint32_t table);
    void change(std::uint32_t table, unsigned level, const Key& key, unsigned length,
                const Change& change, int users);
    void change_cell(Cell& cell, unsigned level, unsigned inherited_depth, const Change& change);
    [[nodiscard]] std::uint32_t new_table(unsigned level, const Best& inherited);
    void retire_table(std::uint32_t table);
    [[nodiscard]] Best covering(const Key& key, unsigned length) const;

    Reclaimer& reclaimer_;
    std::size_t capacity_;
    std::shared_ptr<Pool> pool_;  // shared with releases that the reclaimer has yet to run
    ReservedArray<Cell> root_;
    const Cell* cells_;
    RouteMap<Key> routes_;
    std::array<std::size_t, Key::kBits + 1> routes_by_length_{};
};

}  // namespace torii::fib
