#pragma once

#include "controlplane/rib/id_queue.h"
#include "controlplane/rib/prefix_map.h"
#include "controlplane/routing/resolver.h"
#include "controlplane/routing/route.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torii::routing {

// The routes of all protocols, and which of them is used: the smallest distance among those whose
// next hops can be reached. Changes are collected; update() tells their outcome.
class Rib {
public:
    // The clock gives routes their age. BGP's tables have the same numbers of prefixes.
    Rib(std::function<TimePoint()> clock, std::shared_ptr<rib::PrefixNumbers> prefixes)
        : clock_(std::move(clock)), records_(std::move(prefixes)) {}
    Rib(const Rib&) = delete;
    Rib& operator=(const Rib&) = delete;
    ~Rib();

    // Each is the whole of its kind. Networks and addresses with the name of their interface.
    void set_connected(std::map<Prefix, std::string> networks);
    void set_local(std::map<IpAddress, std::string> addresses);
    void set_static(std::vector<StaticRoute> routes);
    void set_interfaces(std::set<std::string> up);
    // Neighbors that do not answer: no next hop learned from others leads there.
    void set_silent_neighbors(std::set<IpAddress> neighbors);

    // Adds or replaces, by the numbers of the prefixes: all of them have this route.
    void set_bgp(std::span<const std::uint32_t> prefixes, const BgpRoute& route);
    void set_bgp(std::uint32_t prefix, const BgpRoute& route) { set_bgp({&prefix, 1}, route); }
    void remove_bgp(std::uint32_t prefix);
    void clear_bgp();

    // The prefixes whose route in use is another than at the last call.
    // At most `limit` of them: changed() says whether there are more.
    [[nodiscard]] std::vector<RibChange> update(
        std::size_t limit = std::numeric_limits<std::size_t>::max());
    // It tells every route of BGP in use once more.
    void repeat_bgp();
    [[nodiscard]] bool changed() const { return base_changed_ || !changed_.empty(); }
    // Counts what may change the reachability of next hops; of use to know when to ask again.
    [[nodiscard]] std::uint64_t base_version() const { return base_version_; }

    // As of the last update().
    [[nodiscard]] bool reachable(const IpAddress& next_hop) const;
    // Some route learned by BGP has it as a next hop.
    [[nodiscard]] bool leads_to(const IpAddress& next_hop) const;
    // There is a usable route for exactly this prefix that is not learned by BGP.
    [[nodiscard]] bool has_own_route(const Prefix& prefix) const;
    // The usable connected or static routes of a family, of use to announce them.
    [[nodiscard]] std::vector<OwnRoute> own_routes(Protocol protocol, IpFamily family) const;

    // Every route of one prefix, by preference; empty: there is none.
    [[nodiscard]] std::vector<RouteView> routes(const Prefix& prefix) const;
    // All prefixes of a family, in no order, and those that are not learned only.
    [[nodiscard]] std::vector<Prefix> prefixes(IpFamily family) const;
    [[nodiscard]] std::vector<Prefix> own_prefixes(IpFamily family) const;
    // The most specific prefix in use that holds the address.
    [[nodiscard]] std::optional<Prefix> longest_match(const IpAddress& address) const;
    // Prefixes that are learned or in use.
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    // In use.
    [[nodiscard]] std::size_t bgp_routes() const { return bgp_routes_; }
    [[nodiscard]] std::size_t groups() const { return forwarding_store_.size(); }
    // What RibChange::forwarding is kept in.
    [[nodiscard]] ForwardingStore& forwardings() { return forwarding_store_; }

private:
    using NextHopStore = rib::InternStore<std::vector<BgpNextHop>, BgpNextHopsHash>;
    // A prefix that BGP has learned, or that has a route in use.
    struct Record : rib::PrefixItem {
        static constexpr std::uint8_t kChanged = 1;
        static constexpr std::uint8_t kInternal = 2;
        static constexpr std::uint8_t kStale = 4;
        static constexpr std::uint8_t kInUse = 8;  // a route is: `protocol` and `forwarding`

        static constexpr std::uint8_t kRepeat = 16;
        // The resolver may have a route for it. A record that goes without one being usable is back
        // with the flag when that changes.
        static constexpr std::uint8_t kOwn = 32;

        [[nodiscard]] Protocol protocol() const { return static_cast<Protocol>(extra); }
        [[nodiscard]] std::uint32_t distance() const {
            return is(kInternal) ? kDistanceInternalBgp : kDistanceExternalBgp;
        }

        std::uint32_t next_hops = 0;   // learned: their number; 0: nothing is
        std::uint32_t forwarding = 0;  // likewise
        std::uint32_t since = 0;       // seconds
    };
    // What a set of learned next hops comes to.
    struct Resolved {
        std::size_t users = 0;  // routes
        Forwarding forwarding;  // none: no next hop can be reached
    };
    struct Winner {
        Protocol protocol = Protocol::connected;
        const Forwarding* forwarding = nullptr;  // until the next one is selected
    };

    void rebuild_base();
    [[nodiscard]] Forwarding resolve(const std::vector<BgpNextHop>& next_hops);
    void release(std::uint32_t next_hops);
    // Of what was learned.
    void forget(std::uint32_t id);
    void change(const Prefix& prefix, bool own);
    void change(std::uint32_t id);
    [[nodiscard]] const BaseRoute* base_route(const Prefix& prefix) const;
    [[nodiscard]] std::optional<Winner> select(std::uint32_t id);
    [[nodiscard]] static bool by_bgp(const Record& record) {
        return record.is(Record::kInUse) && record.protocol() == Protocol::bgp;
    }
    void update_one(std::uint32_t id, std::vector<RibChange>& changes);
    [[nodiscard]] RouteView view(const Prefix& prefix, const Record& record) const;

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
    std::vector<Resolved> resolved_;  // by the number of the set
    rib::PrefixMap<Record> records_;
    rib::IdQueue changed_;
    Forwarding base_forwarding_;  // of the prefix in work
    std::size_t bgp_routes_ = 0;
};

}  // namespace torii::routing
