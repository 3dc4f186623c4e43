#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace torii::rib {

// Finds numbers by the hash of what they stand for; the caller keeps the things themselves, and
// says which of those with one hash is meant. Eight octets a slot, linear probing. The place of a
// hash grows with it, so growing is one sweep in order and not a million jumps through memory.
class HashIndex {
public:
    // The number with this hash for which `equal(number)` holds.
    template <class Equal>
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t hash, const Equal& equal) const {
        if (slots_.empty()) return std::nullopt;
        for (std::size_t at = home(hash); slots_[at].number != kFree; at = after(at)) {
            if (slots_[at].hash == hash && equal(slots_[at].number)) return slots_[at].number;
        }
        return std::nullopt;
    }
    void prefetch(std::uint32_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[home(hash)]);
    }
    // One that is not there yet.
    void insert(std::uint32_t hash, std::uint32_t number) {
        if (size_ + 1 > slots_.size() / 4 * 3) resize(slots_.size() + slots_.size() / 4 + kLeast);
        put(hash, number);
        ++size_;
    }
    // One that is there.
    void erase(std::uint32_t hash, std::uint32_t number) {
        std::size_t hole = home(hash);
        while (slots_[hole].number != number) hole = after(hole);
        for (std::size_t at = after(hole); slots_[at].number != kFree; at = after(at)) {
            if (!may_move(at, hole)) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = {};
        --size_;
        if (size_ < slots_.size() / 8 && slots_.size() > kLeast) resize(slots_.size() / 4 + kLeast);
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::uint32_t kFree = 0xffffffff;
    static constexpr std::size_t kLeast = 16;

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
    // Whether what is at `at` is found at `hole`, too: its home is not between them.
    [[nodiscard]] bool may_move(std::size_t at, std::size_t hole) const {
        const std::size_t from = home(slots_[at].hash);
        return hole < at ? from <= hole || from > at : from <= hole && from > at;
    }
    void put(std::uint32_t hash, std::uint32_t number) {
        std::size_t at = home(hash);
        while (slots_[at].number != kFree) at = after(at);
        slots_[at] = {hash, number};
    }
    void resize(std::size_t size) {
        const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(size));
        for (const Slot& slot : before) {
            if (slot.number != kFree) put(slot.hash, slot.number);
        }
    }

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

}  // namespace torii::rib
