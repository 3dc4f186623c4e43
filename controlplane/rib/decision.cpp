#include "controlplane/rib/decision.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <limits>
#include <numeric>
#include <tuple>

namespace torii::rib {
namespace {

// RFC 4271 section 9.1.2.2 c): a path without MED has the lowest one.
std::uint32_t med_of(const Candidate& candidate) {
    return candidate.path->attributes->med.value_or(0);
}

// RFC 4271 section 5.1.5: for external paths the value is ours to choose; the usual default.
std::uint32_t local_preference_of(const Candidate& candidate) {
    return candidate.path->attributes->local_pref.value_or(100);
}

// RFC 4456 section 9: a reflected path counts as its originator's.
std::uint32_t router_id_of(const Candidate& candidate) {
    return candidate.path->attributes->originator_id.value_or(candidate.peer->router_id).value();
}

// The candidates that are still in the race.
class Race {
public:
    explicit Race(std::span<const Candidate> candidates)
        : candidates_(candidates), alive_(candidates.size()) {
        std::iota(alive_.begin(), alive_.end(), std::size_t{0});
    }

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

    // MED compares paths of one neighbouring AS only: a path goes when another of its AS is better.
    void keep_lowest_med() {
        const bool equal = std::ranges::all_of(alive_, [this](std::size_t index) {
            return med_of(candidates_[index]) == med_of(candidates_[alive_.front()]);
        });
        if (equal) return;
        const std::vector<std::size_t> before = alive_;
        remove(Reason::med, [&](const Candidate& candidate) {
            return std::ranges::any_of(before, [&](std::size_t index) {
                const Candidate& other = candidates_[index];
                return other.path->attributes->as_path.first() ==
                           candidate.path->attributes->as_path.first() &&
                       med_of(other) < med_of(candidate);
            });
        });
    }

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
    std::vector<std::size_t> alive_;
    Reason reason_ = Reason::first_path;
};

// Everything that must be equal for paths to be used together.
void compare_attributes(Race& race) {
    race.keep_lowest(Reason::weight, [](const Candidate& candidate) {
        return std::numeric_limits<std::uint32_t>::max() - candidate.path->weight;
    });
    race.keep_lowest(Reason::local_preference, [](const Candidate& candidate) {
        return std::numeric_limits<std::uint32_t>::max() - local_preference_of(candidate);
    });
    race.keep_lowest(Reason::local_route,
                     [](const Candidate& candidate) { return candidate.path->local() ? 0 : 1; });
    race.keep_lowest(Reason::as_path, [](const Candidate& candidate) {
        return candidate.path->attributes->as_path.length();
    });
    race.keep_lowest(Reason::origin,
                     [](const Candidate& candidate) { return candidate.path->attributes->origin; });
    race.keep_lowest_med();
    race.keep_lowest(Reason::peer_type,
                     [](const Candidate& candidate) { return candidate.peer->external ? 0 : 1; });
}

void break_tie(Race& race, const DecisionRules& rules) {
    race.keep_lowest(Reason::staleness,
                     [](const Candidate& candidate) { return candidate.path->stale ? 1 : 0; });
    if (!rules.compare_router_id) {
        // As FRR does: a newcomer does not displace an equal external path that is best already.
        race.keep_lowest(Reason::older, [](const Candidate& candidate) {
            return candidate.peer->external && candidate.path->best ? 0 : 1;
        });
    }
    race.keep_lowest(Reason::router_id, router_id_of);
    race.keep_lowest(Reason::neighbor_address,
                     [](const Candidate& candidate) { return candidate.peer->address; });
}

std::vector<std::size_t> multipath_set(std::span<const Candidate> candidates,
                                       std::vector<std::size_t> equals, std::size_t best,
                                       const DecisionRules& rules) {
    const Candidate& winner = candidates[best];
    const std::size_t limit = winner.path->local()    ? 1
                              : winner.peer->external ? rules.maximum_paths_ebgp
                                                      : rules.maximum_paths_ibgp;
    std::vector<std::size_t> chosen{best};
    if (limit <= 1) return chosen;
    const auto rank = [&](std::size_t index) {
        const Candidate& candidate = candidates[index];
        return std::tuple(candidate.path->stale, router_id_of(candidate), candidate.peer->address);
    };
    std::ranges::sort(equals, {}, rank);
    for (const std::size_t index : equals) {
        if (chosen.size() == limit) break;
        const bgp::PathAttributes& attributes = *candidates[index].path->attributes;
        const bool same_path =
            rules.multipath_relax || attributes.as_path == winner.path->attributes->as_path;
        const bool known_next_hop = std::ranges::any_of(chosen, [&](std::size_t other) {
            return candidates[other].path->attributes->next_hop == attributes.next_hop;
        });
        if (same_path && !known_next_hop) chosen.push_back(index);
    }
    return chosen;
}

}  // namespace

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

Selection select(std::span<const Candidate> candidates, const DecisionRules& rules) {
    assert(!candidates.empty());
    if (candidates.size() == 1) return {0, {0}, Reason::first_path};
    Race race(candidates);
    compare_attributes(race);
    const std::vector<std::size_t> equals = race.alive();
    break_tie(race, rules);
    Selection selection;
    selection.best = race.alive().front();
    selection.reason = race.reason();
    selection.multipath = multipath_set(candidates, equals, selection.best, rules);
    return selection;
}

}  // namespace torii::rib
