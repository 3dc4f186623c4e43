#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace torii::rib {

// Finds numbers by the hash of what they stand for; the caller keeps the things themselves, and
// says which of those with one hash is meant. Eight octets a slot, linear probing. The place of a
// hash grows with it, so growing is one sweep in order and not a million jumps through memory. What
// is erased leaves a mark where others may have been pushed further by it: a table that goes as a
// whole is not moved up a million times.
class HashIndex {
public:
    // The number with this hash for which `equal(number)` holds.
    template <class Equal>
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t hash, const Equal& equal) const {
        if (slots_.empty()) return std::nullopt;
        const Slot* const slots = slots_.data();
        for (std::size_t at = home(hash); slots[at].number != kFree; at = after(at)) {
            const Slot& slot = slots[at];
            if (slot.hash == hash && slot.number != kGone && equal(slot.number)) return slot.number;
        }
        return std::nullopt;
    }
    // Also what is behind it: who looks for a number that is not there seldom stays in one line of
    // the cache.
    void prefetch(std::uint32_t hash) const {
        if (slots_.empty()) return;
        const std::size_t at = home(hash);
        __builtin_prefetch(&slots_[at]);
        __builtin_prefetch(&slots_[std::min(at + kSlotsInLine, slots_.size() - 1)]);
    }
    // It will be erased soon: what is there stands near its place, mostly in the same line.
    void prefetch_erase(std::uint32_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[home(hash)]);
    }
    // As find(), or else the number that `make()` returns, which is there from then on: what is new
    // goes where its search ended.
    template <class Equal, class Make>
    std::uint32_t find_or_add(std::uint32_t hash, const Equal& equal, const Make& make) {
        if (slots_.empty()) resize(kLeast);
        std::size_t at = home(hash);
        std::optional<std::size_t> gone;
        const Slot* const slots = slots_.data();
        for (; slots[at].number != kFree; at = after(at)) {
            const Slot& slot = slots[at];
            if (slot.number == kGone) {
                if (!gone) gone = at;
            } else if (slot.hash == hash && equal(slot.number)) {
                return slot.number;
            }
        }
        const std::uint32_t number = make();
        if (gone) {
            at = *gone;
            --gone_;
        }
        slots_[at] = {hash, number};
        ++size_;
        if (size_ + gone_ > slots_.size() / 4 * 3) {
            const bool full = size_ > slots_.size() / 8 * 5;
            // By no more: what stands empty counts in the memory that a path takes.
            resize(full ? slots_.size() + slots_.size() / 3 : slots_.size());
        }
        return number;
    }
    // One that is there.
    void erase(std::uint32_t hash, std::uint32_t number) {
        std::size_t at = home(hash);
        while (slots_[at].number != number) at = after(at);
        --size_;
        slots_[at] = {0, kGone};
        ++gone_;
        // Nothing stands behind it, so nobody looks further.
        if (slots_[after(at)].number == kFree) {
            for (; slots_[at].number == kGone; at = before(at)) {
                slots_[at] = {};
                --gone_;
            }
        }
        if (size_ < slots_.size() / 8 && slots_.size() > kLeast) resize(slots_.size() / 4 + kLeast);
    }
    // Of what was not many: the room is kept.
    void clear() {
        std::ranges::fill(slots_, Slot{});
        size_ = gone_ = 0;
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::uint32_t kFree = 0xffffffff;
    static constexpr std::uint32_t kGone = 0xfffffffe;
    static constexpr std::size_t kLeast = 16;
    static constexpr std::size_t kSlotsInLine = 8;

    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t number = kFree;
    };

    [[nodiscard]] std::size_t home(std::uint32_t hash) const {
        return static_cast<std::size_t>(std::uint64_t{hash} * slots_.size() >> 32U);
    }
    [[nodiscard]] std::size_t after(std::size_t at) const {
        return at + 1 == slots_.size() ? 0 : at + 1;
    }
    [[nodiscard]] std::size_t before(std::size_t at) const {
        return at == 0 ? slots_.size() - 1 : at - 1;
    }
    void resize(std::size_t size) {
        const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
        gone_ = 0;
        Slot* const slots = slots_.data();  // a million moves, none of them out of bounds
        for (const Slot& slot : old) {
            if (slot.number >= kGone) continue;
            std::size_t at = home(slot.hash);
            while (slots[at].number != kFree) at = after(at);
            slots[at] = slot;
        }
    }

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
    std::size_t gone_ = 0;
};

}  // namespace torii::rib
