#include "controlplane/policy/policy.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace torii::policy {
namespace {

// RFC 4271 section 5.1.5: what FRR takes a path without LOCAL_PREF for, too.
constexpr std::uint32_t kDefaultLocalPreference = 100;

template <class T>
bool same(const std::shared_ptr<const T>& left, const std::shared_ptr<const T>& right) {
    return left == right || (left && right && *left == *right);
}

template <class T>
bool contains(const std::vector<T>& values, const T& value) {
    return std::ranges::find(values, value) != values.end();
}

bool matches_sets(const StatementParts& parts, const Match& match, const Prefix& prefix,
                  const bgp::PathAttributes& attributes) {
    if (parts.prefixes && !parts.prefixes->matches(prefix)) return false;
    if (parts.next_hops && !parts.next_hops->matches(Prefix::host(attributes.next_hop))) {
        return false;
    }
    if (parts.as_paths && !parts.as_paths->matches(attributes.as_path)) return false;
    return std::ranges::all_of(parts.communities, [&](const auto& set) {
        return !set || set->matches(attributes, match.exact_communities);
    });
}

bool matches(const Match& match, const StatementParts& parts, const Prefix& prefix,
             const RouteFacts& facts, const bgp::PathAttributes& attributes) {
    if (!match.neighbors.empty() && !contains(match.neighbors, facts.neighbor)) return false;
    if (!match.sources.empty() && !contains(match.sources, facts.source)) return false;
    if (match.origin && *match.origin != attributes.origin) return false;
    if (match.med && *match.med != attributes.med.value_or(0)) return false;
    if (match.tag && *match.tag != facts.tag) return false;
    if (match.local_preference &&
        *match.local_preference != attributes.local_pref.value_or(kDefaultLocalPreference)) {
        return false;
    }
    return matches_sets(parts, match, prefix, attributes);
}

std::uint32_t changed_med(const MedChange& change, std::uint32_t med) {
    switch (change.kind) {
        case MedChange::Kind::set: return change.value;
        case MedChange::Kind::add: {
            const std::uint64_t sum = std::uint64_t{med} + change.value;
            return static_cast<std::uint32_t>(
                std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
        }
        case MedChange::Kind::subtract: break;
    }
    return med - std::min(med, change.value);
}

// A policy serves both families: an address of the other one is no next hop of this route, unless
// it has such a next hop already (RFC 8950).
bool can_be_next_hop(const IpAddress& address, const Prefix& prefix, const Draft& draft) {
    return address.family() == prefix.family() ||
           address.family() == draft.attributes().next_hop.family();
}

void change_next_hop(const NextHopChange& change, const Prefix& prefix, const RouteFacts& facts,
                     Draft& draft) {
    std::optional<IpAddress> address;
    switch (change.kind) {
        case NextHopChange::Kind::address: address = change.address; break;
        case NextHopChange::Kind::self: address = facts.self; break;
        case NextHopChange::Kind::peer: address = facts.peer; break;
        case NextHopChange::Kind::unchanged: draft.decide_next_hop(); return;
    }
    if (!address || !can_be_next_hop(*address, prefix, draft)) return;
    draft.change().next_hop = *address;
    draft.change().link_local.reset();
    draft.decide_next_hop();
}

void change_path(const Change& change, Draft& draft) {
    if (!change.prepend.empty()) {
        bgp::AsPath& path = draft.change().as_path;
        for (auto asn = change.prepend.rbegin(); asn != change.prepend.rend(); ++asn) {
            path.prepend(*asn);
        }
    }
    if (change.prepend_last_as == 0) return;
    const auto last = draft.attributes().as_path.first();
    if (last) draft.change().as_path.prepend(*last, change.prepend_last_as);
}

void change_communities(const Change& change, const StatementParts& parts, Draft& draft) {
    const bool any = std::ranges::any_of(change.communities, [](const CommunityChange& one) {
        return one.clear || one.remove || !one.add.empty();
    });
    if (!any) return;
    bgp::PathAttributes& attributes = draft.change();
    for (const auto& set : parts.removed) {
        if (set) set->remove_from(attributes);
    }
    const auto clears = [&](CommunityKind kind) {
        return change.communities[static_cast<std::size_t>(kind)].clear;
    };
    if (clears(CommunityKind::standard)) attributes.communities.clear();
    if (clears(CommunityKind::extended)) attributes.extended_communities.clear();
    if (clears(CommunityKind::large)) attributes.large_communities.clear();
    std::ranges::copy(parts.added, std::back_inserter(attributes.communities));
    std::ranges::copy(parts.added_extended, std::back_inserter(attributes.extended_communities));
    std::ranges::copy(parts.added_large, std::back_inserter(attributes.large_communities));
    attributes.canonicalize();
}

void carry_out(const Change& change, const StatementParts& parts, const Prefix& prefix,
               const RouteFacts& facts, Draft& draft) {
    if (change.local_preference) draft.change().local_pref = *change.local_preference;
    if (change.weight) draft.set_weight(*change.weight);
    if (change.med) {
        const std::uint32_t med = draft.attributes().med.value_or(0);
        draft.change().med = changed_med(*change.med, med);
    }
    if (change.origin) draft.change().origin = *change.origin;
    if (change.next_hop) change_next_hop(*change.next_hop, prefix, facts, draft);
    change_path(change, draft);
    change_communities(change, parts, draft);
}

}  // namespace

bool operator==(const StatementParts& left, const StatementParts& right) {
    const auto all_same = [](const auto& ours, const auto& theirs) {
        return std::ranges::equal(
            ours, theirs, [](const auto& one, const auto& other) { return same(one, other); });
    };
    // The values that are added follow from the definition.
    return same(left.prefixes, right.prefixes) && same(left.next_hops, right.next_hops) &&
           same(left.as_paths, right.as_paths) && all_same(left.communities, right.communities) &&
           all_same(left.removed, right.removed);
}

Outcome Draft::finish(bool accepted) && {
    Outcome outcome{accepted, {}, weight_, next_hop_decided_};
    if (accepted && changed_ && *changed_ != original_) outcome.attributes = std::move(changed_);
    return outcome;
}

Policy::Policy(PolicyDefinition definition, std::vector<StatementParts> parts)
    : definition_(std::move(definition)),
      parts_(std::move(parts)),
      matched_(definition_.statements.size()) {
    for (const Statement& statement : definition_.statements) {
        asks_neighbor_ = asks_neighbor_ || !statement.match.neighbors.empty();
        sets_next_hop_ = sets_next_hop_ || statement.change.next_hop;
    }
}

Action Policy::apply(const Prefix& prefix, const RouteFacts& facts, Draft& draft, bool& passed,
                     std::uint32_t& by) const {
    for (std::size_t index = 0; index < parts_.size(); ++index, ++by) {
        const Statement& statement = definition_.statements[index];
        const StatementParts& parts = parts_[index];
        if (!matches(statement.match, parts, prefix, facts, draft.asked())) continue;
        ++matched_[index];
        if (statement.action == Action::reject) return Action::reject;
        carry_out(statement.change, parts, prefix, facts, draft);
        if (statement.action == Action::accept) return Action::accept;
        passed = true;
    }
    return definition_.otherwise.value_or(Action::next);
}

Chain::Chain(std::vector<std::shared_ptr<const Policy>> policies) : policies_(std::move(policies)) {
    for (const auto& policy : policies_) {
        for (const StatementParts& parts : policy->parts()) {
            const PrefixSet* const set = parts.prefixes.get();
            if (set != nullptr && !contains(sets_, set)) sets_.push_back(set);
        }
    }
}

Outcome Chain::apply(const Prefix& prefix, const bgp::PathAttributes& attributes,
                     const RouteFacts& facts) const {
    return run(prefix, facts, Draft(attributes));
}

Outcome Chain::apply_to(const bgp::PathAttributes& target, const Prefix& prefix,
                        const bgp::PathAttributes& attributes, const RouteFacts& facts) const {
    return run(prefix, facts, Draft(attributes, target));
}

Outcome Chain::run(const Prefix& prefix, const RouteFacts& facts, Draft draft) const {
    bool passed = empty();
    std::uint32_t by = 0;
    for (const auto& policy : policies_) {
        const Action action = policy->apply(prefix, facts, draft, passed, by);
        if (action == Action::next) continue;
        Outcome outcome = std::move(draft).finish(action == Action::accept);
        outcome.decided_by = by;
        return outcome;
    }
    Outcome outcome = std::move(draft).finish(passed);
    outcome.decided_by = by;
    return outcome;
}

PrefixClass Chain::class_of(const Prefix& prefix) const {
    PrefixClass bits((sets_.size() + 7) / 8, '\0');
    for (std::size_t index = 0; index < sets_.size(); ++index) {
        if (!sets_[index]->matches(prefix)) continue;
        bits[index / 8] = static_cast<char>(bits[index / 8] | 1 << index % 8);
    }
    return bits;
}

bool Chain::asks_neighbor() const {
    return std::ranges::any_of(policies_, [](const auto& one) { return one->asks_neighbor(); });
}

bool Chain::sets_next_hop() const {
    return std::ranges::any_of(policies_, [](const auto& one) { return one->sets_next_hop(); });
}

}  // namespace torii::policy
