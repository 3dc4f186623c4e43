#pragma once

#include "controlplane/rib/prefix_numbers.h"
#include "controlplane/rib/slab.h"
#include "platform/base/prefix.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace torii::rib {

// What every item of a PrefixMap begins with.
class PrefixItem {
public:
    [[nodiscard]] bool is(std::uint8_t flag) const { return (flags_ & flag) != 0; }
    void set(std::uint8_t flag, bool on) {
        flags_ = static_cast<std::uint8_t>(on ? flags_ | flag : flags_ & ~flag);
    }

    std::uint16_t extra = 0;  // the owner's

private:
    template <class T>
    friend class PrefixMap;
    static constexpr std::uint8_t kPresent = 0x80;  // the other flags are the owner's

    std::uint8_t flags_ = 0;
};

// What is known of prefixes, by number. T is a PrefixItem. Grows in steps and gives memory back.
template <class T>
class PrefixMap {
public:
    explicit PrefixMap(std::shared_ptr<PrefixNumbers> numbers = std::make_shared<PrefixNumbers>())
        : numbers_(std::move(numbers)) {}
    PrefixMap(const PrefixMap&) = delete;
    PrefixMap& operator=(const PrefixMap&) = delete;
    ~PrefixMap() {
        for_each([this](std::uint32_t id) { numbers_->drop(id); });
    }

    [[nodiscard]] std::optional<std::uint32_t> find(const Prefix& prefix) const {
        const auto id = numbers_->find(prefix);
        return id && used(*id) ? id : std::nullopt;
    }
    // The number of a prefix, and whether it is new here.
    std::pair<std::uint32_t, bool> add(const Prefix& prefix) {
        const std::uint32_t id = numbers_->add(prefix);
        return {id, add(id)};
    }
    // The same for a number that another table holds.
    bool add(std::uint32_t id) {
        if (used(id)) return false;
        items_.add(id);
        items_[id].set(PrefixItem::kPresent, true);
        numbers_->hold(id);
        end_ = std::max(end_, id + 1);
        ++size_;
        return true;
    }
    // It will be asked for, or erased, soon.
    void prefetch(const Prefix& prefix) const { numbers_->prefetch(prefix); }
    void prefetch_erase(std::uint32_t id) const { numbers_->prefetch_drop(id); }
    void erase(std::uint32_t id) {
        items_.remove(id);
        if (--size_ == 0) {
            items_.clear();
            end_ = 0;
        }
        numbers_->drop(id);
    }
    [[nodiscard]] Prefix prefix(std::uint32_t id) const { return numbers_->prefix(id); }
    [[nodiscard]] T& operator[](std::uint32_t id) { return items_[id]; }
    [[nodiscard]] const T& operator[](std::uint32_t id) const { return items_[id]; }
    // All numbers in use are smaller.
    [[nodiscard]] std::uint32_t end() const { return end_; }
    [[nodiscard]] bool used(std::uint32_t id) const {
        return items_.has_room(id) && items_[id].is(PrefixItem::kPresent);
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    // Calls visit(number) for all. Those visited may be erased.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (std::uint32_t id = 0; id < end(); ++id) {
            if (used(id)) visit(id);
        }
    }

private:
    std::shared_ptr<PrefixNumbers> numbers_;
    Blocks<T> items_;
    std::uint32_t end_ = 0;
    std::size_t size_ = 0;
};

}  // namespace torii::rib
