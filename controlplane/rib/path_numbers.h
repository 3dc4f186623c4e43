#pragma once

#include "controlplane/rib/paged.h"
#include "controlplane/rib/path.h"
#include "controlplane/rib/prefix_numbers.h"
#include "controlplane/rib/slab.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace torii::rib {

// Which path of a prefix: who announced it, and under which identifier.
struct PathKey {
    PeerId peer;
    PathId id = 0;
    friend auto operator<=>(const PathKey&, const PathKey&) = default;
};

// Numbers for the paths that are sent with identifiers (RFC 7911), and the identifiers. Both are
// the same for all who send the path: a peer may move from one update group to another. A number
// means the same path of the same prefix, and keeps the prefix's number in use, as long as it is
// held.
class PathNumbers {
public:
    using Number = std::uint32_t;

    explicit PathNumbers(std::shared_ptr<PrefixNumbers> prefixes)
        : prefixes_(std::move(prefixes)) {}
    PathNumbers(const PathNumbers&) = delete;
    PathNumbers& operator=(const PathNumbers&) = delete;
    ~PathNumbers() { assert(items_.size() == 0); }

    // The number of a path of the prefix with the number `entry`; to be held at once, when it is
    // new. `hint`: that of a path of the same prefix with a smaller key, from where to look.
    [[nodiscard]] Number add(std::uint32_t entry, const PathKey& key,
                             std::optional<Number> hint = {});
    void hold(Number number) { ++items_[number].holders; }
    void drop(Number number);

    [[nodiscard]] std::uint32_t entry(Number number) const { return items_[number].entry; }
    // The identifier that it is sent with: not 0, and not that of another path of the prefix.
    [[nodiscard]] PathId id(Number number) const { return items_[number].id; }
    [[nodiscard]] PathKey key(Number number) const {
        return {PeerId{items_[number].peer}, items_[number].received};
    }
    // Calls visit(number) for the numbered paths of a prefix, by key.
    template <class Visit>
    void for_each(std::uint32_t entry, const Visit& visit) const {
        for (std::uint32_t next = first_.get(entry); next != 0; next = items_[next - 1].next) {
            visit(next - 1);
        }
    }
    [[nodiscard]] std::size_t size() const { return items_.size(); }

private:
    struct Item {
        std::uint32_t entry = 0;
        PathId received = 0;
        PathId id = 0;
        std::uint32_t next = 0;  // of the same prefix: its number and one; 0: none
        std::uint32_t holders = 0;
        std::uint16_t peer = 0;
    };

    [[nodiscard]] PathId new_id(std::uint32_t entry, const PathKey& key);

    std::shared_ptr<PrefixNumbers> prefixes_;
    Slab<Item> items_;
    Paged<std::uint32_t> first_;  // by prefix: as Item::next
    // Prefixes and identifiers of those that do not follow from the key alone.
    boost::unordered_flat_set<std::uint64_t> chosen_;
};

}  // namespace torii::rib
