#pragma once

#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/table.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>

namespace torii::rib {

// The default route that a group of peers is sent in place of one of the table, be there one or
// not (`default-originate`, as FRR has it): always, or while a policy accepts some route of the
// table. Then the earliest of its statements that has accepted one says what its attributes are.
class DefaultRoute {
public:
    // `rules` have a default_route.
    DefaultRoute(const ExportRules& rules, const Table& table, Stores& stores);
    DefaultRoute(const DefaultRoute&) = delete;
    DefaultRoute& operator=(const DefaultRoute&) = delete;
    ~DefaultRoute();

    // The number of its prefix, which may be in no table.
    [[nodiscard]] EntryId entry() const { return entry_; }
    // It depends on the routes of the table.
    [[nodiscard]] bool conditional() const { return !policy_.empty(); }
    // A prefix may have another best path, or none.
    void look(EntryId id);
    // As it goes out but for what is the session's; 0: it does not.
    [[nodiscard]] AttributesId attributes() const {
        if (!conditional()) return always_.id();
        return outcomes_.empty() ? 0 : outcomes_.begin()->first.attributes;
    }
    // The group's, without what it does not go by: the policy, or that there is none.
    [[nodiscard]] const ExportRules& rules() const { return rules_; }

private:
    // Of a route that the policy accepts.
    struct Accepted {
        std::uint32_t statement = 0;
        AttributesId attributes = 0;
        friend auto operator<=>(const Accepted&, const Accepted&) = default;
    };

    // Its attributes are held; 0: it is not accepted.
    [[nodiscard]] Accepted ask(EntryId id);
    void forget(const Accepted& accepted);

    const Table& table_;
    Stores& stores_;
    policy::Chain policy_;
    ExportRules rules_;
    Prefix prefix_;
    EntryId entry_ = 0;
    bgp::PathAttributes plain_;
    Attributes always_;
    boost::unordered_flat_map<EntryId, Accepted> accepted_;
    std::map<Accepted, std::size_t> outcomes_;  // of how many routes
};

}  // namespace torii::rib
