#pragma once

#include "controlplane/routing/route.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::routing {

// A connected, local or static route.
struct BaseRoute {
    Protocol protocol = Protocol::connected;
    std::uint32_t distance = 0;
    bool discard = false;
    std::vector<NextHop> next_hops;
    ForwardingMembers resolved;  // empty: not usable
    TimePoint since;

    [[nodiscard]] bool same_route(const BaseRoute& other) const {
        return protocol == other.protocol && distance == other.distance &&
               discard == other.discard && next_hops == other.next_hops;
    }
};

// By preference.
using BaseRoutes = std::map<Prefix, std::vector<BaseRoute>>;

// The first usable one; null: there is none.
[[nodiscard]] const BaseRoute* usable_route(const std::vector<BaseRoute>& routes);

// Where next hops are looked up: interfaces, and all routes that are not learned by BGP. A next hop
// learned by BGP is never looked up in BGP routes, so that no route can depend on itself, nor in a
// default route, which says nothing about whether the next hop is there.
class Resolver {
public:
    // `interfaces` are those that are up; what is behind others is not reachable.
    void rebuild(const std::map<Prefix, std::string>& connected,
                 const std::map<IpAddress, std::string>& local,
                 const std::vector<StaticRoute>& statics, std::set<std::string> interfaces,
                 TimePoint now);

    [[nodiscard]] const BaseRoutes& routes() const { return routes_; }
    // Empty: cannot be reached.
    [[nodiscard]] ForwardingMembers resolve(const NextHop& next_hop) const;

private:
    void resolve_statics();
    bool resolve_pass(std::map<Prefix, std::vector<ForwardingMembers>>& results) const;
    [[nodiscard]] ForwardingMembers look_up(const IpAddress& address,
                                            const std::optional<Prefix>& except) const;
    [[nodiscard]] ForwardingMembers resolve_in(const NextHop& next_hop,
                                               const std::optional<Prefix>& except) const;

    BaseRoutes routes_;
    std::set<std::string> interfaces_;
};

}  // namespace torii::routing
