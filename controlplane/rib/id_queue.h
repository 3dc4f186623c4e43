#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::rib {

// Numbers that wait for their turn, first in, first out. Whoever puts them in knows which are
// there.
class IdQueue {
public:
    void push(std::uint32_t id) { ids_.push_back(id); }
    [[nodiscard]] std::uint32_t pop() {
        const std::uint32_t id = ids_[begin_++];
        if (begin_ == ids_.size()) {
            begin_ = 0;
            ids_.clear();
            if (ids_.capacity() > kKept) ids_ = std::vector<std::uint32_t>();
        }
        return id;
    }
    [[nodiscard]] std::size_t size() const { return ids_.size() - begin_; }
    [[nodiscard]] bool empty() const { return ids_.empty(); }
    void clear() { *this = IdQueue(); }

private:
    static constexpr std::size_t kKept = 65536;

    std::vector<std::uint32_t> ids_;
    std::size_t begin_ = 0;
};

}  // namespace torii::rib
