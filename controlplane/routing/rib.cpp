#include "controlplane/routing/rib.h"

#include <algorithm>
#include <utility>

namespace torii::routing {

void Rib::set_connected(std::map<Prefix, std::string> networks) {
    if (networks == connected_) return;
    connected_ = std::move(networks);
    base_changed_ = true;
}

void Rib::set_local(std::map<IpAddress, std::string> addresses) {
    if (addresses == local_) return;
    local_ = std::move(addresses);
    base_changed_ = true;
}

void Rib::set_static(std::vector<StaticRoute> routes) {
    if (routes == statics_) return;
    statics_ = std::move(routes);
    base_changed_ = true;
}

void Rib::set_interfaces(std::set<std::string> up) {
    if (up == interfaces_) return;
    interfaces_ = std::move(up);
    base_changed_ = true;
}

void Rib::set_silent_neighbors(std::set<IpAddress> neighbors) {
    if (neighbors == silent_) return;
    silent_ = std::move(neighbors);
    base_changed_ = true;
}

void Rib::set_bgp(const BgpRoute& route) {
    const NextHopStore::Handle next_hops = next_hop_store_.intern(route.next_hops);
    Resolved& resolved = resolved_[next_hops];
    if (resolved.users++ == 0) resolved.forwarding = resolve(route.next_hops);
    const auto [found, added] = bgp_.try_emplace(route.prefix);
    BgpEntry& entry = found->second;
    if (added || entry.next_hops != next_hops) entry.since = clock_();
    const NextHopStore::Handle before = std::exchange(entry.next_hops, next_hops);
    entry.distance = route.external ? kDistanceExternalBgp : kDistanceInternalBgp;
    entry.stale = route.stale;
    if (before) release(before);
    changed_.insert(route.prefix);
}

void Rib::remove_bgp(const Prefix& prefix) {
    const auto found = bgp_.find(prefix);
    if (found == bgp_.end()) return;
    const NextHopStore::Handle next_hops = found->second.next_hops;
    bgp_.erase(found);
    release(next_hops);
    changed_.insert(prefix);
}

void Rib::clear_bgp() {
    for (const auto& [prefix, entry] : bgp_) changed_.insert(prefix);
    bgp_.clear();
    resolved_.clear();
}

void Rib::release(const NextHopStore::Handle& next_hops) {
    const auto found = resolved_.find(next_hops);
    if (--found->second.users == 0) resolved_.erase(found);
}

Forwarding Rib::resolve(const std::vector<BgpNextHop>& next_hops) {
    ForwardingMembers members;
    for (const BgpNextHop& next_hop : next_hops) {
        if (silent_.contains(next_hop.address)) continue;
        const auto found = resolver_.resolve({next_hop.address, {}, next_hop.weight});
        members.insert(members.end(), found.begin(), found.end());
    }
    if (members.empty()) return {};
    return forwarding_store_.intern(normalized(std::move(members)));
}

void Rib::rebuild_base() {
    base_changed_ = false;
    ++base_version_;
    for (const auto& [prefix, routes] : resolver_.routes()) changed_.insert(prefix);
    resolver_.rebuild(connected_, local_, statics_, interfaces_, clock_());
    for (const auto& [prefix, routes] : resolver_.routes()) changed_.insert(prefix);
    bool moved = false;
    for (auto& [next_hops, resolved] : resolved_) {
        const Forwarding before = std::exchange(resolved.forwarding, resolve(*next_hops));
        moved = moved || before != resolved.forwarding;
    }
    // Rare, and all of the table is looked through in tens of milliseconds: no index by next hop.
    if (!moved) return;
    for (const auto& [prefix, entry] : bgp_) changed_.insert(prefix);
}

std::optional<Rib::Winner> Rib::select(const Prefix& prefix) {
    const BaseRoute* base = nullptr;
    const auto candidates = resolver_.routes().find(prefix);
    if (candidates != resolver_.routes().end()) base = usable_route(candidates->second);
    const auto learned = bgp_.find(prefix);
    if (learned != bgp_.end()) {
        const Forwarding& forwarding = resolved_.at(learned->second.next_hops).forwarding;
        if (forwarding && (base == nullptr || learned->second.distance < base->distance)) {
            return Winner{Protocol::bgp, forwarding};
        }
    }
    if (base == nullptr) return std::nullopt;
    return Winner{base->protocol, forwarding_store_.intern(base->resolved)};
}

std::vector<RibChange> Rib::update() {
    if (base_changed_) rebuild_base();
    std::vector<RibChange> changes;
    for (const Prefix& prefix : std::exchange(changed_, {})) {
        const std::optional<Winner> winner = select(prefix);
        const auto before = winners_.find(prefix);
        if (!winner) {
            if (before == winners_.end()) continue;
            winners_.erase(before);
            changes.push_back({prefix, std::nullopt, {}});
            continue;
        }
        if (before != winners_.end()) {
            if (before->second.protocol == winner->protocol &&
                before->second.forwarding == winner->forwarding) {
                continue;
            }
            before->second = *winner;
        } else {
            winners_.emplace(prefix, *winner);
        }
        changes.push_back({prefix, winner->protocol, winner->forwarding});
    }
    return changes;
}

bool Rib::reachable(const IpAddress& next_hop) const {
    return !silent_.contains(next_hop) && !resolver_.resolve({next_hop, {}, 1}).empty();
}

bool Rib::leads_to(const IpAddress& next_hop) const {
    return std::ranges::any_of(resolved_, [&](const auto& one) {
        return std::ranges::find(*one.first, next_hop, &BgpNextHop::address) != one.first->end();
    });
}

bool Rib::has_own_route(const Prefix& prefix) const {
    const auto found = resolver_.routes().find(prefix);
    return found != resolver_.routes().end() && usable_route(found->second) != nullptr;
}

RouteView Rib::view(const Prefix& prefix, const BgpEntry& entry) const {
    RouteView view;
    view.prefix = prefix;
    view.protocol = Protocol::bgp;
    view.distance = entry.distance;
    view.stale = entry.stale;
    view.since = entry.since;
    for (const BgpNextHop& learned : *entry.next_hops) {
        const NextHop next_hop{learned.address, {}, learned.weight};
        const bool silent = silent_.contains(learned.address);
        view.next_hops.push_back(
            {next_hop, silent ? ForwardingMembers{} : resolver_.resolve(next_hop)});
    }
    return view;
}

std::vector<RouteView> Rib::routes(const Prefix& prefix) const {
    std::vector<RouteView> views;
    const auto base = resolver_.routes().find(prefix);
    if (base != resolver_.routes().end()) {
        for (const BaseRoute& route : base->second) {
            RouteView& view = views.emplace_back();
            view.prefix = prefix;
            view.protocol = route.protocol;
            view.distance = route.distance;
            view.discard = route.discard;
            view.since = route.since;
            for (const NextHop& next_hop : route.next_hops) {
                view.next_hops.push_back({next_hop, resolver_.resolve(next_hop)});
            }
        }
    }
    const auto learned = bgp_.find(prefix);
    if (learned != bgp_.end()) views.push_back(view(prefix, learned->second));
    std::ranges::stable_sort(views, {}, &RouteView::distance);
    const auto winner = winners_.find(prefix);
    if (winner == winners_.end()) return views;
    // The first of its protocol that can be used: a static prefix has one route.
    const auto selected = std::ranges::find(views, winner->second.protocol, &RouteView::protocol);
    if (selected != views.end()) selected->selected = true;
    return views;
}

std::vector<Prefix> Rib::prefixes(IpFamily family) const {
    std::vector<Prefix> found;
    for (const auto& [prefix, routes] : resolver_.routes()) {
        if (prefix.family() == family) found.push_back(prefix);
    }
    for (const auto& [prefix, entry] : bgp_) {
        if (prefix.family() == family) found.push_back(prefix);
    }
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::optional<Prefix> Rib::longest_match(const IpAddress& address) const {
    for (int length = address_bits(address.family()); length >= 0; --length) {
        const Prefix prefix = Prefix::covering(address, static_cast<std::uint8_t>(length));
        if (winners_.contains(prefix)) return prefix;
    }
    return std::nullopt;
}

}  // namespace torii::routing
