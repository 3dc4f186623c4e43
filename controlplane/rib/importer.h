#pragma once

#include "controlplane/rib/import_rules.h"
#include "controlplane/rib/path.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>

namespace torii::rib {

// What the rules of a peer's session make of the paths of one family. Results are kept by the
// attributes received, unless the policy looks at prefixes too: a node that sends a thousand
// prefixes in a thousand messages is decided about once.
class Importer {
public:
    Importer(ImportRules rules, AttributeStore& store);

    // `path` as it was received: sets `rejected`, `attributes`, `received`, `weight` and `share`.
    // Who has the attributes unpacked already gives them along.
    void run(const Prefix& prefix, Path& path);
    void run(const Prefix& prefix, const bgp::PathAttributes& received, Path& path);
    [[nodiscard]] const ImportRules& rules() const { return rules_; }
    // One decision for all prefixes of an announcement.
    [[nodiscard]] bool asks_prefix() const { return rules_.policy.asks_prefix(); }

private:
    struct Result {
        Attributes received;
        Attributes attributes;
        std::uint32_t weight = 0;
        std::uint32_t share = 0;
        bool rejected = false;
    };

    // Unpacks the attributes where they are not given and what is known does not do.
    void run(const Prefix& prefix, const bgp::PathAttributes* given, Path& path);
    [[nodiscard]] Result decide(const Prefix& prefix, const Attributes& received,
                                const bgp::PathAttributes& attributes) const;

    ImportRules rules_;
    AttributeStore& store_;
    boost::unordered_flat_map<AttributesId, Result> known_;
};

}  // namespace torii::rib
