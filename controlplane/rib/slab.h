#pragma once

#include "controlplane/rib/id_set.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace torii::rib {

// Things with numbers. They stay where they are, so a table grows without being copied; the lowest
// free number is given out first, and memory goes back in blocks once nothing in them is used.
template <class T>
class Slab {
public:
    static constexpr std::size_t kBlock = 4096;

    // The number of a new T{}.
    [[nodiscard]] std::uint32_t allocate() {
        const auto reused = free_.next(lowest_free_);
        const std::uint32_t id = reused ? *reused : end_++;
        if (reused) free_.erase(id);
        lowest_free_ = id + 1;
        if (id / kBlock >= blocks_.size()) blocks_.emplace_back();
        Block& block = blocks_[id / kBlock];
        if (block.used++ == 0 && !block.items) block.items = std::make_unique<T[]>(kBlock);
        return id;
    }
    void release(std::uint32_t id) {
        (*this)[id] = T{};
        free_.insert(id);
        lowest_free_ = std::min(lowest_free_, id);
        Block& block = blocks_[id / kBlock];
        if (--block.used == 0) block.items.reset();
        if (free_.size() == end_) *this = Slab();
    }
    [[nodiscard]] T& operator[](std::uint32_t id) {
        return blocks_[id / kBlock].items[id % kBlock];
    }
    [[nodiscard]] const T& operator[](std::uint32_t id) const {
        return blocks_[id / kBlock].items[id % kBlock];
    }
    // All numbers in use are smaller.
    [[nodiscard]] std::uint32_t end() const { return end_; }
    [[nodiscard]] bool used(std::uint32_t id) const { return id < end_ && !free_.contains(id); }
    [[nodiscard]] std::size_t size() const { return end_ - free_.size(); }

private:
    struct Block {
        std::unique_ptr<T[]> items;
        std::size_t used = 0;
    };

    std::vector<Block> blocks_;
    IdSet free_;
    std::uint32_t lowest_free_ = 0;
    std::uint32_t end_ = 0;
};

}  // namespace torii::rib
