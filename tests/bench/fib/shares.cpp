// How groups share flows out: evenly or not, what moves when a member leaves, and whether a second
// tier of routers splits what one member of the first gets. No time is measured.
//
//     torii_bench_fib_shares
//
// Prints a line each: a name and its figures.
#include "dataplane/fib/buckets.h"
#include "dataplane/fib/ecmp_hash.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace torii::bench {
namespace {

constexpr std::size_t kFlows = 1'000'000;

std::vector<fib::Candidate> members(std::size_t count) {
    std::vector<fib::Candidate> out;
    for (std::uint32_t index = 0; index < count; ++index) {
        const fib::NextHop next_hop{1, fib::NextHopKind::gateway,
                                    IpAddress::v4(0x0a000002U + index), "eth0", 0};
        out.push_back({fib::next_hop_identity(next_hop), 1});
    }
    return out;
}

// Flows of many clients to one service.
std::vector<std::uint32_t> hashes_of_flows(std::uint32_t seed) {
    const fib::HashRules rules{fib::HashSeed::make(seed)};
    std::mt19937 random(1);
    std::vector<std::uint32_t> hashes;
    for (std::size_t flow = 0; flow < kFlows; ++flow) {
        const auto client = 0xc0a80000U | static_cast<std::uint32_t>(random() & 0xffffU);
        const auto ports = static_cast<std::uint32_t>(random() & 0xffffU) | 0x50000000U;
        hashes.push_back(fib::ecmp_hash_v4(rules, client, 0xac100101U, ports, 6));
    }
    return hashes;
}

std::size_t owner(const std::vector<std::uint16_t>& buckets, std::uint32_t hash) {
    return buckets[hash & (buckets.size() - 1)];
}

// Largest share in relation to the mean, and chi-square per degree of freedom of the flows against
// the shares of the buckets (1: as random ones would be).
void print_evenness(const std::vector<std::uint32_t>& hashes, std::size_t count) {
    const auto buckets = fib::assign_buckets(members(count));
    std::vector<double> share(count);
    for (const std::uint16_t bucket : buckets)
        share[bucket] += 1.0 / static_cast<double>(buckets.size());
    std::vector<double> load(count);
    for (const std::uint32_t hash : hashes) ++load[owner(buckets, hash)];
    double chi_square = 0;
    for (std::size_t member = 0; member < count; ++member) {
        const double expected = share[member] * static_cast<double>(hashes.size());
        chi_square += (load[member] - expected) * (load[member] - expected) / expected;
    }
    std::printf("even %zu %.3f %.2f\n", count,
                *std::ranges::max_element(share) * static_cast<double>(count),
                chi_square / static_cast<double>(count - 1));
}

// The largest share of the flows of members that stay that moves when one leaves, of all that may.
void print_moved(const std::vector<std::uint32_t>& hashes, std::size_t count) {
    const auto all = members(count);
    const auto before = fib::assign_buckets(all);
    double worst = 0;
    for (std::size_t gone = 0; gone < count; ++gone) {
        std::vector<fib::Candidate> left = all;
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(gone));
        const auto after = fib::assign_buckets(left);
        std::size_t survivors = 0;
        std::size_t moved = 0;
        for (const std::uint32_t hash : hashes) {
            const std::size_t was = owner(before, hash);
            if (was == gone) continue;
            ++survivors;
            if (left[owner(after, hash)].identity != all[was].identity) ++moved;
        }
        worst = std::max(worst, static_cast<double>(moved) / static_cast<double>(survivors));
    }
    std::printf("moved %zu %.5f\n", count, worst);
}

// Two tiers of four: the least and the largest share of a member of the second, of what any one of
// the first gets.
void print_tiers() {
    const auto first = hashes_of_flows(1);
    const auto second = hashes_of_flows(2);
    const auto buckets = fib::assign_buckets(members(4));
    std::array<std::array<double, 4>, 4> flows{};
    for (std::size_t flow = 0; flow < kFlows; ++flow) {
        ++flows.at(owner(buckets, first[flow])).at(owner(buckets, second[flow]));
    }
    double least = 1;
    double most = 0;
    for (const auto& row : flows) {
        const double sum = row[0] + row[1] + row[2] + row[3];
        least = std::min(least, *std::ranges::min_element(row) / sum);
        most = std::max(most, *std::ranges::max_element(row) / sum);
    }
    std::printf("tiers %.4f %.4f\n", least, most);
}

}  // namespace
}  // namespace torii::bench

int main() {
    using namespace torii::bench;
    const auto hashes = hashes_of_flows(1);
    for (const std::size_t count : {3UL, 16UL, 64UL}) print_evenness(hashes, count);
    for (const std::size_t count : {3UL, 16UL, 64UL}) print_moved(hashes, count);
    print_tiers();
    return EXIT_SUCCESS;
}
