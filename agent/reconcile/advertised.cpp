#include "agent/reconcile/advertised.h"

#include "agent/reconcile/export_policy.h"
#include "agent/reconcile/peer.h"

#include <algorithm>
#include <utility>

namespace torii::reconcile {
namespace {

template <class Value>
void add_once(std::vector<Value>& values, const Value& value) {
    const auto place = std::ranges::lower_bound(values, value);
    if (place == values.end() || *place != value) values.insert(place, value);
}

// Advertisements of one prefix add up: it carries the communities of all of them, and the highest
// local preference.
void add(const model::BgpAttributes& from, model::BgpAttributes& to) {
    for (const std::uint32_t community : from.communities) add_once(to.communities, community);
    for (const model::LargeCommunity& community : from.large_communities) {
        add_once(to.large_communities, community);
    }
    to.local_preference = std::max(to.local_preference, from.local_preference);
}

speaker::LocalRoute route_of(const Prefix& prefix, const AttributesByPeer& peers) {
    speaker::LocalRoute route{prefix, {}};
    route.med.reset();
    for (const auto& [peer, attributes] : peers) route.peers.push_back(peer);
    return route;
}

}  // namespace

std::string_view family_name(IpFamily family) {
    return family == IpFamily::v4 ? "ipv4" : "ipv6";
}

std::vector<SelectedEntry> selected_entries(const model::Snapshot& snapshot,
                                            const std::vector<AdvertisementTarget>& targets) {
    std::vector<SelectedEntry> selected;
    for (const AdvertisementTarget& target : targets) {
        for (const model::BgpPeerFamily& family : target.settings->families) {
            const std::optional<bgp::Family> carried = unicast_family(family);
            if (!carried) continue;
            const IpFamily ip = *carried == bgp::Family::ipv4_unicast ? IpFamily::v4 : IpFamily::v6;
            for (const auto& [name, advertisement] : snapshot.advertisements) {
                if (!model::matches_absent_is_none(family.advertisements,
                                                   advertisement.metadata.labels)) {
                    continue;
                }
                for (const auto& entry : advertisement.advertisements) {
                    selected.push_back({target.address, ip, name, &entry});
                }
            }
        }
    }
    return selected;
}

ExportStatement& ExportStatements::add(const SelectedEntry& selected, Kind kind,
                                       const std::string& name, const Prefix& prefix) {
    const int order = kind == Kind::service ? -prefix.length() : 0;
    ExportStatement& statement = statements_[{selected.peer, kind, order, name}];
    statement.peer = selected.peer;
    statement.name = name;
    add_once(statement.prefixes, prefix);
    reconcile::add(selected.entry->attributes, statement.attributes);
    return statement;
}

std::vector<ExportStatement> ExportStatements::take() && {
    std::vector<ExportStatement> statements;
    for (auto& [key, statement] : statements_) statements.push_back(std::move(statement));
    return statements;
}

std::vector<speaker::LocalRoute> routes_of(const std::vector<ExportStatement>& statements,
                                           speaker::SpeakerConfig& config,
                                           policy::Definitions definitions) {
    std::map<Prefix, AttributesByPeer> prefixes;
    for (const ExportStatement& statement : statements) {
        for (const Prefix& prefix : statement.prefixes) {
            add(statement.attributes, prefixes[prefix][statement.peer]);
        }
    }
    // A speaker has one route for a prefix, whoever is told of it.
    std::vector<speaker::LocalRoute> routes;
    ExportPolicies policies;
    for (const auto& [prefix, peers] : prefixes) {
        routes.push_back(route_of(prefix, peers));
        policies.add(prefix, peers);
    }
    std::move(policies).apply(config, std::move(definitions));
    return routes;
}

}  // namespace torii::reconcile
