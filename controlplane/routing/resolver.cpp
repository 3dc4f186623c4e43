#include "controlplane/routing/resolver.h"

#include <algorithm>
#include <utility>

namespace torii::routing {
namespace {

// Static routes over static routes over...: a chain longer than this, or a loop, is not resolved.
constexpr int kPassesMax = 16;

void insert_by_preference(std::vector<BaseRoute>& routes, BaseRoute route) {
    const auto place =
        std::ranges::upper_bound(routes, route, [](const BaseRoute& one, const BaseRoute& other) {
            return std::pair(one.distance, one.protocol) <
                   std::pair(other.distance, other.protocol);
        });
    routes.insert(place, std::move(route));
}

// What did not change keeps its age.
void keep_ages(const BaseRoutes& before, BaseRoutes& routes) {
    for (auto& [prefix, candidates] : routes) {
        const auto old = before.find(prefix);
        if (old == before.end()) continue;
        for (BaseRoute& route : candidates) {
            const auto same = std::ranges::find_if(
                old->second, [&](const BaseRoute& other) { return other.same_route(route); });
            if (same != old->second.end()) route.since = same->since;
        }
    }
}

}  // namespace

const BaseRoute* usable_route(const std::vector<BaseRoute>& routes) {
    const auto found = std::ranges::find_if(
        routes, [](const BaseRoute& route) { return !route.resolved.empty(); });
    return found == routes.end() ? nullptr : &*found;
}

void Resolver::rebuild(const std::map<Prefix, std::string>& connected,
                       const std::map<IpAddress, std::string>& local,
                       const std::vector<StaticRoute>& statics, std::set<std::string> interfaces,
                       TimePoint now) {
    const BaseRoutes before = std::exchange(routes_, {});
    interfaces_ = std::move(interfaces);
    for (const auto& [prefix, interface] : connected) {
        BaseRoute route;
        route.next_hops = {NextHop{std::nullopt, interface, 1}};
        route.resolved = {{{NextHopKind::attached, {}, interface}, 1}};
        route.since = now;
        insert_by_preference(routes_[prefix], std::move(route));
    }
    for (const auto& [address, interface] : local) {
        BaseRoute route;
        route.protocol = Protocol::local;
        route.next_hops = {NextHop{std::nullopt, interface, 1}};
        route.resolved = {{{NextHopKind::local, {}, {}}, 1}};
        route.since = now;
        insert_by_preference(routes_[Prefix::host(address)], std::move(route));
    }
    for (const StaticRoute& configured : statics) {
        BaseRoute route;
        route.protocol = Protocol::static_route;
        route.distance = configured.distance;
        route.discard = configured.discard;
        route.next_hops = configured.next_hops;
        if (route.discard) route.resolved = {{{NextHopKind::discard, {}, {}}, 1}};
        route.since = now;
        insert_by_preference(routes_[configured.prefix], std::move(route));
    }
    resolve_statics();
    keep_ages(before, routes_);
}

// Each pass resolves all static routes by the outcome of the one before, until nothing changes.
void Resolver::resolve_statics() {
    for (int pass = 0; pass < kPassesMax; ++pass) {
        std::map<Prefix, std::vector<ForwardingMembers>> results;
        const bool last = pass + 1 == kPassesMax;
        if (!resolve_pass(results)) return;
        for (auto& [prefix, outcomes] : results) {
            auto& candidates = routes_[prefix];
            for (std::size_t index = 0; index < outcomes.size(); ++index) {
                ForwardingMembers& resolved = candidates[index].resolved;
                const bool changed = resolved != outcomes[index];
                // Still not settled: it depends on itself by way of others.
                resolved = changed && last ? ForwardingMembers{} : std::move(outcomes[index]);
            }
        }
    }
}

bool Resolver::resolve_pass(std::map<Prefix, std::vector<ForwardingMembers>>& results) const {
    bool changed = false;
    for (const auto& [prefix, candidates] : routes_) {
        const bool configured = std::ranges::any_of(candidates, [](const BaseRoute& route) {
            return route.protocol == Protocol::static_route && !route.discard;
        });
        if (!configured) continue;
        auto& outcomes = results[prefix];
        for (const BaseRoute& route : candidates) {
            ForwardingMembers members = route.resolved;
            if (route.protocol == Protocol::static_route && !route.discard) {
                members.clear();
                for (const NextHop& next_hop : route.next_hops) {
                    const ForwardingMembers found = resolve_in(next_hop, prefix);
                    members.insert(members.end(), found.begin(), found.end());
                }
                members = normalized(std::move(members));
            }
            changed = changed || members != route.resolved;
            outcomes.push_back(std::move(members));
        }
    }
    return changed;
}

ForwardingMembers Resolver::resolve(const NextHop& next_hop) const {
    return resolve_in(next_hop, std::nullopt);
}

ForwardingMembers Resolver::resolve_in(const NextHop& next_hop,
                                       const std::optional<Prefix>& except) const {
    if (!next_hop.interface.empty()) {
        if (!interfaces_.contains(next_hop.interface)) return {};
        ForwardingNextHop found{NextHopKind::attached, {}, next_hop.interface};
        if (next_hop.address) {
            found.kind = NextHopKind::gateway;
            found.address = *next_hop.address;
        }
        return {{std::move(found), next_hop.weight}};
    }
    if (!next_hop.address) return {};
    ForwardingMembers members = look_up(*next_hop.address, except);
    for (ForwardingMember& member : members) member.weight *= next_hop.weight;
    return members;
}

ForwardingMembers Resolver::look_up(const IpAddress& address,
                                    const std::optional<Prefix>& except) const {
    for (unsigned length = address_bits(address.family()); length > 0; --length) {
        const Prefix prefix = Prefix::covering(address, static_cast<std::uint8_t>(length));
        if (prefix == except) continue;
        const auto found = routes_.find(prefix);
        if (found == routes_.end()) continue;
        const BaseRoute* route = usable_route(found->second);
        if (route == nullptr) continue;
        switch (route->protocol) {
            case Protocol::local: return {};  // ourselves
            case Protocol::connected:
                return {{{NextHopKind::gateway, address, route->next_hops.front().interface}, 1}};
            case Protocol::static_route:
            case Protocol::bgp: return route->resolved;
        }
    }
    return {};
}

}  // namespace torii::routing
