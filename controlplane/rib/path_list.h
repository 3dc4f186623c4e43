#pragma once

#include "controlplane/rib/path.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace torii::rib {

// A path as a table keeps it.
struct PathSlot {
    static constexpr std::uint16_t kRejected = 1;
    static constexpr std::uint16_t kStale = 2;
    static constexpr std::uint16_t kBest = 4;
    static constexpr std::uint16_t kMultipath = 8;
    // Flips when a peer's paths are all to be marked or removed: tells old ones from new ones.
    static constexpr std::uint16_t kEpoch = 16;
    // RFC 7313: has not come again in the refresh under way.
    static constexpr std::uint16_t kAwaited = 32;
    // Stale, and the peer fell silent.
    static constexpr std::uint16_t kSuspect = 64;

    AttributesId attributes = 0;
    std::uint32_t since = 0;  // sixteenths of a second
    PathId id = 0;
    std::uint16_t peer = 0;
    std::uint16_t flags = 0;

    [[nodiscard]] bool is(std::uint16_t flag) const { return (flags & flag) != 0; }
    void set(std::uint16_t flag, bool on) {
        flags = static_cast<std::uint16_t>(on ? flags | flag : flags & ~flag);
    }
    [[nodiscard]] std::uint64_t key() const { return std::uint64_t{peer} << 32U | id; }
};

// The paths of one prefix, by peer. One of them is kept in place: prefixes with a single path are
// the many. More are in an array of their own.
class PathList {
public:
    PathList() = default;
    PathList(const PathList&) = delete;
    PathList& operator=(const PathList&) = delete;
    PathList(PathList&& other) noexcept { swap(other); }
    PathList& operator=(PathList&& other) noexcept {
        swap(other);
        return *this;
    }
    ~PathList() {
        if (capacity_ != 0) delete[] many();
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    // More than a peer with additional paths (RFC 7911) could make sense of: no further one fits.
    [[nodiscard]] bool full() const { return size_ == kMost; }
    [[nodiscard]] std::span<PathSlot> slots() {
        return {capacity_ == 0 ? &place_ : many(), std::size_t{size_}};
    }
    [[nodiscard]] std::span<const PathSlot> slots() const {
        return {capacity_ == 0 ? &place_ : many(), std::size_t{size_}};
    }
    // Where the path with this key is, or would be.
    [[nodiscard]] std::size_t position(std::uint64_t key) const {
        if (size_ == 0) return 0;
        const auto all = slots();
        return static_cast<std::size_t>(std::ranges::lower_bound(all, key, {}, &PathSlot::key) -
                                        all.begin());
    }
    void insert(std::size_t position, const PathSlot& slot) {
        if (size_ == 0 && capacity_ == 0) {
            place_ = slot;
            size_ = 1;
            return;
        }
        const std::size_t room = capacity_ == 0 ? 1 : capacity_;
        if (size_ == room) {
            reserve(std::min(kMost, room < kStep ? 2 * room : room + std::max(kStep, room / 8)));
        }
        ++size_;
        const auto all = slots();
        std::copy_backward(all.begin() + static_cast<std::ptrdiff_t>(position), all.end() - 1,
                           all.end());
        all[position] = slot;
    }
    void erase(std::size_t position) {
        const auto all = slots();
        std::copy(all.begin() + static_cast<std::ptrdiff_t>(position) + 1, all.end(),
                  all.begin() + static_cast<std::ptrdiff_t>(position));
        --size_;
        if (capacity_ == 0) return;
        if (size_ <= 1) {
            reserve(1);
        } else if (size_ < capacity_ / 3) {
            reserve(capacity_ / 2);
        }
    }

private:
    static constexpr std::size_t kStep = 8;
    static constexpr std::size_t kMost = 60000;

    [[nodiscard]] PathSlot* many() const {
        PathSlot* pointer = nullptr;
        std::memcpy(&pointer, &place_, sizeof pointer);
        return pointer;
    }
    void reserve(std::size_t room) {
        const auto before = slots();
        PathSlot* const old = capacity_ == 0 ? nullptr : many();
        if (room == 1) {
            const PathSlot last = size_ == 0 ? PathSlot{} : before[0];
            place_ = last;
            capacity_ = 0;
        } else {
            auto* const fresh = new PathSlot[room];
            std::ranges::copy(before, fresh);
            std::memcpy(static_cast<void*>(&place_), &fresh, sizeof fresh);
            capacity_ = static_cast<std::uint16_t>(room);
        }
        delete[] old;
    }
    void swap(PathList& other) noexcept {
        std::swap(place_, other.place_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    PathSlot place_;  // the path; or in its first octets, where the paths are
    std::uint16_t size_ = 0;
    std::uint16_t capacity_ = 0;  // 0: in place
};

}  // namespace torii::rib
