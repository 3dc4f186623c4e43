#pragma once

#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/table.h"

#include <cstddef>
#include <span>
#include <unordered_map>
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
    Prefix prefix;
    OutRoute before;
    OutRoute after;
};

// What one member gets of its group's routes: not those that it announced itself, nor those whose
// next hop it is (RFC 4271 section 5.1.3), nor those meant for others.
struct OutMember {
    PeerId peer;
    IpAddress address;

    [[nodiscard]] bool gets(const OutRoute& route) const {
        return route.attributes && route.source != peer && route.attributes->next_hop != address &&
               includes(route.audience, address);
    }
};

// The Adj-RIB-Out of an update group: peers for which attributes change in the same way. What a
// member was sent follows from it, so a hundred peers need no hundred copies.
class AdjRibOut {
public:
    AdjRibOut(const ExportRules& rules, const Table& table, AttributeStore& store);

    // After Table::select(): what is different now. Changes of best paths that lead to the same
    // outgoing attributes are not among them, but for a change of source.
    [[nodiscard]] std::vector<OutChange> update(std::span<const Change> changes);

    [[nodiscard]] const ExportRules& rules() const { return rules_; }
    [[nodiscard]] const OutRoute& route(EntryId id) const;
    // Prefixes that are sent to members in general.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct SourceKey {
        Attributes attributes;
        bool local = false;
        bool external = false;
        friend bool operator==(const SourceKey&, const SourceKey&) = default;
    };
    struct SourceKeyHash {
        std::size_t operator()(const SourceKey& key) const { return key.attributes.hash(); }
    };
    using Memo = std::unordered_map<SourceKey, Attributes, SourceKeyHash>;

    OutRoute compute(const Entry& entry, Memo& memo) const;

    ExportRules rules_;
    const Table& table_;
    AttributeStore& store_;
    std::vector<OutRoute> routes_;  // by EntryId
    std::size_t size_ = 0;
};

}  // namespace torii::rib
