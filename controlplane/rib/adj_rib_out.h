#pragma once

#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/paged.h"
#include "controlplane/rib/table.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace torii::rib {

// A route as a group sends it. Unset attributes: not at all.
struct OutRoute {
    Attributes attributes;
    PeerId source;      // where the path came from
    Audience audience;  // of routes that we originate
    friend bool operator==(const OutRoute&, const OutRoute&) = default;
};

// Numbers what a group sends: its prefix (EntryId), or where it sends several paths of a prefix,
// the path (PathNumbers).
using OutId = std::uint32_t;

struct OutChange {
    OutId id = 0;
    OutRoute before;
    OutRoute after;
};

// What one member gets of its group's routes: not those that it announced itself, nor those whose
// next hop it is (RFC 4271 section 5.1.3), nor those meant for others.
struct OutMember {
    PeerId peer;
    IpAddress address;

    [[nodiscard]] bool gets(const OutRoute& route) const {
        return route.attributes && route.source != peer && route.attributes.next_hop() != address &&
               includes(route.audience, address);
    }
};

// The Adj-RIB-Out of an update group: peers for which attributes change in the same way. What a
// member was sent follows from it, so a hundred peers need no hundred copies.
class AdjRibOut {
public:
    AdjRibOut(const ExportRules& rules, const Table& table, Stores& stores);
    AdjRibOut(const AdjRibOut&) = delete;
    AdjRibOut& operator=(const AdjRibOut&) = delete;
    ~AdjRibOut();

    // A new group does not know the table yet. Takes in the next part of it, at most `limit`
    // prefixes; what comes of it, as changes.
    [[nodiscard]] std::vector<OutChange> fill(std::size_t limit = Table::kAll);
    [[nodiscard]] bool filled() const { return filled_; }
    // After Table::select(), with every change where several paths are sent: what is different now.
    // Changes of best paths that lead to the same outgoing attributes are not among them, but for a
    // change of source.
    [[nodiscard]] std::vector<OutChange> update(std::span<const Change> changes);
    // The numbers in the outcome of fill() or update() need not mean the same any more.
    void release(std::span<const OutChange> changes);

    [[nodiscard]] const ExportRules& rules() const { return rules_; }
    [[nodiscard]] OutRoute route(OutId id) const;
    [[nodiscard]] Prefix prefix(OutId id) const { return stores_.prefixes->prefix(entry_of(id)); }
    // The identifier that it is sent with; 0 where only the best path is sent.
    [[nodiscard]] PathId path_id(OutId id) const { return several() ? stores_.paths.id(id) : 0; }
    // As it came; unset where only the best path is sent.
    [[nodiscard]] std::optional<PathKey> path_key(OutId id) const {
        return several() ? std::optional(stores_.paths.key(id)) : std::nullopt;
    }
    // A number means the same as long as it is held, and while there is a route.
    void hold(OutId id) { several() ? stores_.paths.hold(id) : stores_.prefixes->hold(id); }
    void drop(OutId id) { several() ? stores_.paths.drop(id) : stores_.prefixes->drop(id); }
    // Calls visit(number) for all routes, and for those of a prefix.
    template <class Visit>
    void for_each(const Visit& visit) const {
        routes_.for_each([&](OutId id, const Sent&) { visit(id); });
    }
    template <class Visit>
    void for_each(EntryId entry, const Visit& visit) const {
        const auto told = [&](OutId id) {
            if (routes_.get(id).attributes != 0) visit(id);
        };
        several() ? stores_.paths.for_each(entry, told) : told(entry);
    }
    // Routes that are sent to members in general.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    // An OutRoute in eight octets.
    struct Sent {
        AttributesId attributes = 0;
        std::uint16_t source = 0;
        bool audience = false;  // it has one, in audiences_
        friend bool operator==(const Sent&, const Sent&) = default;
    };
    // Outgoing attributes by what they are made of, within a batch.
    struct Memo {
        boost::unordered_flat_map<std::pair<std::uint64_t, policy::PrefixClass>, Attributes> known;
        // Neighbors in the table have often come together.
        std::uint64_t last_key = ~std::uint64_t{0};
        Attributes last;
    };

    [[nodiscard]] bool several() const { return rules_.paths != 0; }
    [[nodiscard]] EntryId entry_of(OutId id) const {
        return several() ? stores_.paths.entry(id) : id;
    }
    OutRoute compute(EntryId entry, AttributesId attributes, PeerId peer, Memo& memo);
    void update_best(EntryId entry, Memo& memo, std::vector<OutChange>& out);
    // Returns how many paths were looked at.
    std::size_t update_paths(EntryId entry, Memo& memo, std::vector<OutChange>& out);
    void change(OutId id, OutRoute after, std::vector<OutChange>& out);
    void set(OutId id, const OutRoute& route);

    ExportRules rules_;
    const Table& table_;
    Stores& stores_;
    Paged<Sent> routes_;
    boost::unordered_flat_map<OutId, Audience> audiences_;
    std::size_t size_ = 0;
    EntryId next_ = 0;  // to be taken in
    bool filled_ = false;
    ByteWriter packing_;
    // Of the prefix in work, where several paths are sent.
    BestPaths best_;
    std::vector<OutId> told_;
};

}  // namespace torii::rib
