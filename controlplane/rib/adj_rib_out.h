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

// A prefix as a group sends it. Unset attributes: not at all.
struct OutRoute {
    Attributes attributes;
    PeerId source;      // where the best path came from
    Audience audience;  // of routes that we originate
    friend bool operator==(const OutRoute&, const OutRoute&) = default;
};

struct OutChange {
    EntryId id = 0;
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
    AdjRibOut(const ExportRules& rules, const Table& table, AttributeStore& store);
    AdjRibOut(const AdjRibOut&) = delete;
    AdjRibOut& operator=(const AdjRibOut&) = delete;
    ~AdjRibOut();

    // A new group does not know the table yet. Takes in the next part of it, at most `limit`
    // prefixes; what comes of it, as changes.
    [[nodiscard]] std::vector<OutChange> fill(std::size_t limit = Table::kAll);
    [[nodiscard]] bool filled() const { return filled_; }
    // All prefixes with smaller numbers are taken in.
    [[nodiscard]] EntryId filled_to() const { return filled_ ? table_.end() : next_; }
    // After Table::select(): what is different now. Changes of best paths that lead to the same
    // outgoing attributes are not among them, but for a change of source.
    [[nodiscard]] std::vector<OutChange> update(std::span<const Change> changes);

    [[nodiscard]] const ExportRules& rules() const { return rules_; }
    [[nodiscard]] OutRoute route(EntryId id) const;
    // Prefixes that are sent to members in general.
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

    // `out` is unset, and stays so where nothing is sent.
    void compute(EntryId id, Memo& memo, OutRoute& out);
    void update(EntryId id, Memo& memo, std::vector<OutChange>& out);
    [[nodiscard]] static Sent sent(const OutRoute& route);
    void set(EntryId id, const Sent& before, const Sent& after, const Audience& audience);

    ExportRules rules_;
    const Table& table_;
    AttributeStore& store_;
    Paged<Sent> routes_;
    boost::unordered_flat_map<EntryId, Audience> audiences_;
    std::size_t size_ = 0;
    EntryId next_ = 0;  // to be taken in
    bool filled_ = false;
};

}  // namespace torii::rib
