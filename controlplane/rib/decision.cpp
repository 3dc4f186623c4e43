#include "controlplane/rib/decision.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

namespace torii::rib {
namespace {

// RFC 4456 section 9: a reflected path counts as its originator's.
std::uint32_t router_id_of(const Candidate& candidate) {
    return candidate.attributes->originator_id().value_or(candidate.peer->router_id).value();
}

int staleness(const Candidate& candidate) {
    return candidate.suspect ? 2 : candidate.stale ? 1 : 0;
}

constexpr std::uint32_t inverted(std::uint32_t value) {
    return std::numeric_limits<std::uint32_t>::max() - value;
}

// 0, 1, 2 and so on.
void number(std::size_t count, std::vector<std::size_t>& out) {
    out.resize(count);
    std::iota(out.begin(), out.end(), std::size_t{0});
}

// Everything before MED in one key, in the order of the steps: the lowest wins.
std::tuple<bool, std::uint64_t, std::uint64_t> rank_before_med(const Candidate& candidate) {
    const StoredAttributes& attributes = *candidate.attributes;
    return {attributes.long_lived_stale(),
            std::uint64_t{inverted(candidate.weight)} << 32U | inverted(attributes.local_pref()),
            std::uint64_t{candidate.local ? 0U : 1U} << 40U |
                std::uint64_t{attributes.path_length()} << 8U |
                static_cast<std::uint64_t>(attributes.origin())};
}

}  // namespace

// The candidates that are still in the race.
class Selector::Race {
public:
    // All that `alive` names take part.
    Race(std::span<const Candidate> candidates, std::vector<std::size_t>& alive)
        : candidates_(candidates), alive_(alive) {}

    // Only those with the lowest key stay; the last step that sent one away is the reason.
    template <class Key>
    void keep_lowest(Reason reason, const Key& key) {
        if (alive_.size() == 1) return;
        auto lowest = key(candidates_[alive_.front()]);
        for (const std::size_t index : alive_) {
            lowest = std::min(lowest, key(candidates_[index]));
        }
        remove(reason, [&](const Candidate& candidate) { return lowest < key(candidate); });
    }

    // MED compares paths of one neighbouring AS only, unless all are meant to speak of the same: a
    // path goes when another of its AS is better.
    void keep_lowest_med(const DecisionRules& rules) {
        if (rules.always_compare_med) {
            return keep_lowest(Reason::med, [](const Candidate& candidate) {
                return candidate.attributes->med();
            });
        }
        const std::uint32_t first = candidates_[alive_.front()].attributes->med();
        const bool equal = std::ranges::all_of(alive_, [&](std::size_t index) {
            return candidates_[index].attributes->med() == first;
        });
        if (equal) return;
        const std::vector<std::size_t> before = alive_;
        remove(Reason::med, [&](const Candidate& candidate) {
            return std::ranges::any_of(before, [&](std::size_t index) {
                const StoredAttributes& other = *candidates_[index].attributes;
                return other.neighbor_as() == candidate.attributes->neighbor_as() &&
                       other.med() < candidate.attributes->med();
            });
        });
    }

    // The first five steps, whose losers are gone whatever the reason.
    void skip_to_med();
    void compare_up_to_med();
    void compare_from_med(const DecisionRules& rules);
    void break_tie(const DecisionRules& rules);

    [[nodiscard]] std::span<const Candidate> candidates() const { return candidates_; }
    [[nodiscard]] const std::vector<std::size_t>& alive() const { return alive_; }
    [[nodiscard]] Reason reason() const { return reason_; }

private:
    template <class Condition>
    void remove(Reason reason, const Condition& loses) {
        const auto gone =
            std::erase_if(alive_, [&](std::size_t index) { return loses(candidates_[index]); });
        if (gone != 0) reason_ = reason;
    }

    std::span<const Candidate> candidates_;
    std::vector<std::size_t>& alive_;
    Reason reason_ = Reason::first_path;
};

void Selector::Race::skip_to_med() {
    keep_lowest(Reason::none, rank_before_med);
}

// Everything that must be equal for paths to be used together.
void Selector::Race::compare_up_to_med() {
    keep_lowest(Reason::staleness, [](const Candidate& candidate) {
        return candidate.attributes->long_lived_stale() ? 1 : 0;
    });
    keep_lowest(Reason::weight,
                [](const Candidate& candidate) { return inverted(candidate.weight); });
    keep_lowest(Reason::local_preference, [](const Candidate& candidate) {
        return inverted(candidate.attributes->local_pref());
    });
    keep_lowest(Reason::local_route,
                [](const Candidate& candidate) { return candidate.local ? 0 : 1; });
    keep_lowest(Reason::as_path,
                [](const Candidate& candidate) { return candidate.attributes->path_length(); });
    keep_lowest(Reason::origin,
                [](const Candidate& candidate) { return candidate.attributes->origin(); });
}

void Selector::Race::compare_from_med(const DecisionRules& rules) {
    keep_lowest_med(rules);
    keep_lowest(Reason::peer_type,
                [](const Candidate& candidate) { return candidate.peer->external ? 0 : 1; });
}

void Selector::Race::break_tie(const DecisionRules& rules) {
    keep_lowest(Reason::staleness, staleness);
    if (!rules.compare_router_id) {
        // As FRR does: a newcomer does not displace an equal external path that is best already.
        keep_lowest(Reason::older, [](const Candidate& candidate) {
            return candidate.peer->external && candidate.best ? 0 : 1;
        });
    }
    keep_lowest(Reason::router_id, router_id_of);
    keep_lowest(Reason::neighbor_address,
                [](const Candidate& candidate) { return candidate.peer->address; });
}

std::string_view to_string(Reason reason) {
    static constexpr std::array<std::string_view, 13> kNames{"Nothing to Select",
                                                             "First path received",
                                                             "Weight",
                                                             "Local Pref",
                                                             "Local Route",
                                                             "AS Path",
                                                             "Origin",
                                                             "MED",
                                                             "Peer Type",
                                                             "Path Staleness",
                                                             "Older Path",
                                                             "Router ID",
                                                             "Neighbor IP"};
    return kNames[static_cast<std::size_t>(reason)];
}

const Selection& Selector::select(std::span<const Candidate> candidates,
                                  const DecisionRules& rules) {
    number(candidates.size(), alive_);
    Race race(candidates, alive_);
    race.skip_to_med();
    finish(race, rules);
    return selection_;
}

const Selection& Selector::explain(std::span<const Candidate> candidates,
                                   const DecisionRules& rules) {
    number(candidates.size(), alive_);
    Race race(candidates, alive_);
    race.compare_up_to_med();
    finish(race, rules);
    selection_.reason = race.reason();
    return selection_;
}

std::span<const std::size_t> Selector::rank(std::span<const Candidate> candidates,
                                            const DecisionRules& rules, std::size_t count) {
    number(candidates.size(), rest_);
    if (candidates.size() <= count) return rest_;
    ranking_.clear();
    while (ranking_.size() < count) {
        alive_ = rest_;
        Race race(candidates, alive_);
        race.skip_to_med();
        race.compare_from_med(rules);
        race.break_tie(rules);
        ranking_.push_back(alive_.front());
        std::erase(rest_, alive_.front());
    }
    return ranking_;
}

void Selector::finish(Race& race, const DecisionRules& rules) {
    assert(!race.candidates().empty());
    race.compare_from_med(rules);
    equals_ = race.alive();
    race.break_tie(rules);
    selection_.best = race.alive().front();
    choose_multipath(race.candidates(), rules);
}

void Selector::choose_multipath(std::span<const Candidate> candidates, const DecisionRules& rules) {
    const Candidate& winner = candidates[selection_.best];
    const std::size_t limit = winner.local            ? 1
                              : winner.peer->external ? rules.maximum_paths_ebgp
                                                      : rules.maximum_paths_ibgp;
    selection_.multipath = {selection_.best};
    if (limit <= 1 || equals_.size() == 1) return;
    const auto rank = [&](std::size_t index) {
        const Candidate& candidate = candidates[index];
        return std::tuple(staleness(candidate), router_id_of(candidate), candidate.peer->address);
    };
    // Which ones are left out, where not all can be in, must not depend on their order here.
    if (equals_.size() > limit) std::ranges::sort(equals_, {}, rank);
    ++call_;
    const auto is_new = [&](const Candidate& candidate) {
        const NextHopId next_hop = candidate.attributes->next_hop_id();
        if (next_hop >= seen_.size()) seen_.resize(std::size_t{next_hop} + 1);
        return std::exchange(seen_[next_hop], call_) != call_;
    };
    static_cast<void>(is_new(winner));
    for (const std::size_t index : equals_) {
        if (selection_.multipath.size() == limit) break;
        const Candidate& candidate = candidates[index];
        const bool same_path =
            rules.multipath_relax || candidate.attributes->same_path(*winner.attributes);
        // A node that hangs would get its part of the traffic until its restart time is over.
        if (candidate.suspect && !winner.suspect) continue;
        if (same_path && is_new(candidate)) selection_.multipath.push_back(index);
    }
}

}  // namespace torii::rib
