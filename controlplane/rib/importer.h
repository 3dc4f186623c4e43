#pragma once

#include "controlplane/rib/import_rules.h"
#include "controlplane/rib/path.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace torii::rib {

// What the rules of a peer's session make of the paths of one family. Results are kept by the
// attributes received and what the policy knows of the prefix: a node that sends a thousand
// prefixes in a thousand messages is decided about once.
class Importer {
public:
    Importer(ImportRules rules, AttributeStore& store);

    // `path` as it was received: sets `rejected`, `attributes`, `received`, `weight` and `share`.
    void run(const Prefix& prefix, Path& path);
    // The same for the prefixes of an announcement from the first one on. Returns how many the
    // decision holds for: at least that one.
    [[nodiscard]] std::size_t run(std::span<const Prefix> prefixes, Path& path);
    [[nodiscard]] const ImportRules& rules() const { return rules_; }

private:
    struct Result {
        Attributes received;
        Attributes attributes;
        std::uint32_t weight = 0;
        std::uint32_t share = 0;
        bool rejected = false;
    };

    using Key = std::pair<AttributesId, policy::PrefixClass>;

    void run(const Prefix& prefix, policy::PrefixClass prefix_class, Path& path);
    [[nodiscard]] Result decide(const Prefix& prefix, const Attributes& received) const;
    // Results differ from what was received, and are worth keeping.
    [[nodiscard]] bool changes_attributes() const {
        return !rules_.policy.empty() || rules_.role.has_value();
    }
    // By a policy, or as a route that is about to go.
    void decide_on_values(const Prefix& prefix, Result& result) const;

    ImportRules rules_;
    AttributeStore& store_;
    boost::unordered_flat_map<Key, Result> known_;
};

}  // namespace torii::rib
