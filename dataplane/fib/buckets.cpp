#include "dataplane/fib/buckets.h"

#include "dataplane/fib/ecmp_hash.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace torii::fib {
namespace {

constexpr double kBound = 1.06;

// Functions compiled for vector instructions, too; which is used is found out at the start.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TORII_VECTORIZED [[gnu::target_clones("default", "avx2")]]
#else
#define TORII_VECTORIZED
#endif

// What a score's lower bits say: the rank of the candidate, from 1.
constexpr std::uint32_t kRankMask = 0x1ff;
static_assert(kMaxCandidates <= kRankMask);

// The candidates in the order of their identities, as an array for each property, for a loop over
// all of them per bucket.
struct Contest {
    std::vector<std::uint32_t> upper;  // halves of the identities
    std::vector<std::uint32_t> lower;
    std::vector<std::uint32_t> rank;
    std::vector<std::uint32_t> open;  // all ones: it may take more
    std::vector<std::uint32_t> scores;
};

// Scores the candidates that may take more, the others 0, and returns the best score. Words of 32
// bits and no branch: vector instructions do eight at once. Of equal scores the larger rank is the
// better, so that the order in which the candidates are given does not matter.
TORII_VECTORIZED
std::uint32_t score_all(Contest& contest, std::uint32_t salt) {
    const std::size_t count = contest.scores.size();
    const std::uint32_t* const upper = contest.upper.data();
    const std::uint32_t* const lower = contest.lower.data();
    const std::uint32_t* const rank = contest.rank.data();
    const std::uint32_t* const open = contest.open.data();
    std::uint32_t* const scores = contest.scores.data();
    std::uint32_t best = 0;
    for (std::size_t index = 0; index < count; ++index) {
        std::uint32_t score = (lower[index] ^ salt) * 0x9e3779b1U;
        score = ((score ^ score >> 15U) + upper[index]) * 0x85ebca77U;
        score = (score ^ score >> 13U) * 0xc2b2ae3dU;
        score = (((score ^ score >> 16U) & ~kRankMask) | rank[index]) & open[index];
        scores[index] = score;
        best = std::max(best, score);
    }
    return best;
}

// Weighted rendezvous: -weight / ln(u), u uniform in (0, 1). It orders equal weights as u does.
double weighted_score(std::uint32_t score, std::uint32_t weight) {
    const double uniform = (static_cast<double>(score) + 0.5) * 0x1p-32;
    return -static_cast<double>(weight) / std::log(uniform);
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

Contest contest_of(std::span<const Candidate> ordered) {
    Contest contest;
    for (const Candidate& candidate : ordered) {
        contest.upper.push_back(static_cast<std::uint32_t>(candidate.identity >> 32U));
        contest.lower.push_back(static_cast<std::uint32_t>(candidate.identity));
        contest.rank.push_back(static_cast<std::uint32_t>(contest.rank.size() + 1));
    }
    contest.open.resize(ordered.size(), ~0U);
    contest.scores.resize(ordered.size());
    return contest;
}

std::size_t best_weighted(std::span<const Candidate> ordered, const Contest& contest) {
    double best = -1;
    std::size_t owner = ordered.size();
    for (std::size_t index = 0; index < ordered.size(); ++index) {
        if (contest.open[index] == 0) continue;
        const double score = weighted_score(contest.scores[index], ordered[index].weight);
        if (score < best) continue;
        best = score;
        owner = index;
    }
    assert(owner < ordered.size());
    return owner;
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
    return members <= 64 ? 8192 : 16384;
}

std::vector<std::uint16_t> assign_buckets(std::span<const Candidate> candidates) {
    assert(!candidates.empty() && candidates.size() <= kMaxCandidates);
    std::vector<std::uint16_t> owners(bucket_count(candidates.size()));
    if (owners.size() == 1) return owners;
    std::vector<std::uint16_t> order(candidates.size());
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    std::ranges::sort(order, {}, [&](std::uint16_t index) { return candidates[index].identity; });
    std::vector<Candidate> ordered;
    for (const std::uint16_t index : order) ordered.push_back(candidates[index]);
    const bool weighted = std::ranges::any_of(
        ordered, [&](const Candidate& other) { return other.weight != ordered[0].weight; });
    std::vector<std::uint32_t> room = bounds(ordered, owners.size());
    Contest contest = contest_of(ordered);
    for (std::size_t bucket = 0; bucket < owners.size(); ++bucket) {
        const auto salt = static_cast<std::uint32_t>(mix((bucket + 1) * 0x9e3779b97f4a7c15ULL));
        const std::uint32_t best = score_all(contest, salt);
        const std::size_t owner =
            weighted ? best_weighted(ordered, contest) : (best & kRankMask) - 1;
        if (--room[owner] == 0) contest.open[owner] = 0;
        owners[bucket] = order[owner];
    }
    return owners;
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
