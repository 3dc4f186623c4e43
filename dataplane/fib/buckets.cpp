#include "dataplane/fib/buckets.h"

#include "dataplane/fib/ecmp_hash.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace torii::fib {
namespace {

constexpr double kBound = 1.06;

std::uint64_t score_bits(std::uint64_t identity, std::size_t bucket) {
    const std::uint64_t salted = identity ^ (bucket + 1) * 0x9e3779b97f4a7c15ULL;
    return mix(mix(salted * 0x9fb21c651e98df25ULL) * 0xa24baed4963ee407ULL);
}

// Weighted rendezvous: -weight / ln(u), u uniform in (0, 1). It orders equal weights as u does.
double weighted_score(std::uint64_t bits, std::uint32_t weight) {
    const double uniform = (static_cast<double>(bits >> 11U) + 0.5) * 0x1p-53;
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
    return members <= 64 ? 4096 : 16384;
}

std::vector<std::uint16_t> assign_buckets(std::span<const Candidate> candidates) {
    assert(!candidates.empty());
    std::vector<std::uint16_t> owners(bucket_count(candidates.size()));
    if (owners.size() == 1) return owners;
    const bool weighted = std::ranges::any_of(
        candidates, [&](const Candidate& other) { return other.weight != candidates[0].weight; });
    std::vector<std::uint32_t> room = bounds(candidates, owners.size());
    for (std::size_t bucket = 0; bucket < owners.size(); ++bucket) {
        double best_weighted = -1;
        std::uint64_t best = 0;
        std::size_t owner = candidates.size();
        for (std::size_t index = 0; index < candidates.size(); ++index) {
            if (room[index] == 0) continue;
            const std::uint64_t bits = score_bits(candidates[index].identity, bucket);
            if (weighted) {
                const double score = weighted_score(bits, candidates[index].weight);
                if (score <= best_weighted) continue;
                best_weighted = score;
            } else {
                if (owner != candidates.size() && bits <= best) continue;
                best = bits;
            }
            owner = index;
        }
        assert(owner < candidates.size());
        --room[owner];
        owners[bucket] = static_cast<std::uint16_t>(owner);
    }
    return owners;
}

}  // namespace torii::fib
