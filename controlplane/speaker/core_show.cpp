// What Core tells the operator.
#include "controlplane/speaker/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <string>

namespace torii::speaker {
namespace {

std::string router_id_text(bgp::RouterId id) {
    return IpAddress::v4(id.value()).to_string();
}

std::uint64_t seconds_since(TimePoint then, TimePoint now) {
    const auto seconds = std::chrono::duration_cast<Seconds>(now - then).count();
    return static_cast<std::uint64_t>(std::max<Seconds::rep>(seconds, 0));
}

const char* origin_text(bgp::Origin origin) {
    switch (origin) {
        case bgp::Origin::igp: return "IGP";
        case bgp::Origin::egp: return "EGP";
        case bgp::Origin::incomplete: break;
    }
    return "incomplete";
}

std::string family_text(bgp::Family family) {
    return family == bgp::Family::ipv4_unicast ? "IPv4 Unicast" : "IPv6 Unicast";
}

std::string restart_text(const bgp::GracefulRestartCapability& restart) {
    std::string text = fmt::format("Graceful Restart (time {}s", restart.time.count());
    if (restart.restarting) text += ", R bit";
    if (restart.notification) text += ", N bit";
    for (const bgp::Family family : bgp::kFamilies) {
        if (!restart.families.contains(family)) continue;
        text += ", " + family_text(family);
        if (restart.forwarding.contains(family)) text += " preserved";
    }
    return text + ")";
}

// Adds each capability by the name that operators know.
template <class Add>
void list_capabilities(const bgp::Capabilities& capabilities, const Add& add) {
    if (capabilities.four_octet_as) add("4 Byte AS");
    if (capabilities.extended_message) add("Extended Message");
    if (capabilities.extended_next_hop) add("Extended nexthop");
    if (capabilities.route_refresh) add("Route refresh");
    if (capabilities.enhanced_route_refresh) add("Enhanced Route Refresh");
    for (const bgp::Family family : bgp::kFamilies) {
        if (capabilities.families.contains(family)) add("Address Family " + family_text(family));
    }
    if (capabilities.graceful_restart) add(restart_text(*capabilities.graceful_restart));
}

void report_attributes(const bgp::PathAttributes& attributes, ipc::BgpPath& out) {
    out.set_next_hop(attributes.next_hop.to_string());
    if (attributes.med) out.set_med(*attributes.med);
    if (attributes.local_pref) out.set_local_preference(*attributes.local_pref);
    out.set_as_path(attributes.as_path.to_string());
    out.set_origin(origin_text(attributes.origin));
    for (const std::uint32_t community : attributes.communities) {
        out.add_communities(bgp::community_text(community));
    }
    for (const bgp::LargeCommunity& community : attributes.large_communities) {
        out.add_large_communities(
            fmt::format("{}:{}:{}", community.global, community.local_1, community.local_2));
    }
    out.set_atomic_aggregate(attributes.atomic_aggregate);
    if (attributes.aggregator) {
        out.set_aggregator(fmt::format("{} {}", attributes.aggregator->as.value(),
                                       attributes.aggregator->address));
    }
}

ipc::AddressFamily to_proto(bgp::Family family) {
    return family == bgp::Family::ipv4_unicast ? ipc::IPV4_UNICAST : ipc::IPV6_UNICAST;
}

void report_counters(const Neighbor& neighbor, ipc::BgpNeighborState& out) {
    const bgp::Peer& peer = neighbor.peer();
    const std::uint64_t updates_sent = neighbor.updates_sent();
    out.set_messages_received(peer.received().total());
    out.set_messages_sent(peer.sent().total() + updates_sent);
    out.set_updates_received(peer.received().update);
    out.set_updates_sent(updates_sent);
    out.set_notifications_received(peer.received().notification);
    out.set_notifications_sent(peer.sent().notification);
    out.set_established_count(peer.established_count());
    out.set_ever_established(peer.established_count() != 0);
    // The connection counts octets; an average message of a session that keeps up is short.
    out.set_output_queue(neighbor.queued() == 0 ? 0 : 1);
    if (peer.last_error()) out.set_last_error(bgp::text(*peer.last_error()));
}

}  // namespace

ipc::BgpSummary Core::summary(bgp::Family family) const {
    const rib::Table& table = state(family).table;
    ipc::BgpSummary summary;
    summary.set_router_id(router_id_text(config_.router_id));
    summary.set_local_as(config_.as.value());
    summary.set_table_version(table.version());
    summary.set_rib_entries(table.size());
    std::set<std::string> groups;
    for (const auto& [address, record] : records_) {
        const bgp::PeerConfig& config = record.neighbor->config();
        if (!config.group.empty()) groups.insert(config.group);
        if (std::ranges::count(config.families, family) == 0) continue;
        *summary.add_neighbors() = report_neighbor(*record.neighbor);
    }
    summary.set_peer_groups(groups.size());
    return summary;
}

std::vector<ipc::BgpNeighborState> Core::neighbors(const std::optional<IpAddress>& address) const {
    std::vector<ipc::BgpNeighborState> states;
    for (const auto& [known, record] : records_) {
        if (!address || *address == known) states.push_back(report_neighbor(*record.neighbor));
    }
    return states;
}

ipc::BgpNeighborState Core::report_neighbor(const Neighbor& neighbor) const {
    const bgp::Peer& peer = neighbor.peer();
    const bgp::PeerConfig& config = neighbor.config();
    ipc::BgpNeighborState out;
    out.set_address(config.address.to_string());
    out.set_peer_group(config.group);
    out.set_description(config.description);
    out.set_local_as(config.local_as.value());
    out.set_remote_as(config.remote_as_rule == bgp::RemoteAsRule::number ? config.remote_as.value()
                                                                         : 0);
    out.set_external(config.remote_as_rule == bgp::RemoteAsRule::external ||
                     (config.remote_as_rule == bgp::RemoteAsRule::number &&
                      config.remote_as != config.local_as));
    out.set_state(config.enabled ? std::string(bgp::state_name(peer.state())) : "Idle (Admin)");
    out.set_state_seconds(seconds_since(neighbor.state_since(), scheduler_.now()));
    out.set_configured_hold_time(static_cast<std::uint32_t>(config.hold_time.count()));
    out.set_configured_keepalive(static_cast<std::uint32_t>(config.keepalive.count()));
    out.set_dynamic(config.dynamic);
    out.set_restarting(!peer.restart_helper().stale().empty());
    report_counters(neighbor, out);
    list_capabilities(peer.local_open().capabilities,
                      [&](const std::string& text) { out.add_capabilities_sent(text); });
    if (const bgp::Negotiated* negotiated = peer.negotiated(); negotiated != nullptr) {
        out.set_remote_as(negotiated->remote_as.value());
        out.set_external(!negotiated->internal);
        out.set_remote_router_id(router_id_text(negotiated->remote_id));
        out.set_hold_time(static_cast<std::uint32_t>(negotiated->hold_time.count()));
        out.set_keepalive(static_cast<std::uint32_t>(negotiated->keepalive.count()));
        const auto& restart = negotiated->peer_capabilities.graceful_restart;
        if (restart) {
            out.set_graceful_restart_time(static_cast<std::uint32_t>(restart->time.count()));
        }
        list_capabilities(negotiated->peer_capabilities,
                          [&](const std::string& text) { out.add_capabilities_received(text); });
    }
    if (const Connection* connection = neighbor.connection(); connection != nullptr) {
        out.set_local_address(connection->info().local.to_string());
        out.set_local_port(connection->info().local_port);
        out.set_remote_port(connection->info().remote_port);
    }
    for (const bgp::Family family : config.families) {
        const rib::PathCounts counts = state(family).table.counts(neighbor.id());
        ipc::BgpPrefixCounts& prefixes = *out.add_prefixes();
        prefixes.set_family(to_proto(family));
        prefixes.set_received(counts.received);
        prefixes.set_accepted(counts.accepted);
        prefixes.set_sent(state(family).sender.sent(neighbor.id()));
    }
    return out;
}

void Core::report_table_head(const FamilyState& family, ipc::BgpTable& table) const {
    table.set_router_id(router_id_text(config_.router_id));
    table.set_local_as(config_.as.value());
    table.set_table_version(family.table.version());
}

ipc::BgpTable Core::table(bgp::Family family, const std::optional<Prefix>& prefix) const {
    const FamilyState& wanted = state(family);
    ipc::BgpTable table;
    report_table_head(wanted, table);
    if (prefix) {
        const auto id = wanted.table.id_of(*prefix);
        if (!id) return table;
        ipc::BgpTableEntry entry = report_entry(wanted, *id);
        if (entry.paths_size() != 0) *table.add_entries() = std::move(entry);
        return table;
    }
    for (const rib::EntryId id : wanted.table.sorted()) {
        ipc::BgpTableEntry entry = report_entry(wanted, id);
        if (entry.paths_size() != 0) *table.add_entries() = std::move(entry);
    }
    return table;
}

ipc::BgpTableEntry Core::report_entry(const FamilyState& family, rib::EntryId id) const {
    const rib::Entry entry = family.table.entry(id);
    ipc::BgpTableEntry out;
    out.set_prefix(entry.prefix.to_string());
    std::vector<const rib::Path*> paths;
    for (const rib::Path& path : entry.paths) {
        if (!path.rejected) paths.push_back(&path);
    }
    // The latest first, as operators are used to.
    std::ranges::stable_sort(paths, std::greater{},
                             [](const rib::Path* path) { return path->since; });
    for (const rib::Path* path : paths) *out.add_paths() = report_path(family, entry, *path);
    std::set<IpAddress> receivers;
    for (const rib::PeerId peer : family.sender.receivers(id)) {
        if (const Neighbor* neighbor = find(peer)) receivers.insert(neighbor->config().address);
    }
    for (const IpAddress& receiver : receivers) out.add_advertised_to(receiver.to_string());
    return out;
}

ipc::BgpPath Core::report_path(const FamilyState& family, const rib::Entry& entry,
                               const rib::Path& path) const {
    ipc::BgpPath out;
    report_attributes(path.attributes.unpack(), out);
    out.set_weight(path.weight);
    out.set_valid(path.valid());
    out.set_best(path.best);
    // One path alone is no multipath.
    out.set_multipath(path.multipath &&
                      std::ranges::count_if(entry.paths, &rib::Path::multipath) > 1);
    out.set_stale(path.stale);
    out.set_age_seconds(seconds_since(path.since, scheduler_.now()));
    if (path.best) out.set_best_reason(std::string(rib::to_string(entry.reason)));
    if (path.local()) return out;
    const rib::PeerFacts& facts = family.table.peer(path.peer);
    out.set_peer_address(facts.address.to_string());
    out.set_peer_router_id(router_id_text(facts.router_id));
    out.set_internal(!facts.external);
    if (const Neighbor* neighbor = find(path.peer)) out.set_peer_group(neighbor->config().group);
    return out;
}

std::optional<Prefix> Core::longest_match(const IpAddress& address) const {
    return state(bgp::unicast(address.family())).table.longest_match(address);
}

ipc::BgpTable Core::advertised(bgp::Family family, const IpAddress& peer) const {
    const FamilyState& wanted = state(family);
    ipc::BgpTable table;
    report_table_head(wanted, table);
    const Neighbor* neighbor = find(peer);
    if (neighbor == nullptr) return table;
    for (const rib::EntryId id : wanted.table.sorted()) {
        const auto route = wanted.sender.route(neighbor->id(), id);
        if (!route) continue;
        const rib::Entry entry = wanted.table.entry(id);
        ipc::BgpTableEntry& out = *table.add_entries();
        out.set_prefix(entry.prefix.to_string());
        ipc::BgpPath& path = *out.add_paths();
        report_attributes(route->attributes.unpack(), path);
        path.set_valid(true);
        path.set_best(true);
        const rib::Path* best = entry.best();
        if (best == nullptr) continue;
        path.set_weight(best->weight);
        path.set_age_seconds(seconds_since(best->since, scheduler_.now()));
    }
    return table;
}

}  // namespace torii::speaker
