#pragma once

#include "controlplane/rib/id_set.h"
#include "platform/base/page_in.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::rib {

// Room for things with numbers, in blocks that are there while something in them is used: they stay
// where they are, so it grows without copying.
template <class T>
class Blocks {
public:
    // A T{}, for a number that is not in use.
    void add(std::uint32_t id) {
        if (id / kBlock >= blocks_.size()) blocks_.resize(id / kBlock + 1);
        Block& block = blocks_[id / kBlock];
        if (block.used++ == 0) block.items = make_block();
    }
    void remove(std::uint32_t id) {
        (*this)[id] = T{};
        Block& block = blocks_[id / kBlock];
        if (--block.used == 0) block.items = std::vector<T>();
    }
    // Others with numbers near this one are in use: operator[] tells what is there.
    [[nodiscard]] bool has_room(std::uint32_t id) const {
        return id / kBlock < blocks_.size() && blocks_[id / kBlock].used != 0;
    }
    // A route is looked at twenty times on its way: the vectors' own checks would be felt.
    [[nodiscard]] T& operator[](std::uint32_t id) {
        assert(has_room(id));
        return blocks_.data()[id / kBlock].items.data()[id % kBlock];
    }
    [[nodiscard]] const T& operator[](std::uint32_t id) const {
        assert(has_room(id));
        return blocks_.data()[id / kBlock].items.data()[id % kBlock];
    }
    // Nothing may be in use: gives the list of blocks back, too.
    void clear() { blocks_ = std::vector<Block>(); }

private:
    static constexpr std::size_t kBlock = 4096;

    static std::vector<T> make_block() {
        std::vector<T> items;
        items.reserve(kBlock);
        page_in(items.data(), kBlock * sizeof(T));
        items.resize(kBlock);
        return items;
    }

    struct Block {
        std::vector<T> items;
        std::size_t used = 0;
    };

    std::vector<Block> blocks_;
};

// Things with numbers. They stay where they are, so a table grows without being copied; the lowest
// free number is given out first, and memory goes back in blocks once nothing in them is used.
template <class T>
class Slab {
public:
    // The number of a new T{}.
    [[nodiscard]] std::uint32_t allocate() {
        const auto reused = free_.next(lowest_free_);
        const std::uint32_t id = reused ? *reused : end_++;
        if (reused) free_.erase(id);
        lowest_free_ = id + 1;
        items_.add(id);
        return id;
    }
    void release(std::uint32_t id) {
        items_.remove(id);
        free_.insert(id);
        lowest_free_ = std::min(lowest_free_, id);
        if (free_.size() == end_) *this = Slab();
    }
    [[nodiscard]] T& operator[](std::uint32_t id) { return items_[id]; }
    [[nodiscard]] const T& operator[](std::uint32_t id) const { return items_[id]; }
    // All numbers in use are smaller.
    [[nodiscard]] std::uint32_t end() const { return end_; }
    [[nodiscard]] bool used(std::uint32_t id) const { return id < end_ && !free_.contains(id); }
    [[nodiscard]] std::size_t size() const { return end_ - free_.size(); }

private:
    Blocks<T> items_;
    IdSet free_;
    std::uint32_t lowest_free_ = 0;
    std::uint32_t end_ = 0;
};

}  // namespace torii::rib
