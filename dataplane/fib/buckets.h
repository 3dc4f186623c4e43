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

// The same by hash-threshold (RFC 2992): a range of buckets for each candidate, in their order and
// as long as its weight says. Whoever comes or goes shifts all ranges.
[[nodiscard]] std::vector<std::uint16_t> assign_ranges(std::span<const Candidate> candidates);

}  // namespace torii::fib
