#include "dataplane/fib/multibit_trie.h"

#include "dataplane/fib/lpm.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace torii::fib {
namespace {

constexpr std::size_t kRootSize = std::size_t{1} << 24U;
constexpr std::uint32_t kRoot = 0xffffffff;  // in place of a table number
constexpr unsigned kDepthShift = 26;
constexpr std::uint32_t kDepthMask = 31;

}  // namespace

template <class Key>
MultibitTrie<Key>::MultibitTrie(Reclaimer& reclaimer, std::size_t capacity)
    : reclaimer_(reclaimer),
      capacity_(capacity),
      pool_(std::make_shared<Pool>(capacity)),
      root_(kRootSize),
      cells_(&pool_->cells[0]) {
    // Vector lookups count entries in 31 bits.
    assert(capacity <= std::size_t{1} << 23U);
}

template <class Key>
std::uint32_t MultibitTrie<Key>::encode(unsigned level, const Best& best) {
    const unsigned start = first_bit(level);
    const unsigned depth = best.depth <= start ? 0 : best.depth - start;
    return depth << kDepthShift | best.value;
}

template <class Key>
std::size_t MultibitTrie<Key>::index_of(const Key& key, unsigned level) {
    return level == 0 ? key.first24() : key.octet(level);
}

template <class Key>
typename MultibitTrie<Key>::Cell* MultibitTrie<Key>::pool_cells(std::uint32_t table) {
    return table == kRoot ? &root_[0] : &pool_->cells[static_cast<std::size_t>(table) << 8U];
}

template <class Key>
std::uint32_t MultibitTrie<Key>::new_table(unsigned level, const Best& inherited) {
    assert(free_tables() > 0);
    ++pool_->used;
    std::uint32_t table = 0;
    const bool untouched = pool_->free.empty();
    if (untouched) {
        table = static_cast<std::uint32_t>(pool_->states.size());
        pool_->states.emplace_back();
    } else {
        table = pool_->free.back();
        pool_->free.pop_back();
    }
    pool_->states[table] = TableState{inherited, 0};
    Cell* cells = pool_cells(table);
    const std::uint32_t entry = encode(level, inherited);
    if (untouched && entry == 0) return table;
    for (unsigned index = 0; index < 256; ++index) {
        cells[index].store(entry, std::memory_order_relaxed);
    }
    return table;
}

template <class Key>
void MultibitTrie<Key>::retire_table(std::uint32_t table) {
    reclaimer_.retire([pool = pool_, table] {
        pool->free.push_back(table);
        --pool->used;
    });
}

template <class Key>
void MultibitTrie<Key>::change_cell(Cell& cell, unsigned level, unsigned inherited_depth,
                                    const Change& change) {
    const std::uint32_t entry = cell.load(std::memory_order_relaxed);
    if ((entry & kExtended) == 0) {
        const unsigned depth = entry >> kDepthShift & kDepthMask;
        if (!change.applies(depth == 0 ? inherited_depth : first_bit(level) + depth)) return;
        cell.store(encode(level, change.to), std::memory_order_release);
        return;
    }
    const std::uint32_t below = entry & kValueMask;
    const Best inherited = pool_->states[below].inherited;
    if (!change.applies(inherited.depth)) return;
    pool_->states[below].inherited = change.to;
    Cell* cells = pool_cells(below);
    const std::uint32_t to = encode(level + 1, change.to);
    for (unsigned index = 0; index < 256; ++index) {
        // Most of a table is inherited: neither linked nor of a depth of its own.
        if (cells[index].load(std::memory_order_relaxed) >> kDepthShift == 0) {
            cells[index].store(to, std::memory_order_release);
        } else {
            change_cell(cells[index], level + 1, inherited.depth, change);
        }
    }
}

// `users` is what the prefix adds to the table it ends in: 1 when it is new, -1 when it goes.
template <class Key>
void MultibitTrie<Key>::change(std::uint32_t table, unsigned level, const Key& key, unsigned length,
                               const Change& change, int users) {
    Cell* cells = pool_cells(table);
    const auto state = [this, table]() -> TableState* {
        return table == kRoot ? nullptr : &pool_->states[table];
    };
    const auto add_users = [&state](int count) {
        if (TableState* own = state()) own->users += static_cast<std::uint32_t>(count);
    };
    const unsigned inherited_depth = table == kRoot ? 0 : state()->inherited.depth;
    const std::size_t first = index_of(key, level);
    if (length <= last_bit(level)) {
        const std::size_t count = std::size_t{1} << (last_bit(level) - length);
        for (std::size_t index = first; index < first + count; ++index) {
            change_cell(cells[index], level, inherited_depth, change);
        }
        add_users(users);
        return;
    }

    Cell& cell = cells[first];
    const std::uint32_t entry = cell.load(std::memory_order_relaxed);
    if ((entry & kExtended) != 0) {
        const std::uint32_t below = entry & kValueMask;
        this->change(below, level + 1, key, length, change, users);
        if (pool_->states[below].users != 0) return;
        cell.store(encode(level, pool_->states[below].inherited), std::memory_order_release);
        add_users(-1);
        retire_table(below);
        return;
    }
    assert(users == 1);
    const unsigned depth = entry >> kDepthShift & kDepthMask;
    const Best inherited{entry & kValueMask,
                         depth == 0 ? inherited_depth : first_bit(level) + depth};
    const std::uint32_t below = new_table(level + 1, inherited);
    this->change(below, level + 1, key, length, change, users);
    cell.store(kExtended | below, std::memory_order_release);
    add_users(1);
}

template <class Key>
std::optional<std::uint32_t> MultibitTrie<Key>::set(const Key& key, unsigned length,
                                                    std::uint32_t value, std::uint32_t mark) {
    assert(value != 0 && value <= kValueMask && length <= Key::kBits && key == key.masked(length));
    const auto [entry, added] = routes_.try_emplace(key, length);
    const std::uint32_t old = std::exchange(entry->value, value);
    entry->mark = mark;
    if (added) ++routes_by_length_[length];
    if (old != value) {
        change(kRoot, 0, key, length, Change{{value, length}, length, false}, added ? 1 : 0);
    }
    if (added) return std::nullopt;
    return old;
}

template <class Key>
void MultibitTrie<Key>::prefetch_change(const Key& key, unsigned length, unsigned level) const {
    if (level == 0) {
        routes_.prefetch(key, length);
        prefetch()(key.first24() << 8U);
        return;
    }
    if (level > kLevels || length <= last_bit(level - 1)) return;
    const Cell* cell = &root_[index_of(key, 0)];
    for (unsigned above = 0; above < level; ++above) {
        const std::uint32_t entry = cell->load(std::memory_order_relaxed);
        if ((entry & kExtended) == 0) return;
        const std::uint32_t below = entry & kValueMask;
        cell = cells_ + (static_cast<std::size_t>(below) << 8U | key.octet(above + 1));
        if (above + 1 == level) __builtin_prefetch(&pool_->states[below], 1);
    }
    __builtin_prefetch(cell, 1);
}

template <class Key>
std::optional<std::uint32_t> MultibitTrie<Key>::remove(const Key& key, unsigned length) {
    const std::optional<Entry> removed = routes_.erase(key, length);
    if (!removed) return std::nullopt;
    --routes_by_length_[length];
    change(kRoot, 0, key, length, Change{covering(key, length), length, true}, -1);
    return removed->value;
}

template <class Key>
std::optional<typename MultibitTrie<Key>::Route> MultibitTrie<Key>::match(const Key& key,
                                                                          unsigned length) const {
    const Best best = covering(key, length + 1);
    if (best.value == 0) return std::nullopt;
    return Route{key.masked(best.depth), best.depth, best.value};
}

// The longest match shorter than `length`; value 0 when there is none. The tables on the way know
// what matches above them: only prefixes that end in the last one are asked for.
template <class Key>
typename MultibitTrie<Key>::Best MultibitTrie<Key>::covering(const Key& key,
                                                             unsigned length) const {
    Best above;
    unsigned level = 0;
    const Cell* cell = &root_[index_of(key, 0)];
    for (; level < kLevels && length > last_bit(level); ++level) {
        const std::uint32_t entry = cell->load(std::memory_order_relaxed);
        if ((entry & kExtended) == 0) break;
        const std::uint32_t below = entry & kValueMask;
        above = pool_->states[below].inherited;
        cell = &pool_->cells[static_cast<std::size_t>(below) << 8U | key.octet(level + 1)];
    }
    unsigned shorter = std::min(length, last_bit(level) + 1);
    while (shorter > (level == 0 ? 0 : first_bit(level) + 1)) {
        --shorter;
        if (routes_by_length_[shorter] == 0) continue;
        if (const Entry* entry = find(key.masked(shorter), shorter)) return {entry->value, shorter};
    }
    return above;
}

template class MultibitTrie<Ipv4Key>;
template class MultibitTrie<Ipv6Key>;

}  // namespace torii::fib
