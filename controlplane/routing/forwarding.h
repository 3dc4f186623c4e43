#pragma once

#include "controlplane/rib/intern_store.h"
#include "platform/base/ip_address.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torii::routing {

// What is done with a packet; the same kinds as in platform/ipc/proto/fib.proto.
enum class NextHopKind : std::uint8_t { gateway, attached, local, discard, reject };

// A next hop after resolution: nothing is left to look up but the neighbor's MAC address.
struct ForwardingNextHop {
    NextHopKind kind = NextHopKind::reject;
    IpAddress address;      // of a gateway
    std::string interface;  // of a gateway or an attached network

    friend auto operator<=>(const ForwardingNextHop&, const ForwardingNextHop&) = default;
};

struct ForwardingMember {
    ForwardingNextHop next_hop;
    std::uint32_t weight = 1;

    friend auto operator<=>(const ForwardingMember&, const ForwardingMember&) = default;
};

// Sorted, every next hop once, never empty when a route uses it.
using ForwardingMembers = std::vector<ForwardingMember>;

struct ForwardingMembersHash {
    std::size_t operator()(const ForwardingMembers& members) const;
};

// Sorts and adds up the weights of what is there more than once.
[[nodiscard]] ForwardingMembers normalized(ForwardingMembers members);

// Ten thousand routes to the same next hops share one set, and in the packet engine one group.
using ForwardingStore = rib::InternStore<ForwardingMembers, ForwardingMembersHash>;
using Forwarding = ForwardingStore::Handle;

struct HandleHash {
    template <class Handle>
    std::size_t operator()(const Handle& handle) const {
        return handle.hash();
    }
};

}  // namespace torii::routing
