#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/policy/as_path_set.h"
#include "controlplane/policy/community_set.h"
#include "controlplane/policy/definition.h"
#include "controlplane/policy/prefix_set.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torii::policy {

// What a policy may ask of a route beside its prefix and attributes.
struct RouteFacts {
    RouteSource source = RouteSource::external;
    IpAddress neighbor;             // who sent it; unspecified when it is ours
    std::optional<IpAddress> self;  // our address towards the session's peer
    std::optional<IpAddress>
        peer;  // what `next-hop peer` is; on export: our address, as FRR has it
    std::uint32_t tag = 0;
};

struct Outcome {
    bool accepted = true;
    std::optional<bgp::PathAttributes> attributes{};  // if they are others than before
    std::optional<std::uint32_t> weight{};
    bool next_hop_decided = false;  // a statement said what the next hop is
    std::uint32_t decided_by = 0;   // which statement of the chain, or which policy's default
};

// The sets and values that a statement names, looked up.
struct StatementParts {
    std::shared_ptr<const PrefixSet> prefixes;
    std::shared_ptr<const PrefixSet> next_hops;
    std::shared_ptr<const AsPathSet> as_paths;
    std::array<std::shared_ptr<const CommunitySet>, kCommunityKindCount> communities;
    std::array<std::shared_ptr<const CommunitySet>, kCommunityKindCount> removed;
    std::vector<std::uint32_t> added;
    std::vector<std::uint64_t> added_extended;
    std::vector<bgp::LargeCommunity> added_large;

    friend bool operator==(const StatementParts& left, const StatementParts& right);
};

// A route on its way through a chain; attributes are copied when the first of them changes.
class Draft {
public:
    explicit Draft(const bgp::PathAttributes& attributes)
        : asked_(attributes), original_(attributes) {}
    // Conditions are of `asked`, whatever is changed of the other one.
    Draft(const bgp::PathAttributes& asked, const bgp::PathAttributes& attributes)
        : asked_(asked), original_(attributes), apart_(true) {}

    // What conditions are about.
    [[nodiscard]] const bgp::PathAttributes& asked() const {
        return apart_ ? asked_ : attributes();
    }
    [[nodiscard]] const bgp::PathAttributes& attributes() const {
        return changed_ ? *changed_ : original_;
    }
    [[nodiscard]] bgp::PathAttributes& change() {
        if (!changed_) changed_ = original_;
        return *changed_;
    }
    void set_weight(std::uint32_t weight) { weight_ = weight; }
    void decide_next_hop() { next_hop_decided_ = true; }
    [[nodiscard]] Outcome finish(bool accepted) &&;

private:
    const bgp::PathAttributes& asked_;
    const bgp::PathAttributes& original_;
    bool apart_ = false;
    std::optional<bgp::PathAttributes> changed_;
    std::optional<std::uint32_t> weight_;
    bool next_hop_decided_ = false;
};

class Policy {
public:
    Policy(PolicyDefinition definition, std::vector<StatementParts> parts);

    // `next`: the policy does not decide. `passed` is set when a statement with `next` matched,
    // and `by` is moved to the statement that decided, or behind all.
    [[nodiscard]] Action apply(const Prefix& prefix, const RouteFacts& facts, Draft& draft,
                               bool& passed, std::uint32_t& by) const;

    [[nodiscard]] const PolicyDefinition& definition() const { return definition_; }
    [[nodiscard]] const std::vector<StatementParts>& parts() const { return parts_; }
    // How often each statement has matched.
    [[nodiscard]] const std::vector<std::uint64_t>& matched() const { return matched_; }
    // Whether its outcome is another for another sender of equal attributes.
    [[nodiscard]] bool asks_neighbor() const { return asks_neighbor_; }
    // Whether a statement may say what the next hop is.
    [[nodiscard]] bool sets_next_hop() const { return sets_next_hop_; }

    // Whether both do the same to every route.
    friend bool operator==(const Policy& left, const Policy& right) {
        return left.definition_ == right.definition_ && left.parts_ == right.parts_;
    }

private:
    PolicyDefinition definition_;
    std::vector<StatementParts> parts_;  // of each statement
    mutable std::vector<std::uint64_t> matched_;
    bool asks_neighbor_ = false;
    bool sets_next_hop_ = false;
};

// Which of the prefix sets that a chain asks for hold a prefix, a bit for each. All that a chain
// wants to know of a prefix: those of one class and equal attributes have one outcome.
using PrefixClass = std::string;

// Policies that are tried one after the other until one decides. Equal chains consist of the same
// compiled policies, so comparing them is cheap (see Library::keep()).
class Chain {
public:
    Chain() = default;
    explicit Chain(std::vector<std::shared_ptr<const Policy>> policies);

    // Accepts everything as it is.
    [[nodiscard]] bool empty() const { return policies_.empty(); }
    [[nodiscard]] Outcome apply(const Prefix& prefix, const bgp::PathAttributes& attributes,
                                const RouteFacts& facts) const;
    // What it makes of `target` where it accepts a route: as FRR's default-originate, whose route
    // map asks about the routes that there are and sets what is sent in their place.
    [[nodiscard]] Outcome apply_to(const bgp::PathAttributes& target, const Prefix& prefix,
                                   const bgp::PathAttributes& attributes,
                                   const RouteFacts& facts) const;
    [[nodiscard]] PrefixClass class_of(const Prefix& prefix) const;
    // Whether class_of() tells prefixes apart.
    [[nodiscard]] bool asks_prefix() const { return !sets_.empty(); }
    [[nodiscard]] bool asks_neighbor() const;
    [[nodiscard]] bool sets_next_hop() const;
    [[nodiscard]] const std::vector<std::shared_ptr<const Policy>>& policies() const {
        return policies_;
    }

    friend bool operator==(const Chain& left, const Chain& right) {
        return left.policies_ == right.policies_;
    }

private:
    [[nodiscard]] Outcome run(const Prefix& prefix, const RouteFacts& facts, Draft draft) const;

    std::vector<std::shared_ptr<const Policy>> policies_;
    std::vector<const PrefixSet*> sets_;  // of theirs, each once
};

}  // namespace torii::policy
