#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace torii::rib {

// Numbers that wait for their turn, first in, first out. Whoever puts them in knows which are
// there. In pieces that go back as soon as they are worked off: a queue that is never empty while a
// table comes and goes holds what waits and no more, and does not have to be in one place.
class IdQueue {
public:
    void push(std::uint32_t id) { ids_.push_back(id); }
    [[nodiscard]] std::uint32_t pop() {
        const std::uint32_t id = ids_.front();
        ids_.pop_front();
        return id;
    }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }
    [[nodiscard]] bool empty() const { return ids_.empty(); }
    void clear() { *this = IdQueue(); }

private:
    std::deque<std::uint32_t> ids_;
};

}  // namespace torii::rib
