#pragma once

#include "controlplane/routing/forwarding.h"
#include "platform/base/clock.h"
#include "platform/base/prefix.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::routing {

// Where a route comes from. Of two with the same distance the first in this order is used.
enum class Protocol : std::uint8_t { local, connected, static_route, bgp };

// "local", "connected", "static", "bgp"
[[nodiscard]] constexpr const char* protocol_name(Protocol protocol) {
    switch (protocol) {
        case Protocol::local: return "local";
        case Protocol::connected: return "connected";
        case Protocol::static_route: return "static";
        case Protocol::bgp: return "bgp";
    }
    return "";
}

inline constexpr std::uint32_t kDistanceConnected = 0;
inline constexpr std::uint32_t kDistanceStatic = 1;
inline constexpr std::uint32_t kDistanceExternalBgp = 20;
inline constexpr std::uint32_t kDistanceInternalBgp = 200;

// A next hop as it was configured or learned.
struct NextHop {
    std::optional<IpAddress> address;  // none: directly connected
    std::string interface;             // empty: looked up
    std::uint32_t weight = 1;

    friend auto operator<=>(const NextHop&, const NextHop&) = default;
};

struct StaticRoute {
    Prefix prefix;
    std::uint32_t distance = kDistanceStatic;
    bool discard = false;
    std::vector<NextHop> next_hops{};
    std::uint32_t tag = 0;  // for policies

    friend bool operator==(const StaticRoute&, const StaticRoute&) = default;
};

// A connected or static route.
struct OwnRoute {
    Prefix prefix;
    std::uint32_t tag = 0;

    friend bool operator==(const OwnRoute&, const OwnRoute&) = default;
};

struct BgpNextHop {
    IpAddress address;  // unspecified: what has no better route is discarded
    std::uint32_t weight = 1;

    friend auto operator<=>(const BgpNextHop&, const BgpNextHop&) = default;
};

struct BgpNextHopsHash {
    std::size_t operator()(const std::vector<BgpNextHop>& next_hops) const {
        std::size_t hash = next_hops.size();
        for (const BgpNextHop& next_hop : next_hops) {
            hash = hash * 1000003U + IpAddressHash{}(next_hop.address) + next_hop.weight;
        }
        return hash;
    }
};

// What BGP has selected for a prefix.
struct BgpRoute {
    std::vector<BgpNextHop> next_hops;  // sorted
    bool external = true;
    bool stale = false;
};

// One source's route to a prefix, for show.
struct RouteView {
    struct Hop {
        NextHop next_hop;
        ForwardingMembers resolved;  // empty: cannot be reached
    };
    Prefix prefix;
    Protocol protocol = Protocol::connected;
    std::uint32_t distance = 0;
    bool selected = false;
    bool discard = false;
    bool stale = false;
    TimePoint since;
    std::vector<Hop> next_hops;
};

// The route in use for `prefix` changed.
struct RibChange {
    std::uint32_t number = 0;  // of the prefix, in Rib's numbering
    Prefix prefix;
    std::optional<Protocol> protocol;  // none: there is no route any more
    Forwarding forwarding;
};

}  // namespace torii::routing
