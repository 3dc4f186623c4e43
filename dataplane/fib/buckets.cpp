#include "dataplane/fib/buckets.h"

#include "dataplane/fib/ecmp_hash.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace torii::fib {
namespace {

constexpr double kBound = 1.06;
constexpr std::size_t kMaxBuckets = 16384;

// Functions compiled for vector instructions, too; which is used is found out at the start.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TORII_VECTORIZED [[gnu::target_clones("default", "avx2")]]
#else
#define TORII_VECTORIZED
#endif

// What a score's lower bits say: the rank of the candidate, from 1.
constexpr std::uint32_t kRankMask = 0x1ff;
static_assert(kMaxCandidates <= kRankMask);

// One word per candidate and bucket. Words of 32 bits and no branch: vector instructions do eight
// at once. Of equal scores the larger rank is the better, so that the order in which the candidates
// are given does not matter.
[[gnu::always_inline]] inline std::uint32_t score_of(std::uint32_t upper, std::uint32_t lower,
                                                     std::uint32_t rank, std::uint32_t salt) {
    std::uint32_t score = (lower ^ salt) * 0x9e3779b1U;
    score = ((score ^ score >> 15U) + upper) * 0x85ebca77U;
    score = (score ^ score >> 13U) * 0xc2b2ae3dU;
    return ((score ^ score >> 16U) & ~kRankMask) | rank;
}

// The candidates as an array for each property, for loops over all of them.
struct Columns {
    std::vector<std::uint32_t> upper;  // halves of the identities
    std::vector<std::uint32_t> lower;
    std::vector<std::uint32_t> rank;
    std::vector<std::uint32_t> open;  // all ones: it may take more
    std::vector<std::uint32_t> scores;

    explicit Columns(std::span<const Candidate> ordered)
        : open(ordered.size(), ~0U), scores(ordered.size()) {
        for (const Candidate& candidate : ordered) {
            upper.push_back(static_cast<std::uint32_t>(candidate.identity >> 32U));
            lower.push_back(static_cast<std::uint32_t>(candidate.identity));
            rank.push_back(static_cast<std::uint32_t>(rank.size() + 1));
        }
    }
};

// Scores the candidates that may take more, the others 0, and returns the best score.
TORII_VECTORIZED
std::uint32_t score_all(Columns& columns, std::uint32_t salt) {
    const std::size_t count = columns.scores.size();
    const std::uint32_t* const upper = columns.upper.data();
    const std::uint32_t* const lower = columns.lower.data();
    const std::uint32_t* const rank = columns.rank.data();
    const std::uint32_t* const open = columns.open.data();
    std::uint32_t* const scores = columns.scores.data();
    std::uint32_t best = 0;
    for (std::size_t index = 0; index < count; ++index) {
        const std::uint32_t score =
            score_of(upper[index], lower[index], rank[index], salt) & open[index];
        scores[index] = score;
        best = std::max(best, score);
    }
    return best;
}

// Makes `other` the first choice of the buckets where it has a higher score than `firsts` say.
TORII_VECTORIZED
void prefer(const Columns& columns, std::uint32_t other, const std::uint32_t* salts,
            std::uint32_t* firsts, std::size_t count) {
    const std::uint32_t* const upper = columns.upper.data();
    const std::uint32_t* const lower = columns.lower.data();
    const std::uint32_t* const rank = columns.rank.data();
    const std::uint32_t other_upper = upper[other];
    const std::uint32_t other_lower = lower[other];
    const std::uint32_t other_rank = rank[other];
    for (std::size_t bucket = 0; bucket < count; ++bucket) {
        const std::uint32_t salt = salts[bucket];
        const std::uint32_t first = firsts[bucket];
        const std::uint32_t one = score_of(upper[first], lower[first], rank[first], salt);
        const std::uint32_t score = score_of(other_upper, other_lower, other_rank, salt);
        firsts[bucket] = score > one ? other : first;
    }
}

// Weighted rendezvous: -weight / ln(u), u uniform in (0, 1). It orders equal weights as u does.
double weighted_score(std::uint32_t score, std::uint32_t weight) {
    const double uniform = (static_cast<double>(score) + 0.5) * 0x1p-32;
    return -static_cast<double>(weight) / std::log(uniform);
}

// What the scores of a bucket depend on beside the candidate.
std::vector<std::uint32_t> make_salts(std::size_t count) {
    std::vector<std::uint32_t> salts;
    for (std::size_t bucket = 0; bucket < count; ++bucket) {
        salts.push_back(static_cast<std::uint32_t>(mix((bucket + 1) * 0x9e3779b97f4a7c15ULL)));
    }
    return salts;
}
const std::vector<std::uint32_t>& salts() {
    static const std::vector<std::uint32_t> all = make_salts(kMaxBuckets);
    return all;
}

std::vector<std::uint32_t> bounds(std::span<const Candidate> candidates, std::size_t buckets) {
    double total = 0;
    for (const Candidate& candidate : candidates) total += candidate.weight;
    std::vector<std::uint32_t> bounds;
    for (const Candidate& candidate : candidates) {
        const double share = static_cast<double>(buckets) * candidate.weight / total;
        bounds.push_back(
            static_cast<std::uint32_t>(std::max(std::floor(share * kBound), std::ceil(share))));
    }
    return bounds;
}

bool weights_differ(std::span<const Candidate> candidates) {
    return std::ranges::any_of(
        candidates, [&](const Candidate& other) { return other.weight != candidates[0].weight; });
}

constexpr std::uint16_t kGone = 0xffff;

// Where the candidates of `before` are in `now`, or kGone; both are in the order of identities. One
// whose weight has changed is another one.
std::vector<std::uint16_t> find_again(std::span<const Candidate> before,
                                      std::span<const Candidate> now) {
    std::vector<std::uint16_t> found(before.size(), kGone);
    std::size_t at = 0;
    for (std::size_t index = 0; index < before.size(); ++index) {
        while (at < now.size() && now[at].identity < before[index].identity) ++at;
        if (at < now.size() && now[at] == before[index]) {
            found[index] = static_cast<std::uint16_t>(at++);
        }
    }
    return found;
}

std::vector<std::uint16_t> not_in(const std::vector<std::uint16_t>& found, std::size_t count) {
    std::vector<bool> known(count);
    for (const std::uint16_t index : found) {
        if (index != kGone) known[index] = true;
    }
    std::vector<std::uint16_t> others;
    for (std::size_t index = 0; index < count; ++index) {
        if (!known[index]) others.push_back(static_cast<std::uint16_t>(index));
    }
    return others;
}

}  // namespace

std::uint64_t next_hop_identity(const NextHop& next_hop) {
    std::uint64_t identity = static_cast<std::uint64_t>(next_hop.kind) + 1;
    const auto add = [&identity](std::uint8_t octet) {
        identity = mix((identity ^ octet) * 0x9fb21c651e98df25ULL + 1);
    };
    if (next_hop.kind == NextHopKind::gateway) {
        for (const std::uint8_t octet : next_hop.address.bytes()) add(octet);
    }
    for (const char letter : next_hop.interface) add(static_cast<std::uint8_t>(letter));
    return identity;
}

std::size_t bucket_count(std::size_t members) {
    if (members <= 1) return 1;
    return members <= 64 ? kMaxBuckets / 2 : kMaxBuckets;
}

struct BucketAssignment::Contest {
    std::span<const Candidate> ordered;
    bool weighted;  // their weights differ
    Columns columns;

    explicit Contest(std::span<const Candidate> candidates)
        : ordered(candidates), weighted(weights_differ(candidates)), columns(candidates) {}

    // Who has the highest score of those that may take more.
    [[nodiscard]] std::size_t best(std::size_t bucket) {
        const std::uint32_t best = score_all(columns, salts()[bucket]);
        return weighted ? best_weighted() : (best & kRankMask) - 1;
    }
    // Of two, when weights differ.
    [[nodiscard]] std::uint32_t better(std::size_t bucket, std::uint32_t one,
                                       std::uint32_t other) const {
        const std::uint32_t scores[] = {score(bucket, one), score(bucket, other)};
        const double first = weighted_score(scores[0], ordered[one].weight);
        const double second = weighted_score(scores[1], ordered[other].weight);
        if (first == second) return std::max(one, other);
        return second > first ? other : one;
    }

private:
    [[nodiscard]] std::uint32_t score(std::size_t bucket, std::size_t index) const {
        return score_of(columns.upper[index], columns.lower[index], columns.rank[index],
                        salts()[bucket]);
    }
    [[nodiscard]] std::size_t best_weighted() const {
        double best = -1;
        std::size_t owner = ordered.size();
        for (std::size_t index = 0; index < ordered.size(); ++index) {
            if (columns.open[index] == 0) continue;
            const double score = weighted_score(columns.scores[index], ordered[index].weight);
            if (score < best) continue;
            best = score;
            owner = index;
        }
        assert(owner < ordered.size());
        return owner;
    }
};

void BucketAssignment::find_firsts(Contest& contest) {
    for (std::size_t bucket = 0; bucket < firsts_.size(); ++bucket) {
        firsts_[bucket] = static_cast<std::uint32_t>(contest.best(bucket));
    }
}

void BucketAssignment::update_firsts(Contest& contest, const std::vector<std::uint16_t>& moved_to,
                                     const std::vector<std::uint16_t>& added) {
    for (std::size_t bucket = 0; bucket < firsts_.size(); ++bucket) {
        const std::uint32_t first = moved_to[firsts_[bucket]];
        firsts_[bucket] = first == kGone ? static_cast<std::uint32_t>(contest.best(bucket)) : first;
    }
    for (const std::uint16_t other : added) {
        if (!contest.weighted) {
            prefer(contest.columns, other, salts().data(), firsts_.data(), firsts_.size());
            continue;
        }
        for (std::size_t bucket = 0; bucket < firsts_.size(); ++bucket) {
            firsts_[bucket] = contest.better(bucket, firsts_[bucket], other);
        }
    }
}

std::vector<std::uint16_t> BucketAssignment::assign(std::span<const Candidate> candidates) {
    assert(!candidates.empty() && candidates.size() <= kMaxCandidates);
    std::vector<std::uint16_t> owners(bucket_count(candidates.size()));
    if (owners.size() == 1) return owners;
    std::vector<std::uint16_t> order(candidates.size());
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    std::ranges::sort(order, {}, [&](std::uint16_t index) { return candidates[index].identity; });
    std::vector<Candidate> ordered;
    for (const std::uint16_t index : order) ordered.push_back(candidates[index]);
    Contest contest(ordered);
    const std::vector<std::uint16_t> moved_to = find_again(ordered_, ordered);
    const std::vector<std::uint16_t> added = not_in(moved_to, ordered.size());
    const auto gone = static_cast<std::size_t>(std::ranges::count(moved_to, kGone));
    const bool most_stay = firsts_.size() == owners.size() &&
                           2 * (gone + added.size()) < ordered.size() &&
                           contest.weighted == weights_differ(ordered_);
    firsts_.resize(owners.size());
    if (most_stay) {
        update_firsts(contest, moved_to, added);
    } else {
        find_firsts(contest);
    }
    std::vector<std::uint32_t> room = bounds(ordered, owners.size());
    for (std::size_t bucket = 0; bucket < owners.size(); ++bucket) {
        const std::size_t first = firsts_[bucket];
        const std::size_t owner = room[first] != 0 ? first : contest.best(bucket);
        if (--room[owner] == 0) contest.columns.open[owner] = 0;
        owners[bucket] = order[owner];
    }
    ordered_ = std::move(ordered);
    return owners;
}

std::vector<std::uint16_t> assign_buckets(std::span<const Candidate> candidates) {
    return BucketAssignment().assign(candidates);
}

std::vector<std::uint16_t> assign_ranges(std::span<const Candidate> candidates) {
    assert(!candidates.empty() && candidates.size() <= kMaxCandidates);
    std::vector<std::uint16_t> owners(bucket_count(candidates.size()));
    std::uint64_t total = 0;
    for (const Candidate& candidate : candidates) total += candidate.weight;
    std::uint64_t sum = 0;
    std::size_t bucket = 0;
    for (std::size_t owner = 0; owner < candidates.size(); ++owner) {
        sum += candidates[owner].weight;
        const std::uint64_t end = (owners.size() * sum + total / 2) / total;
        for (; bucket < end; ++bucket) owners[bucket] = static_cast<std::uint16_t>(owner);
    }
    return owners;
}

}  // namespace torii::fib
