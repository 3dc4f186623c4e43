// What Core tells the operator.
#include "controlplane/bgp/community.h"
#include "controlplane/speaker/core.h"
#include "controlplane/speaker/neighbor_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <string>

namespace torii::speaker {
namespace {

const char* origin_text(bgp::Origin origin) {
    switch (origin) {
        case bgp::Origin::igp: return "IGP";
        case bgp::Origin::egp: return "EGP";
        case bgp::Origin::incomplete: break;
    }
    return "incomplete";
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
        out.add_large_communities(bgp::large_community_text(community));
    }
    for (const std::uint64_t community : attributes.extended_communities) {
        out.add_extended_communities(bgp::extended_community_text(community));
    }
    out.set_atomic_aggregate(attributes.atomic_aggregate);
    if (attributes.only_to_customer) {
        out.set_only_to_customer(attributes.only_to_customer->value());
    }
    if (attributes.aggregator) {
        out.set_aggregator(fmt::format("{} {}", attributes.aggregator->as.value(),
                                       attributes.aggregator->address));
    }
}

// The path that is sent, if it is still there.
const rib::Path* path_behind(const SentRoute& sent, const rib::Entry& entry) {
    if (!sent.key) return entry.best();
    const auto found = std::ranges::find_if(entry.paths, [&](const rib::Path& path) {
        return rib::PathKey{path.peer, path.id} == *sent.key;
    });
    return found == entry.paths.end() ? nullptr : &*found;
}

// In FRR's words.
const char* sent_communities(const bgp::SendCommunities& send) {
    if (send.standard && send.extended) return send.large ? "all" : "both";
    if (send.standard) return "standard";
    if (send.extended) return "extended";
    return send.large ? "large" : "";
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
        *summary.add_neighbors() = report_neighbor(record);
    }
    summary.set_peer_groups(groups.size());
    summary.set_update_delay(static_cast<std::uint32_t>(config_.update_delay.count()));
    summary.set_update_delay_establish_wait(
        static_cast<std::uint32_t>(config_.establish_wait.count()));
    summary.set_update_delay_in_progress(config_.update_delay.count() != 0 && deferring_);
    return summary;
}

std::vector<ipc::BgpNeighborState> Core::neighbors(const std::optional<IpAddress>& address) const {
    std::vector<ipc::BgpNeighborState> states;
    for (const auto& [known, record] : records_) {
        if (!address || *address == known) states.push_back(report_neighbor(record));
    }
    return states;
}

ipc::BgpNeighborState Core::report_neighbor(const Record& record) const {
    const Neighbor& neighbor = *record.neighbor;
    const bgp::PeerConfig& config = neighbor.config();
    ipc::BgpNeighborState out = neighbor_report(neighbor, config_, scheduler_.now());
    const bgp::RestartHelper& helper = neighbor.peer().restart_helper();
    for (const bgp::Family family : config.families) {
        const rib::PathCounts counts = state(family).table.counts(neighbor.id());
        const bgp::FamilyPolicies& policies = config.policies[static_cast<std::size_t>(family)];
        const bool required = config_.ebgp_requires_policy && out.external();
        ipc::BgpPrefixCounts& prefixes = *out.add_prefixes();
        prefixes.set_family(family_proto(family));
        prefixes.set_received(counts.received);
        prefixes.set_accepted(counts.accepted);
        prefixes.set_sent(state(family).sender.sent(neighbor.id()));
        prefixes.set_end_of_rib_sent(neighbor.end_of_rib_sent().contains(family));
        prefixes.set_end_of_rib_received(neighbor.end_of_rib_received().contains(family));
        prefixes.set_stale(helper.stale().contains(family));
        prefixes.set_long_lived(helper.long_lived().contains(family));
        prefixes.set_import_policy_missing(required && policies.import_policies.empty());
        prefixes.set_export_policy_missing(required && policies.export_policies.empty());
        for (const std::string& name : policies.import_policies) prefixes.add_import_policies(name);
        for (const std::string& name : policies.export_policies) prefixes.add_export_policies(name);
        for (const std::string& name : policies.unsuppress_policies) {
            prefixes.add_unsuppress_policies(name);
        }
        prefixes.set_default_originate(policies.default_originate);
        for (const std::string& name : policies.default_policies) {
            prefixes.add_default_policies(name);
        }
        prefixes.set_default_sent(state(family).sender.originates_default(neighbor.id()));
    }
    out.set_sent_communities(sent_communities(config.send_communities));
    report_limit(record, out);
    return out;
}

void Core::report_limit(const Record& record, ipc::BgpNeighborState& out) const {
    const bgp::PrefixLimit& limit = record.neighbor->config().prefix_limit;
    out.set_maximum_prefixes(limit.maximum);
    out.set_maximum_prefixes_threshold(limit.warn_percent);
    out.set_maximum_prefixes_warning_only(limit.warning_only);
    out.set_maximum_prefixes_force(limit.force);
    out.set_maximum_prefixes_restart(static_cast<std::uint32_t>(limit.restart.count()));
    out.set_maximum_prefixes_exceeded(record.held_down);
    if (record.held_down) out.set_state("Idle (PfxCt)");
}

ipc::BgpTable Core::table_head(const TableView& view) const {
    const bgp::Family family = view.family;
    ipc::BgpTable table;
    table.set_router_id(router_id_text(config_.router_id));
    table.set_local_as(config_.as.value());
    table.set_table_version(state(family).table.version());
    const Neighbor* const neighbor =
        view.routes == TableView::Routes::advertised ? find(view.peer) : nullptr;
    if (neighbor != nullptr && state(family).sender.originates_default(neighbor->id())) {
        table.set_originating_default(default_prefix(bgp::ip_family(family)).to_string());
    }
    return table;
}

ipc::BgpTable Core::table(const TableView& view, const std::optional<Prefix>& prefix) const {
    ipc::BgpTable table = table_head(view);
    std::vector<Prefix> wanted = prefix ? std::vector{*prefix} : prefixes(view.family);
    std::ranges::sort(wanted);
    for (const Prefix& one : wanted) {
        ipc::BgpTableEntry found = entry(view, one);
        if (found.paths_size() != 0) *table.add_entries() = std::move(found);
    }
    return table;
}

std::vector<Prefix> Core::prefixes(bgp::Family family) const {
    const rib::Table& table = state(family).table;
    std::vector<Prefix> all;
    all.reserve(table.size());
    for (rib::EntryId id = 0; id < table.end(); ++id) {
        if (table.used(id)) all.push_back(table.prefix(id));
    }
    return all;
}

ipc::BgpTableEntry Core::entry(const TableView& view, const Prefix& prefix) const {
    const FamilyState& wanted = state(view.family);
    const auto id = wanted.table.id_of(prefix);
    if (!id) return {};
    if (view.routes == TableView::Routes::all) return report_entry(wanted, *id);
    const Neighbor* neighbor = find(view.peer);
    if (neighbor == nullptr) return {};
    if (view.routes == TableView::Routes::advertised) {
        return report_advertised(wanted, *id, *neighbor);
    }
    return report_learned(wanted, *id, *neighbor, view.routes == TableView::Routes::received);
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
    if (family.table.suppressed(id)) {
        for (ipc::BgpPath& path : *out.mutable_paths()) path.set_suppressed(true);
    }
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
    out.set_filtered(path.rejected);
    out.set_age_seconds(seconds_since(path.since, scheduler_.now()));
    if (path.best) out.set_best_reason(std::string(rib::to_string(entry.reason)));
    out.set_path_id(path.id);
    out.set_aggregated(path.local() && path.source == policy::RouteSource::aggregate);
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

ipc::BgpTableEntry Core::report_advertised(const FamilyState& family, rib::EntryId id,
                                           const Neighbor& neighbor) const {
    ipc::BgpTableEntry out;
    // Said above the table, as in FRR: it is none of its routes.
    const bool above =
        family.sender.originates_default(neighbor.id()) && family.table.prefix(id).length() == 0;
    if (above) return out;
    const std::vector<SentRoute> routes = family.sender.routes(neighbor.id(), id);
    if (routes.empty()) return out;
    const rib::Entry entry = family.table.entry(id);
    out.set_prefix(entry.prefix.to_string());
    for (const SentRoute& sent : routes) {
        *out.add_paths() = report_sent(sent, path_behind(sent, entry));
    }
    return out;
}

ipc::BgpPath Core::report_sent(const SentRoute& sent, const rib::Path* path) const {
    ipc::BgpPath out;
    report_attributes(sent.attributes, out);
    out.set_valid(true);
    out.set_sent_path_id(sent.id);
    // Withdrawn already, and not yet worked off: that was the best one where there is only one.
    out.set_best(path == nullptr ? !sent.key : path->best);
    if (path == nullptr) return out;
    out.set_weight(path->weight);
    out.set_age_seconds(seconds_since(path->since, scheduler_.now()));
    return out;
}

ipc::BgpTableEntry Core::report_learned(const FamilyState& family, rib::EntryId id,
                                        const Neighbor& neighbor, bool before_policy) const {
    const rib::Entry entry = family.table.entry(id);
    ipc::BgpTableEntry out;
    out.set_prefix(entry.prefix.to_string());
    for (const rib::Path& path : entry.paths) {
        if (path.peer != neighbor.id() || (path.rejected && !before_policy)) continue;
        rib::Path shown = path;
        if (before_policy) shown.attributes = path.as_received();
        *out.add_paths() = report_path(family, entry, shown);
    }
    return out;
}

}  // namespace torii::speaker
