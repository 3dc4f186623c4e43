#pragma once

#include "dataplane/fib/next_hop.h"

#include <cstdint>
#include <span>
#include <vector>

namespace torii::fib {

// Who takes part in a share-out: the identity is what a next hop is (address and interface), never
// an index, so that two routers, or one before and after a restart, choose alike.
struct Candidate {
    std::uint64_t identity = 0;
    std::uint32_t weight = 1;

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

// How the members of a group share its buckets.
enum class Selection : std::uint8_t {
    resilient,  // flows of members that stay stay
    threshold,  // as Linux's multipath routes: each member has one range of the hash
};

inline constexpr std::size_t kMaxCandidates = 256;

[[nodiscard]] std::uint64_t next_hop_identity(const NextHop& next_hop);

// 1 for one member, 8192 up to 64 members, 16384 beyond: the load is then even within 6 %, and so
// few buckets meet that bound that a member who comes or goes moves less than 1 % of the others'
// buckets (4096 would let 50 to 60 members exceed it now and then).
// It depends on nothing else, because another number of buckets moves flows.
[[nodiscard]] std::size_t bucket_count(std::size_t members);

// The index of a candidate for each bucket, by rendezvous hashing with bounded load: the candidate
// with the highest score takes the bucket unless it has 6 % more than its share already. A
// candidate that goes leaves its buckets to the others, who keep theirs (but for the few that the
// bound had sent to another than their first choice).
[[nodiscard]] std::vector<std::uint16_t> assign_buckets(std::span<const Candidate> candidates);

// The same, time after time for candidates of which most stay. The first choice of a bucket is what
// takes long to find, and it changes only where that candidate goes, or another comes with a higher
// score: so they are kept. What comes out depends on the candidates alone, never on former ones.
class BucketAssignment {
public:
    [[nodiscard]] std::vector<std::uint16_t> assign(std::span<const Candidate> candidates);

private:
    struct Contest;

    void find_firsts(Contest& contest);
    void update_firsts(Contest& contest, const std::vector<std::uint16_t>& moved_to,
                       const std::vector<std::uint16_t>& added);

    // Of the last time.
    std::vector<Candidate> ordered_;     // by identity
    std::vector<std::uint32_t> firsts_;  // the first choice of each bucket, index of ordered_
};

// The same by hash-threshold (RFC 2992): a range of buckets for each candidate, in their order and
// as long as its weight says. Whoever comes or goes shifts all ranges.
[[nodiscard]] std::vector<std::uint16_t> assign_ranges(std::span<const Candidate> candidates);

}  // namespace torii::fib
