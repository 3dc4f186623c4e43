#pragma once

#include "controlplane/routing/forwarding.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <vector>

namespace torii::routing {

struct FibNextHop {
    std::uint32_t id = 0;
    ForwardingNextHop next_hop;
    friend bool operator==(const FibNextHop&, const FibNextHop&) = default;
};

struct FibGroupMember {
    std::uint32_t next_hop_id = 0;
    std::uint32_t weight = 1;
    friend auto operator<=>(const FibGroupMember&, const FibGroupMember&) = default;
};

struct FibGroup {
    std::uint32_t id = 0;
    std::vector<FibGroupMember> members;
    friend bool operator==(const FibGroup&, const FibGroup&) = default;
};

struct FibRoute {
    Prefix prefix;
    std::uint32_t group_id = 0;
    friend bool operator==(const FibRoute&, const FibRoute&) = default;
};

// One transaction for the packet engine: FibUpdate of platform/ipc/proto/fib.proto.
struct FibBatch {
    std::uint64_t version = 0;
    bool begin_sync = false;
    std::vector<FibNextHop> next_hops;
    std::vector<FibGroup> groups;
    std::vector<FibRoute> routes;
    std::vector<Prefix> removed_routes;
    std::vector<std::uint32_t> removed_groups;
    std::vector<std::uint32_t> removed_next_hops;
    bool end_sync = false;
};

}  // namespace torii::routing
