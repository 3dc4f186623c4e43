#include "controlplane/routing/rib.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace torii::routing {
namespace {

std::uint32_t seconds(TimePoint time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<Seconds>(time.time_since_epoch()).count());
}

}  // namespace

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

void Rib::change(const Prefix& prefix, bool own) {
    const std::uint32_t id = records_.add(prefix).first;
    records_[id].set(Record::kOwn, own);
    change(id);
}

void Rib::change(std::uint32_t id) {
    if (records_[id].is(Record::kChanged)) return;
    records_[id].set(Record::kChanged, true);
    changed_.push(id);
}

Rib::~Rib() {
    records_.for_each([this](std::uint32_t id) {
        next_hop_store_.drop(records_[id].next_hops);
        forwarding_store_.drop(records_[id].forwarding);
    });
}

void Rib::set_bgp(std::span<const std::uint32_t> ids, const BgpRoute& route) {
    const NextHopStore::Handle next_hops = next_hop_store_.intern(route.next_hops);
    const std::uint32_t number = next_hops.number();
    const std::uint32_t now = seconds(clock_());
    if (number >= resolved_.size()) resolved_.resize(std::size_t{number} + 1);
    Resolved& resolved = resolved_[number];
    for (const std::uint32_t id : ids) {
        records_.add(id);
        Record& record = records_[id];
        if (record.next_hops != number) {
            if (resolved.users++ == 0) resolved.forwarding = resolve(route.next_hops);
            record.since = now;
            release(std::exchange(record.next_hops, next_hop_store_.hold(next_hops)));
        }
        record.set(Record::kInternal, !route.external);
        record.set(Record::kStale, route.stale);
        change(id);
    }
}

void Rib::remove_bgp(std::uint32_t id) {
    if (records_.used(id)) forget(id);
}

void Rib::forget(std::uint32_t id) {
    if (records_[id].next_hops == 0) return;
    release(std::exchange(records_[id].next_hops, 0));
    change(id);
}

void Rib::clear_bgp() {
    records_.for_each([this](std::uint32_t id) { forget(id); });
}

void Rib::repeat_bgp() {
    records_.for_each([this](std::uint32_t id) {
        if (!by_bgp(records_[id])) return;
        records_[id].set(Record::kRepeat, true);
        change(id);
    });
}

void Rib::release(std::uint32_t next_hops) {
    if (next_hops == 0) return;
    if (--resolved_[next_hops].users == 0) resolved_[next_hops].forwarding = {};
    next_hop_store_.drop(next_hops);
}

Forwarding Rib::resolve(const std::vector<BgpNextHop>& next_hops) {
    ForwardingMembers members;
    for (const BgpNextHop& next_hop : next_hops) {
        if (next_hop.address.is_unspecified()) {
            members.push_back({{NextHopKind::discard, {}, {}}, 1});
            continue;
        }
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
    for (const auto& [prefix, routes] : resolver_.routes()) change(prefix, false);
    resolver_.rebuild(connected_, local_, statics_, interfaces_, clock_());
    for (const auto& [prefix, routes] : resolver_.routes()) change(prefix, true);
    bool moved = false;
    for (std::uint32_t number = 0; number < resolved_.size(); ++number) {
        Resolved& resolved = resolved_[number];
        if (resolved.users == 0) continue;
        const NextHopStore::Handle next_hops = next_hop_store_.handle(number);
        const Forwarding before = std::exchange(resolved.forwarding, resolve(*next_hops));
        moved = moved || before != resolved.forwarding;
    }
    // Rare, and all of the table is looked through in tens of milliseconds: no index by next hop.
    if (!moved) return;
    records_.for_each([this](std::uint32_t id) { change(id); });
}

const BaseRoute* Rib::base_route(const Prefix& prefix) const {
    const auto candidates = resolver_.routes().find(prefix);
    return candidates == resolver_.routes().end() ? nullptr : usable_route(candidates->second);
}

std::optional<Rib::Winner> Rib::select(std::uint32_t id) {
    const Record& record = records_[id];
    const BaseRoute* base = record.is(Record::kOwn) ? base_route(records_.prefix(id)) : nullptr;
    if (record.next_hops != 0) {
        const Forwarding& forwarding = resolved_[record.next_hops].forwarding;
        if (forwarding && (base == nullptr || record.distance() < base->distance)) {
            return Winner{Protocol::bgp, &forwarding};
        }
    }
    if (base == nullptr) return std::nullopt;
    base_forwarding_ = forwarding_store_.intern(base->resolved);
    return Winner{base->protocol, &base_forwarding_};
}

std::vector<RibChange> Rib::update(std::size_t limit) {
    if (base_changed_) rebuild_base();
    std::vector<RibChange> changes;
    std::size_t count = std::min(limit, changed_.size());
    changes.reserve(count);
    for (; count != 0; --count) {
        update_one(changed_.pop(), changes);
    }
    base_forwarding_ = {};
    return changes;
}

void Rib::update_one(std::uint32_t id, std::vector<RibChange>& changes) {
    Record& record = records_[id];
    record.set(Record::kChanged, false);
    const std::optional<Winner> winner = select(id);
    const bool before = record.is(Record::kInUse);
    const bool repeat = record.is(Record::kRepeat);
    record.set(Record::kRepeat, false);
    if (by_bgp(record)) --bgp_routes_;
    record.set(Record::kInUse, winner.has_value());
    if (winner) {
        if (winner->protocol == Protocol::bgp) ++bgp_routes_;
        const bool same = before && record.protocol() == winner->protocol &&
                          record.forwarding == winner->forwarding->number();
        if (same && !repeat) return;
        record.extra = static_cast<std::uint16_t>(winner->protocol);
        forwarding_store_.drop(
            std::exchange(record.forwarding, forwarding_store_.hold(*winner->forwarding)));
        changes.push_back({id, records_.prefix(id), winner->protocol, *winner->forwarding});
        return;
    }
    forwarding_store_.drop(std::exchange(record.forwarding, 0));
    if (before) changes.push_back({id, records_.prefix(id), std::nullopt, {}});
    if (record.next_hops == 0) records_.erase(id);
}

bool Rib::reachable(const IpAddress& next_hop) const {
    return !silent_.contains(next_hop) && !resolver_.resolve({next_hop, {}, 1}).empty();
}

bool Rib::leads_to(const IpAddress& next_hop) const {
    for (std::uint32_t number = 0; number < resolved_.size(); ++number) {
        if (resolved_[number].users == 0) continue;
        const NextHopStore::Handle set = next_hop_store_.handle(number);
        if (std::ranges::find(*set, next_hop, &BgpNextHop::address) != set->end()) return true;
    }
    return false;
}

bool Rib::has_own_route(const Prefix& prefix) const {
    return base_route(prefix) != nullptr;
}

std::vector<OwnRoute> Rib::own_routes(Protocol protocol, IpFamily family) const {
    std::vector<OwnRoute> out;
    for (const auto& [prefix, routes] : resolver_.routes()) {
        const BaseRoute* used = usable_route(routes);
        if (prefix.family() != family || used == nullptr || used->protocol != protocol) continue;
        OwnRoute& own = out.emplace_back(OwnRoute{prefix, 0});
        if (protocol != Protocol::static_route) continue;
        const auto found = std::ranges::find(statics_, prefix, &StaticRoute::prefix);
        if (found != statics_.end()) own.tag = found->tag;
    }
    return out;
}

RouteView Rib::view(const Prefix& prefix, const Record& record) const {
    RouteView view;
    view.prefix = prefix;
    view.protocol = Protocol::bgp;
    view.distance = record.distance();
    view.stale = record.is(Record::kStale);
    view.since = TimePoint(Seconds(record.since));
    const NextHopStore::Handle next_hops = next_hop_store_.handle(record.next_hops);
    for (const BgpNextHop& learned : *next_hops) {
        if (learned.address.is_unspecified()) {
            view.discard = true;
            continue;
        }
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
    const auto id = records_.find(prefix);
    if (!id) return views;
    const Record& record = records_[*id];
    if (record.next_hops != 0) views.push_back(view(prefix, record));
    std::ranges::stable_sort(views, {}, &RouteView::distance);
    if (!record.is(Record::kInUse)) return views;
    // The first of its protocol that can be used: a static prefix has one route.
    const auto selected = std::ranges::find(views, record.protocol(), &RouteView::protocol);
    if (selected != views.end()) selected->selected = true;
    return views;
}

std::vector<Prefix> Rib::own_prefixes(IpFamily family) const {
    std::vector<Prefix> found;
    for (const auto& [prefix, routes] : resolver_.routes()) {
        if (prefix.family() == family) found.push_back(prefix);
    }
    return found;
}

std::vector<Prefix> Rib::prefixes(IpFamily family) const {
    std::vector<Prefix> found = own_prefixes(family);
    records_.for_each([&](std::uint32_t id) {
        const Record& record = records_[id];
        if (record.next_hops == 0) return;
        const Prefix prefix = records_.prefix(id);
        const bool own = record.is(Record::kOwn) && resolver_.routes().contains(prefix);
        if (!own && prefix.family() == family) found.push_back(prefix);
    });
    return found;
}

std::optional<Prefix> Rib::longest_match(const IpAddress& address) const {
    for (int length = address_bits(address.family()); length >= 0; --length) {
        const Prefix prefix = Prefix::covering(address, static_cast<std::uint8_t>(length));
        const auto id = records_.find(prefix);
        if (id && records_[*id].is(Record::kInUse)) return prefix;
    }
    return std::nullopt;
}

}  // namespace torii::routing
