#include "controlplane/server/show.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::controlplane {
namespace {

constexpr std::string_view kBgp = "bgp";
constexpr std::array<std::string_view, 4> kProtocols{"connected", "local", "static", kBgp};

bgp::Family family_of(ipc::AddressFamily family) {
    return family == ipc::IPV6_UNICAST ? bgp::Family::ipv6_unicast : bgp::Family::ipv4_unicast;
}

// "ADDRESS/LENGTH", or "ADDRESS" for what `longest_match` finds for it. Nothing: no route for it.
Result<std::optional<Prefix>> asked_prefix(
    const std::string& text,
    const std::function<std::optional<Prefix>(const IpAddress&)>& longest_match) {
    if (text.find('/') != std::string::npos) {
        const auto prefix = Prefix::parse(text);
        if (!prefix) return unexpected(prefix.error());
        return *prefix;
    }
    const auto address = IpAddress::parse(text);
    if (!address) return unexpected(address.error());
    return longest_match(*address);
}

void report_next_hop(const routing::RouteView::Hop& hop, bool installed, ipc::RouteEntry& entry) {
    auto* added = entry.add_next_hops();
    if (hop.next_hop.address) added->set_address(hop.next_hop.address->to_string());
    added->set_weight(hop.next_hop.weight);
    added->set_resolved(!hop.resolved.empty());
    added->set_interface(hop.next_hop.interface);
    if (hop.resolved.empty()) return;
    if (hop.next_hop.interface.empty()) {
        added->set_interface(hop.resolved.front().next_hop.interface);
    }
    added->set_installed(installed);
}

ipc::RouteEntry report_route(const routing::RouteView& route, const routing::FibExport& fib,
                             TimePoint now) {
    ipc::RouteEntry entry;
    entry.set_prefix(route.prefix.to_string());
    entry.set_protocol(routing::protocol_name(route.protocol));
    entry.set_distance(route.distance);
    entry.set_selected(route.selected);
    entry.set_installed(route.selected && fib.installed(route.prefix));
    entry.set_stale(route.stale);
    entry.set_discard(route.discard);
    const auto age = std::chrono::duration_cast<Seconds>(now - route.since).count();
    entry.set_age_seconds(static_cast<std::uint64_t>(std::max<std::int64_t>(0, age)));
    if (route.selected) entry.set_group_id(fib.group_id(route.prefix));
    for (const auto& hop : route.next_hops) report_next_hop(hop, entry.installed(), entry);
    return entry;
}

}  // namespace

Result<ipc::Routes> show_routes(const routing::Rib& rib, const routing::FibExport& fib,
                                TableWalks& walks, TimePoint now, const ipc::GetRoutes& request) {
    const std::string& protocol = request.protocol();
    if (!protocol.empty() && std::ranges::find(kProtocols, protocol) == kProtocols.end()) {
        return fail("protocol {}: use connected, local, static or bgp", protocol);
    }
    ipc::Routes routes;
    const auto report = [&](const Prefix& prefix) {
        const int before = routes.routes_size();
        for (const routing::RouteView& route : rib.routes(prefix)) {
            if (!protocol.empty() && protocol != routing::protocol_name(route.protocol)) continue;
            *routes.add_routes() = report_route(route, fib, now);
        }
        return static_cast<std::size_t>(routes.routes_size() - before);
    };
    if (!request.prefix().empty()) {
        const auto prefix = asked_prefix(
            request.prefix(), [&](const IpAddress& address) { return rib.longest_match(address); });
        if (!prefix) return unexpected(prefix.error());
        if (*prefix) report(**prefix);
        return routes;
    }
    std::uint64_t walk = request.walk();
    if (walk == 0) {
        const IpFamily family = bgp::ip_family(family_of(request.family()));
        const bool learned = protocol.empty() || protocol == kBgp;
        walk = walks.begin(learned ? rib.prefixes(family) : rib.own_prefixes(family));
    }
    const auto next = walks.go_on(walk, request.limit(), report);
    if (!next) return unexpected(next.error());
    routes.set_walk(*next);
    return routes;
}

namespace {

// The next portion of a table, as `request` asks for it.
template <class Request>
Result<ipc::BgpTable> table_portion(const speaker::Speaker& speaker, TableWalks& walks,
                                    const speaker::TableView& view, const Request& request) {
    ipc::BgpTable table = speaker.table_head(view);
    std::uint64_t walk = request.walk();
    if (walk == 0) walk = walks.begin(speaker.prefixes(view.family));
    const auto next = walks.go_on(walk, request.limit(), [&](const Prefix& prefix) {
        ipc::BgpTableEntry entry = speaker.entry(view, prefix);
        const int paths = entry.paths_size();
        if (paths != 0) *table.add_entries() = std::move(entry);
        return static_cast<std::size_t>(paths);
    });
    if (!next) return unexpected(next.error());
    table.set_walk(*next);
    return table;
}

}  // namespace

Result<ipc::BgpTable> show_bgp_table(const speaker::Speaker& speaker, TableWalks& walks,
                                     const ipc::GetBgpTable& request) {
    const speaker::TableView view{family_of(request.family())};
    if (request.prefix().empty()) return table_portion(speaker, walks, view, request);
    const auto prefix = asked_prefix(
        request.prefix(), [&](const IpAddress& address) { return speaker.longest_match(address); });
    if (!prefix) return unexpected(prefix.error());
    if (*prefix) return speaker.table({bgp::unicast((*prefix)->family())}, **prefix);
    return speaker.table_head(view);
}

Result<ipc::BgpNeighbors> show_bgp_neighbors(const speaker::Speaker& speaker,
                                             const ipc::GetBgpNeighbors& request) {
    std::optional<IpAddress> address;
    if (!request.address().empty()) {
        const auto parsed = IpAddress::parse(request.address());
        if (!parsed) return unexpected(parsed.error());
        address = *parsed;
    }
    ipc::BgpNeighbors neighbors;
    for (ipc::BgpNeighborState& state : speaker.neighbors(address)) {
        *neighbors.add_neighbors() = std::move(state);
    }
    if (address && neighbors.neighbors().empty()) {
        return fail("there is no BGP neighbor {}", *address);
    }
    return neighbors;
}

Result<ipc::BgpTable> show_neighbor_routes(const speaker::Speaker& speaker, TableWalks& walks,
                                           const ipc::GetBgpNeighborRoutes& request) {
    const auto address = IpAddress::parse(request.address());
    if (!address) return unexpected(address.error());
    if (speaker.neighbors(*address).empty()) return fail("there is no BGP neighbor {}", *address);
    using Routes = speaker::TableView::Routes;
    speaker::TableView view{family_of(request.family()), Routes::accepted, *address};
    if (request.routes() == ipc::ADVERTISED_ROUTES) view.routes = Routes::advertised;
    if (request.routes() == ipc::RECEIVED_ROUTES) view.routes = Routes::received;
    if (request.prefix().empty()) return table_portion(speaker, walks, view, request);
    const auto prefix = Prefix::parse(request.prefix());
    if (!prefix) return unexpected(prefix.error());
    view.family = bgp::unicast(prefix->family());
    return speaker.table(view, *prefix);
}

ipc::Policies show_policies(const ipc::PolicyConfig& config, const policy::Library* library) {
    ipc::Policies out;
    *out.mutable_sets() = config;
    out.mutable_sets()->clear_policies();
    for (const ipc::Policy& policy : config.policies()) {
        ipc::PolicyState& state = *out.add_policies();
        *state.mutable_policy() = policy;
        // The order in which they are tried.
        std::ranges::stable_sort(*state.mutable_policy()->mutable_statements(), {},
                                 &ipc::PolicyStatement::sequence);
        if (library == nullptr) continue;
        const auto known = library->policies().find(policy.name());
        if (known == library->policies().end()) continue;
        for (const std::uint64_t count : known->second->matched()) state.add_matched(count);
    }
    return out;
}

Result<ipc::BgpCleared> clear_bgp(speaker::Speaker& speaker, const ipc::ClearBgp& request) {
    speaker::ClearTarget target;
    if (!request.address().empty()) {
        const auto parsed = IpAddress::parse(request.address());
        if (!parsed) return unexpected(parsed.error());
        target.address = *parsed;
    }
    if (!request.peer_group().empty()) target.group = request.peer_group();
    speaker::ClearKind kind = speaker::ClearKind::hard;
    switch (request.kind()) {
        case ipc::ClearBgp::SOFT: kind = speaker::ClearKind::soft; break;
        case ipc::ClearBgp::SOFT_IN: kind = speaker::ClearKind::soft_in; break;
        case ipc::ClearBgp::SOFT_OUT: kind = speaker::ClearKind::soft_out; break;
        default: break;
    }
    ipc::BgpCleared cleared;
    cleared.set_neighbors(static_cast<std::uint32_t>(speaker.clear(target, kind)));
    if (cleared.neighbors() != 0) return cleared;
    if (target.address) return fail("there is no BGP neighbor {}", *target.address);
    if (target.group) return fail("no BGP neighbor is in the peer-group {}", *target.group);
    return cleared;
}

ipc::BgpNeighborChanged show_neighbor_change(const ipc::BgpNeighborState& neighbor, bool up) {
    ipc::BgpNeighborChanged out;
    out.set_address(neighbor.address());
    out.set_remote_as(neighbor.remote_as());
    out.set_host_name(neighbor.capabilities_received().host_name());
    out.set_up(up);
    if (up) return out;
    std::string reason = neighbor.last_reset_reason();
    if (!neighbor.last_notification().empty()) {
        reason += (reason.empty() ? "" : ": ") + neighbor.last_notification();
    }
    if (!neighbor.last_shutdown_message().empty()) {
        reason += ": " + neighbor.last_shutdown_message();
    }
    out.set_reason(reason);
    return out;
}

}  // namespace torii::controlplane
