#pragma once

#include "controlplane/routing/rib.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Short ways to write what the tests of this folder are about.
namespace torii::routing {

inline IpAddress ip(std::string_view text) {
    const auto address = IpAddress::parse(text);
    EXPECT_TRUE(address) << text;
    return address.value_or(IpAddress{});
}

inline Prefix net(std::string_view text) {
    const auto prefix = Prefix::parse(text);
    EXPECT_TRUE(prefix) << text;
    return prefix.value_or(Prefix{});
}

inline ForwardingMember gateway(std::string_view address, std::string interface,
                                std::uint32_t weight = 1) {
    return {{NextHopKind::gateway, ip(address), std::move(interface)}, weight};
}

inline ForwardingMember kind(NextHopKind kind, std::string interface = {}) {
    return {{kind, {}, std::move(interface)}, 1};
}

inline StaticRoute static_route(std::string_view prefix, const std::vector<std::string>& next_hops,
                                std::uint32_t distance = 1) {
    StaticRoute route{net(prefix), distance, false, {}};
    for (const std::string& next_hop : next_hops) route.next_hops.push_back({ip(next_hop), {}, 1});
    return route;
}

inline BgpRoute bgp_route(const std::vector<std::string>& next_hops) {
    BgpRoute route;
    for (const std::string& next_hop : next_hops) route.next_hops.push_back({ip(next_hop), 1});
    return route;
}

// A RIB with eth1 192.168.10.200/24 and eth2 192.168.20.200/24, on a clock that stands still.
class Router {
public:
    Router() : rib([this] { return now; }, numbers) {
        rib.set_interfaces({"eth1", "eth2"});
        rib.set_connected({{net("192.168.10.0/24"), "eth1"}, {net("192.168.20.0/24"), "eth2"}});
        rib.set_local({{ip("192.168.10.200"), "eth1"}, {ip("192.168.20.200"), "eth2"}});
    }

    // update() as a map: the members, none when the route went.
    std::map<std::string, ForwardingMembers> update() {
        std::map<std::string, ForwardingMembers> result;
        for (const RibChange& change : rib.update()) {
            result[change.prefix.to_string()] =
                change.protocol ? *change.forwarding : ForwardingMembers{};
        }
        return result;
    }

    // To be held at once: by the route that is set.
    std::uint32_t numbered(std::string_view prefix) { return numbers->add(net(prefix)); }

    TimePoint now{};
    const std::shared_ptr<rib::PrefixNumbers> numbers = std::make_shared<rib::PrefixNumbers>();
    Rib rib;
};

}  // namespace torii::routing
