#pragma once

#include "dataplane/fib/adjacency.h"
#include "dataplane/fib/next_hop.h"

#include <cstdint>
#include <vector>

namespace torii::fib {

// A member of a group as the workers see it.
struct Member {
    const Adjacency* adjacency = &kNowhere;  // gateway: how to reach it, once its port is known
    std::uint32_t counter = 0;               // for ForwardingTable::count
    PortId port = kNoPort;
    NextHopKind kind = NextHopKind::discard;
};

// What a route leads to. Immutable once published: a change publishes another one.
struct GroupTable {
    std::uint32_t mask = 0;              // number of buckets - 1, a power of two
    std::vector<std::uint16_t> buckets;  // indices of `members`
    std::vector<Member> members;

    [[nodiscard]] const Member& select(std::uint32_t hash) const {
        return members.data()[buckets.data()[hash & mask]];
    }
};

}  // namespace torii::fib
