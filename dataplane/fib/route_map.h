#pragma once

#include "dataplane/fib/ecmp_hash.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace torii::fib {

// What the writer keeps of a route; `mark` is the caller's.
struct RouteEntry {
    std::uint32_t value = 0;
    std::uint32_t mark = 0;
};

// (key, prefix length) -> RouteEntry. One array with linear probing: a route costs one miss of the
// cache, which prefetch() may have waited for. The place of a hash grows with it, so that growing
// is one sweep in order. Nothing stays where it is when routes are added or removed.
template <class Key>
class RouteMap {
public:
    // The entry, and whether it is new. It is there until the next change.
    std::pair<RouteEntry*, bool> try_emplace(const Key& key, unsigned length) {
        if (size_ + 1 > slots_.size() / 8 * 5) resize(slots_.size() * 2 + kLeast);
        Slot& slot = slots_[seek(key, length)];
        const bool added = slot.length == kFree;
        if (added) {
            slot = Slot{key, static_cast<std::uint8_t>(length), {}};
            ++size_;
        }
        return {&slot.entry, added};
    }
    [[nodiscard]] const RouteEntry* find(const Key& key, unsigned length) const {
        if (slots_.empty()) return nullptr;
        const Slot& slot = slots_[seek(key, length)];
        return slot.length == kFree ? nullptr : &slot.entry;
    }
    // What it was, if it was there.
    std::optional<RouteEntry> erase(const Key& key, unsigned length) {
        if (slots_.empty()) return std::nullopt;
        std::size_t hole = seek(key, length);
        if (slots_[hole].length == kFree) return std::nullopt;
        const RouteEntry erased = slots_[hole].entry;
        // What stands behind it because this place was taken moves up.
        for (std::size_t at = after(hole); slots_[at].length != kFree; at = after(at)) {
            if (distance(home(slots_[at]), at) < distance(hole, at)) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = Slot{};
        --size_;
        if (size_ < slots_.size() / 8 && slots_.size() > kLeast) resize(slots_.size() / 4 + kLeast);
        return erased;
    }
    // It will be asked for soon.
    void prefetch(const Key& key, unsigned length) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[home(key, length)], 1);
    }
    // `visit(key, length, entry)`, in no order.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const Slot& slot : slots_) {
            if (slot.length != kFree) visit(slot.key, unsigned{slot.length}, slot.entry);
        }
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::uint8_t kFree = 0xff;
    static constexpr std::size_t kLeast = 16;

    struct Slot {
        Key key;
        std::uint8_t length = kFree;
        RouteEntry entry;
    };

    [[nodiscard]] std::size_t home(const Key& key, unsigned length) const {
        const std::uint64_t hash = mix((key.hash() + length) * 0x9fb21c651e98df25ULL);
        return static_cast<std::size_t>((hash >> 32U) * slots_.size() >> 32U);
    }
    [[nodiscard]] std::size_t home(const Slot& slot) const { return home(slot.key, slot.length); }
    [[nodiscard]] std::size_t after(std::size_t at) const {
        return at + 1 == slots_.size() ? 0 : at + 1;
    }
    // How far behind `from` it is.
    [[nodiscard]] std::size_t distance(std::size_t from, std::size_t at) const {
        return at >= from ? at - from : at + slots_.size() - from;
    }
    // Where it is, or else is to be put.
    [[nodiscard]] std::size_t seek(const Key& key, unsigned length) const {
        std::size_t at = home(key, length);
        while (slots_[at].length != kFree &&
               (slots_[at].length != length || !(slots_[at].key == key))) {
            at = after(at);
        }
        return at;
    }
    void resize(std::size_t size) {
        const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
        for (const Slot& slot : old) {
            if (slot.length != kFree) slots_[seek(slot.key, slot.length)] = slot;
        }
    }

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

}  // namespace torii::fib
