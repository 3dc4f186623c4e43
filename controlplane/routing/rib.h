#pragma once

#include "controlplane/routing/resolver.h"
#include "controlplane/routing/route.h"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace torii::routing {

// The routes of all protocols, and which of them is used: the smallest distance among those whose
// next hops can be reached. Changes are collected; update() tells their outcome.
class Rib {
public:
    // The clock gives routes their age.
    explicit Rib(std::function<TimePoint()> clock) : clock_(std::move(clock)) {}
    Rib(const Rib&) = delete;
    Rib& operator=(const Rib&) = delete;

    // Each is the whole of its kind. Networks and addresses with the name of their interface.
    void set_connected(std::map<Prefix, std::string> networks);
    void set_local(std::map<IpAddress, std::string> addresses);
    void set_static(std::vector<StaticRoute> routes);
    void set_interfaces(std::set<std::string> up);
    // Neighbors that do not answer: no next hop learned from others leads there.
    void set_silent_neighbors(std::set<IpAddress> neighbors);

    // Adds or replaces.
    void set_bgp(const BgpRoute& route);
    void remove_bgp(const Prefix& prefix);
    void clear_bgp();

    // The prefixes whose route in use is another than at the last call.
    [[nodiscard]] std::vector<RibChange> update();
    // Counts what may change the reachability of next hops; of use to know when to ask again.
    [[nodiscard]] std::uint64_t base_version() const { return base_version_; }

    // As of the last update().
    [[nodiscard]] bool reachable(const IpAddress& next_hop) const;
    // Some route learned by BGP has it as a next hop.
    [[nodiscard]] bool leads_to(const IpAddress& next_hop) const;
    // There is a usable route for exactly this prefix that is not learned by BGP.
    [[nodiscard]] bool has_own_route(const Prefix& prefix) const;

    // Every route of one prefix, by preference; empty: there is none.
    [[nodiscard]] std::vector<RouteView> routes(const Prefix& prefix) const;
    // All prefixes of a family, sorted.
    [[nodiscard]] std::vector<Prefix> prefixes(IpFamily family) const;
    // The most specific prefix in use that holds the address.
    [[nodiscard]] std::optional<Prefix> longest_match(const IpAddress& address) const;
    [[nodiscard]] std::size_t groups() const { return forwarding_store_.size(); }

private:
    using NextHopStore = rib::InternStore<std::vector<BgpNextHop>, BgpNextHopsHash>;
    struct BgpEntry {
        NextHopStore::Handle next_hops;
        std::uint32_t distance = kDistanceExternalBgp;
        bool stale = false;
        TimePoint since;
    };
    // What a set of learned next hops comes to.
    struct Resolved {
        std::size_t users = 0;  // routes
        Forwarding forwarding;  // none: no next hop can be reached
    };
    struct Winner {
        Protocol protocol = Protocol::connected;
        Forwarding forwarding;
    };

    void rebuild_base();
    [[nodiscard]] Forwarding resolve(const std::vector<BgpNextHop>& next_hops);
    void release(const NextHopStore::Handle& next_hops);
    [[nodiscard]] std::optional<Winner> select(const Prefix& prefix);
    [[nodiscard]] RouteView view(const Prefix& prefix, const BgpEntry& entry) const;

    std::function<TimePoint()> clock_;
    std::map<Prefix, std::string> connected_;
    std::map<IpAddress, std::string> local_;
    std::vector<StaticRoute> statics_;
    std::set<std::string> interfaces_;
    std::set<IpAddress> silent_;
    bool base_changed_ = false;
    std::uint64_t base_version_ = 0;
    Resolver resolver_;

    ForwardingStore forwarding_store_;
    NextHopStore next_hop_store_;
    std::unordered_map<NextHopStore::Handle, Resolved, HandleHash> resolved_;
    std::unordered_map<Prefix, BgpEntry> bgp_;
    std::unordered_map<Prefix, Winner> winners_;
    std::unordered_set<Prefix> changed_;
};

}  // namespace torii::routing
