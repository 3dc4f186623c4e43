#include "dataplane/fib/buckets.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace torii::fib {
namespace {

std::vector<Candidate> random_members(int least, int most) {
    const auto count = static_cast<std::size_t>(*rc::gen::inRange(least, most + 1));
    const auto numbers =
        *rc::gen::unique<std::vector<std::uint32_t>>(count, rc::gen::arbitrary<std::uint32_t>());
    std::vector<Candidate> members;
    for (const std::uint32_t number : numbers) {
        NextHop next_hop;
        next_hop.kind = NextHopKind::gateway;
        next_hop.address = IpAddress::v4(number);
        next_hop.interface = "eth0";
        members.push_back({next_hop_identity(next_hop), 1});
    }
    return members;
}

// The identity of the owner of each bucket.
std::vector<std::uint64_t> owners(const std::vector<Candidate>& members) {
    std::vector<std::uint64_t> out;
    for (const std::uint16_t owner : assign_buckets(members)) {
        out.push_back(members[owner].identity);
    }
    return out;
}

RC_GTEST_PROP(BucketsProperty, NobodyHasSixPercentMoreThanTheMean, ()) {
    const std::vector<Candidate> members = random_members(2, 128);
    const auto buckets = assign_buckets(members);
    std::vector<std::size_t> load(members.size());
    for (const std::uint16_t owner : buckets) ++load[owner];
    const double mean = static_cast<double>(buckets.size()) / static_cast<double>(members.size());
    RC_ASSERT(static_cast<double>(*std::ranges::max_element(load)) / mean <= 1.06);
    RC_ASSERT(*std::ranges::min_element(load) > 0U);
}

RC_GTEST_PROP(BucketsProperty, OrderDoesNotMatter, ()) {
    std::vector<Candidate> members = random_members(2, 32);
    const auto before = owners(members);
    std::ranges::sort(members, {}, &Candidate::identity);
    RC_ASSERT(owners(members) == before);
}

// Members come, go and change their weights, one or several at a time: whoever saw that has the
// same as whoever sees the last ones only.
RC_GTEST_PROP(BucketsProperty, FormerMembersDoNotMatter, ()) {
    std::vector<Candidate> pool = random_members(2, 80);
    const bool weighted = *rc::gen::arbitrary<bool>();
    BucketAssignment assignment;
    std::vector<Candidate> members = pool;
    const int steps = *rc::gen::inRange(1, 6);
    for (int step = 0; step < steps; ++step) {
        RC_ASSERT(assignment.assign(members) == assign_buckets(members));
        const auto changes = *rc::gen::inRange<std::size_t>(0, 4);
        for (std::size_t change = 0; change < changes; ++change) {
            const Candidate one = pool[*rc::gen::inRange<std::size_t>(0, pool.size())];
            const auto found = std::ranges::find(members, one.identity, &Candidate::identity);
            if (found == members.end()) {
                members.push_back(one);
            } else if (weighted && *rc::gen::arbitrary<bool>()) {
                found->weight = *rc::gen::inRange<std::uint32_t>(1, 4);
            } else if (members.size() > 1) {
                members.erase(found);
            }
        }
    }
    RC_ASSERT(assignment.assign(members) == assign_buckets(members));
}

// With the number of buckets unchanged, a flow moves only when its own member goes, but for the few
// that the bound had sent elsewhere.
RC_GTEST_PROP(BucketsProperty, FlowsOfSurvivorsStay, ()) {
    const std::vector<Candidate> members = random_members(3, 64);
    const auto before = owners(members);
    std::vector<Candidate> left = members;
    const auto gone = *rc::gen::inRange<std::size_t>(0, members.size());
    const std::uint64_t gone_identity = members[gone].identity;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(gone));
    const auto after = owners(left);
    RC_ASSERT(after.size() == before.size());
    std::size_t survivors = 0;
    std::size_t moved = 0;
    for (std::size_t bucket = 0; bucket < before.size(); ++bucket) {
        if (before[bucket] == gone_identity) continue;
        ++survivors;
        if (after[bucket] != before[bucket]) ++moved;
    }
    RC_CLASSIFY(moved == 0U, "none moved");
    RC_ASSERT(moved * 1000 <= survivors * 15);
}

RC_GTEST_PROP(BucketsProperty, WeightsAreKept, ()) {
    std::vector<Candidate> members = random_members(2, 8);
    double total = 0;
    for (Candidate& member : members) {
        member.weight = *rc::gen::inRange<std::uint32_t>(1, 11);
        total += member.weight;
    }
    const auto buckets = assign_buckets(members);
    std::vector<std::size_t> load(members.size());
    for (const std::uint16_t owner : buckets) ++load[owner];
    for (std::size_t index = 0; index < members.size(); ++index) {
        const double share = static_cast<double>(buckets.size()) * members[index].weight / total;
        RC_ASSERT(static_cast<double>(load[index]) <= std::max(share * 1.06, share + 1));
    }
}

}  // namespace
}  // namespace torii::fib
