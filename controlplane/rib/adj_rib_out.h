#pragma once

#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/paged.h"
#include "controlplane/rib/table.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
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

// The same change of several routes: neighbors in the table have often come together.
struct OutRun {
    OutRoute before;
    OutRoute after;
    std::size_t begin = 0;  // of its numbers
    std::size_t end = 0;
};

class OutChanges {
public:
    // Begins a run, which add() continues.
    void begin(OutRoute before, OutRoute after) {
        runs_.push_back({std::move(before), std::move(after), ids_.size(), ids_.size()});
    }
    void add(OutId id) {
        ids_.push_back(id);
        ++runs_.back().end;
    }
    void reserve(std::size_t size) { ids_.reserve(size); }

    [[nodiscard]] bool empty() const { return ids_.empty(); }
    // Of routes.
    [[nodiscard]] std::size_t size() const { return ids_.size(); }
    [[nodiscard]] std::span<const OutRun> runs() const { return runs_; }
    [[nodiscard]] std::span<const OutId> ids(const OutRun& run) const {
        return std::span(ids_).subspan(run.begin, run.end - run.begin);
    }

private:
    std::vector<OutId> ids_;
    std::vector<OutRun> runs_;
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
    [[nodiscard]] OutChanges fill(std::size_t limit = Table::kAll);
    [[nodiscard]] bool filled() const { return filled_; }
    // After Table::select(), with every change where several paths are sent: what is different now.
    // Changes of best paths that lead to the same outgoing attributes are not among them, but for a
    // change of source.
    [[nodiscard]] OutChanges update(std::span<const Change> changes);
    // The numbers in the outcome of fill() or update() need not mean the same any more.
    void release(const OutChanges& changes);

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
    struct Outcome {
        Sent sent;
        Audience audience{};
    };
    // What outgoing attributes are made of, where the prefix does not count.
    using Key = std::uint64_t;
    static constexpr Key kNoKey = ~Key{0};
    // What prepare() makes.
    struct Prepared {
        Key key = kNoKey;
        std::optional<bgp::PackedAttributes> attributes;
    };
    // Outgoing attributes by what they are made of, within a batch.
    struct Memo {
        struct Known {
            Key key = kNoKey;
            Attributes attributes;
        };
        static constexpr unsigned kBits = 8;

        // Who comes to the place of another takes it.
        Known& place(Key key) {
            constexpr Key kGoldenRatio = 0x9e3779b97f4a7c15U;
            return known[key * kGoldenRatio >> (64U - kBits)];
        }

        std::array<Known, std::size_t{1} << kBits> known;
        boost::unordered_flat_map<std::pair<Key, policy::PrefixClass>, Attributes> by_class;
        // Neighbors in the table have often come together.
        AttributesId last_received = 0;
        PeerId last_peer;
        AttributesId last = 0;
    };

    [[nodiscard]] bool several() const { return rules_.paths != 0; }
    [[nodiscard]] EntryId entry_of(OutId id) const {
        return several() ? stores_.paths.entry(id) : id;
    }
    // Of a batch, ahead of compute(), what best paths become: all are made first, then looked for
    // together, since each is in the cache of nobody.
    void prepare(std::span<const Change> changes, Memo& memo);
    [[nodiscard]] Key key_of(AttributesId received, PeerId peer) const;
    // Attributes that are new are held by the memo.
    Outcome compute(EntryId entry, AttributesId attributes, PeerId peer, Memo& memo);
    AttributesId exported(EntryId entry, AttributesId received, PeerId peer, Memo& memo);
    // To `out`.
    [[nodiscard]] std::optional<bgp::PackedAttributes> to_export(EntryId entry,
                                                                 AttributesId received, PeerId peer,
                                                                 ByteWriter& out) const;
    void update_best(EntryId entry, Memo& memo, OutChanges& out);
    // Returns how many paths were looked at.
    std::size_t update_paths(EntryId entry, Memo& memo, OutChanges& out);
    void change(OutId id, const Outcome& after, OutChanges& out);
    [[nodiscard]] static bool continues(const OutChanges& out, const Sent& before,
                                        const Sent& after);
    void set(OutId id, const Sent& before, const Outcome& after);
    [[nodiscard]] OutRoute route(OutId id, const Sent& sent) const;

    ExportRules rules_;
    const bool by_prefix_;    // policy asks for the prefix
    const bool by_neighbor_;  // and for the neighbor that the path came from
    const Table& table_;
    Stores& stores_;
    Paged<Sent> routes_;
    boost::unordered_flat_map<OutId, Audience> audiences_;
    std::size_t size_ = 0;
    EntryId next_ = 0;  // to be taken in
    bool filled_ = false;
    ByteWriter packing_;
    std::vector<Prepared> prepared_;
    std::vector<ByteWriter> octets_;  // of `prepared_`
    // Of the prefix in work, where several paths are sent.
    BestPaths best_;
    std::vector<OutId> told_;
};

}  // namespace torii::rib
