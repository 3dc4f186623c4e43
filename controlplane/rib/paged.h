#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace torii::rib {

// A value for each number, T{} unless another was set. In pages that are there while one of theirs
// differs, so it grows without being copied and gives memory back.
template <class T>
class Paged {
public:
    [[nodiscard]] T get(std::uint32_t id) const {
        const std::size_t page = id / kItems;
        return page < pages_.size() && pages_[page] ? pages_[page]->items[id % kItems] : T{};
    }
    void set(std::uint32_t id, const T& value) {
        const std::size_t number = id / kItems;
        if (number >= pages_.size()) pages_.resize(number + 1);
        std::unique_ptr<Page>& page = pages_[number];
        if (!page) page = std::make_unique<Page>();
        T& item = page->items[id % kItems];
        page->used += value == T{} ? 0U : 1U;
        page->used -= item == T{} ? 0U : 1U;
        item = value;
        if (page->used == 0) page.reset();
    }
    // Calls visit(number, value) for all that differ from T{}.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (std::size_t page = 0; page < pages_.size(); ++page) {
            if (!pages_[page]) continue;
            for (std::size_t index = 0; index < kItems; ++index) {
                const T& item = pages_[page]->items[index];
                if (item != T{}) visit(static_cast<std::uint32_t>(page * kItems + index), item);
            }
        }
    }

private:
    static constexpr std::size_t kItems = 4096;

    struct Page {
        std::array<T, kItems> items{};
        std::size_t used = 0;
    };

    std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace torii::rib
