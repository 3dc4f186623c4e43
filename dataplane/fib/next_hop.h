#pragma once

#include "dataplane/packet/packet.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <string>
#include <vector>

namespace torii::fib {

// What a next hop does with a packet; the same as in platform/ipc/proto/fib.proto.
enum class NextHopKind : std::uint8_t {
    gateway,   // rewrite to the MAC of `address`, send on `port`
    attached,  // the destination itself is the neighbor, on `port`
    local,     // for the router itself: punt
    discard,   // drop silently
    reject,    // drop and answer unreachable
};

struct NextHop {
    std::uint32_t id = 0;  // chosen by the control plane, not 0
    NextHopKind kind = NextHopKind::discard;
    IpAddress address;      // gateway only
    std::string interface;  // gateway and attached: its name is part of the identity
    PortId port = kNoPort;  // what `interface` is now; kNoPort: packets are dropped until replaced

    friend bool operator==(const NextHop&, const NextHop&) = default;
};

struct GroupMember {
    std::uint32_t next_hop_id = 0;
    std::uint32_t weight = 1;  // 0 counts as 1

    friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

struct NextHopGroup {
    std::uint32_t id = 0;  // not 0
    std::vector<GroupMember> members;

    friend bool operator==(const NextHopGroup&, const NextHopGroup&) = default;
};

struct FibRoute {
    Prefix prefix;
    std::uint32_t group_id = 0;

    friend bool operator==(const FibRoute&, const FibRoute&) = default;
};

// One step of the control plane's, all of it or none; applied in the order of the fields.
struct FibTransaction {
    bool begin_sync = false;
    std::vector<NextHop> next_hops;
    std::vector<NextHopGroup> groups;
    std::vector<FibRoute> routes;
    std::vector<Prefix> removed_routes;
    std::vector<std::uint32_t> removed_groups;
    std::vector<std::uint32_t> removed_next_hops;
    bool end_sync = false;
};

}  // namespace torii::fib
