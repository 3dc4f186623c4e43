#pragma once

#include "controlplane/rib/default_route.h"
#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/out_attributes.h"
#include "controlplane/rib/paged.h"
#include "controlplane/rib/table.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace torii::rib {

// A route as a group sends it, but for its attributes: what says who of the group gets it.
struct OutRoute {
    bool sent = false;  // else not at all
    PeerId source;      // where the path came from
    IpAddress next_hop;
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
    // Of `after`, as AdjRibOut::batch() has them; 0: none, or those that it had before.
    OutAttributes::Number attributes = 0;
    std::size_t begin = 0;  // of its numbers
    std::size_t end = 0;
};

class OutChanges {
public:
    // Of this kind of change is what add() adds.
    void begin(OutRun run) {
        const bool goes_on = !runs_.empty() && runs_.back().before == run.before &&
                             runs_.back().after == run.after &&
                             runs_.back().attributes == run.attributes;
        if (goes_on) return;
        run.begin = run.end = ids_.size();
        runs_.push_back(std::move(run));
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
        return route.sent && route.source != peer && route.next_hop != address &&
               includes(route.audience, address);
    }
};

// The Adj-RIB-Out of an update group: peers for which attributes change in the same way. What a
// member was sent follows from it, so a hundred peers need no hundred copies. Kept are the
// attributes as the path came with them; those that go out follow from them and the rules, are made
// when they are encoded, and gone with the messages.
class AdjRibOut {
public:
    // Outgoing attributes that are made together: neighbors in the table, and others near them,
    // have often the same.
    class Memo {
    public:
        // What attributes() has given.
        [[nodiscard]] bgp::PackedAttributes operator[](OutAttributes::Number number) const {
            return made_[number];
        }

    private:
        friend AdjRibOut;
        // What they are made of, where the prefix does not count.
        using Key = std::uint64_t;
        static constexpr Key kNoKey = ~Key{0};
        static constexpr unsigned kBits = 8;
        struct Known {
            Key key = kNoKey;
            OutAttributes::Number attributes = 0;
        };

        // Who comes to the place of another takes it.
        Known& place(Key key) {
            constexpr Key kGoldenRatio = 0x9e3779b97f4a7c15U;
            return known_[key * kGoldenRatio >> (64U - kBits)];
        }
        void clear() {
            known_ = {};
            by_class_.clear();
            made_.clear();
        }

        std::array<Known, std::size_t{1} << kBits> known_;
        boost::unordered_flat_map<std::pair<Key, policy::PrefixClass>, OutAttributes::Number>
            by_class_;
        OutAttributes made_;
        ByteWriter octets_;
    };

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
    // Of the outcome of fill() or update(), until the next.
    [[nodiscard]] const Memo& batch() const { return batch_.memo; }
    // The numbers in that outcome need not mean the same any more.
    void release(const OutChanges& changes);

    [[nodiscard]] const ExportRules& rules() const { return rules_; }
    // A default route is sent that is in no table.
    [[nodiscard]] bool originates_default() const {
        return default_ && default_->attributes() != 0;
    }
    [[nodiscard]] OutRoute route(OutId id) const;
    [[nodiscard]] OutRoute route(OutId id, Memo& memo) const;
    // As they go out; 0 where nothing does.
    [[nodiscard]] OutAttributes::Number attributes(OutId id, Memo& memo) const;
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
            if (routes_.get(id).received != 0) visit(id);
        };
        several() ? stores_.paths.for_each(entry, told) : told(entry);
    }
    // Routes that are sent to members in general.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    // A route that is sent, in eight octets.
    struct Sent {
        AttributesId received = 0;  // what the outgoing ones are made of; 0: nothing is sent
        std::uint16_t source = 0;
        bool external : 1 = false;    // the source was, then
        bool audience : 1 = false;    // it has one, in audiences_
        bool suppressed : 1 = false;  // by an aggregate, and sent all the same
        bool originated : 1 = false;  // the default route that is in no table
        friend bool operator==(const Sent&, const Sent&) = default;
    };
    struct Outcome {
        Sent sent;
        Audience audience{};
    };

    [[nodiscard]] bool several() const { return rules_.paths != 0; }
    [[nodiscard]] EntryId entry_of(OutId id) const {
        return several() ? stores_.paths.entry(id) : id;
    }
    // What becomes of a path.
    [[nodiscard]] Outcome compute(EntryId entry, AttributesId received, PeerId peer);
    [[nodiscard]] Outcome default_outcome() const;
    [[nodiscard]] bool is_default(EntryId entry) const {
        return default_ && entry == default_->entry() && default_->attributes() != 0;
    }
    void look_for_default(EntryId entry) {
        if (default_) default_->look(entry);
    }
    void update_default(OutChanges& out);
    [[nodiscard]] const ExportRules& rules_for(const Sent& sent) const {
        if (sent.originated) return default_->rules();
        return sent.suppressed ? *suppressed_rules_ : rules_;
    }
    // Outgoing attributes; 0: it stays here.
    [[nodiscard]] OutAttributes::Number made(EntryId entry, const Sent& sent, Memo& memo) const;
    [[nodiscard]] std::optional<bgp::PackedAttributes> make(EntryId entry, const Sent& sent,
                                                            ByteWriter& octets) const;
    void update_best(EntryId entry, OutChanges& out);
    // Returns how many paths were looked at.
    std::size_t update_paths(EntryId entry, OutChanges& out);
    void change(OutId id, const Outcome& after, OutChanges& out);
    [[nodiscard]] OutRun run_of(OutId id, const Sent& before, const Outcome& after);
    void set(OutId id, const Sent& before, const Outcome& after);
    [[nodiscard]] Audience audience(OutId id, const Sent& sent) const {
        return sent.audience ? audiences_.at(id) : Audience{};
    }
    [[nodiscard]] OutRoute route(OutId id, const Sent& sent, Audience audience, Memo& memo) const;
    [[nodiscard]] const IpAddress& received_next_hop(const Sent& sent) const;
    void end_batch();

    ExportRules rules_;
    std::optional<ExportRules> suppressed_rules_;
    std::unique_ptr<DefaultRoute> default_;
    const bool by_prefix_;    // policy asks for the prefix
    const bool by_neighbor_;  // and for the neighbor that the path came from
    const Table& table_;
    Stores& stores_;
    Paged<Sent> routes_;
    boost::unordered_flat_map<OutId, Audience> audiences_;
    std::size_t size_ = 0;
    EntryId next_ = 0;  // to be taken in
    bool filled_ = false;
    // Of the batch in work.
    struct Batch {
        Memo memo;
        // Of the path that was looked at last.
        Sent asked;
        bool goes = false;
        // Of the last change, and whether anybody is told of such a one.
        Sent before;
        Sent after;
        bool told = false;
        std::vector<AttributesId> replaced;  // held until its end
    };
    Batch batch_;
    // Of the prefix in work, where several paths are sent.
    BestPaths best_;
    std::vector<OutId> told_;
};

}  // namespace torii::rib
