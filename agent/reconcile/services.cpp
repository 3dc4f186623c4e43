#include "agent/reconcile/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace torii::reconcile {
namespace {

constexpr std::string_view kLoadBalancerIp = "LoadBalancerIP";

// Addresses of one kind: "LoadBalancerIP", and which traffic policy is theirs.
struct AddressKind {
    std::string_view name;
    const std::vector<IpAddress>* addresses;
    model::TrafficPolicy policy;
};

bool is_ours_to_balance(const model::Service& service) {
    return service.type == model::ServiceType::load_balancer &&
           service.load_balancer_class.value_or(std::string(model::kBgpLoadBalancerClass)) ==
               model::kBgpLoadBalancerClass;
}

std::vector<AddressKind> wanted_kinds(const model::Service& service,
                                      const model::BgpServiceAddresses& wanted) {
    std::vector<AddressKind> kinds;
    if (service.type == model::ServiceType::external_name) return kinds;
    if (wanted.load_balancer_ip && is_ours_to_balance(service)) {
        kinds.push_back(
            {kLoadBalancerIp, &service.load_balancer_ips, service.external_traffic_policy});
    }
    if (wanted.cluster_ip) {
        kinds.push_back({"ClusterIP", &service.cluster_ips, service.internal_traffic_policy});
    }
    if (wanted.external_ip) {
        kinds.push_back({"ExternalIP", &service.external_ips, service.external_traffic_policy});
    }
    return kinds;
}

// A summary draws traffic of addresses that are not this node's alone: with policy Local each
// address goes for itself.
std::optional<std::uint8_t> summary_length(const model::BgpServiceAddresses& wanted,
                                           IpFamily family, model::TrafficPolicy policy) {
    if (policy == model::TrafficPolicy::local) return std::nullopt;
    return family == IpFamily::v4 ? wanted.aggregation_length_v4 : wanted.aggregation_length_v6;
}

// Endpoints that terminate still serve the connections they have, but draw no new ones.
bool takes_connections(const model::Endpoint& endpoint) {
    return endpoint.ready && !endpoint.terminating;
}

}  // namespace

NodeServices::NodeServices(const model::Snapshot& snapshot, const std::string& node,
                           bool no_endpoints_routable)
    : no_endpoints_routable_(no_endpoints_routable) {
    std::map<std::string, Entry> entries;
    for (const auto& [key, service] : snapshot.services) {
        entries[key] = {&service, model::selectable_labels(service), false, false, false};
    }
    for (const auto& [key, slice] : snapshot.endpoint_slices) {
        const auto entry = entries.find(slice.metadata.namespace_name + '/' + slice.service);
        if (entry == entries.end()) continue;
        for (const model::Endpoint& endpoint : slice.endpoints) {
            if (!takes_connections(endpoint)) continue;
            entry->second.active = true;
            (endpoint.node_name == node ? entry->second.local_active : entry->second.elsewhere) =
                true;
        }
    }
    for (auto& [key, entry] : entries) entries_.push_back(std::move(entry));
}

bool NodeServices::draws(const Entry& entry, model::TrafficPolicy policy) const {
    if (policy == model::TrafficPolicy::local) return entry.local_active;
    return entry.active || no_endpoints_routable_;
}

void NodeServices::advertise(const SelectedEntry& selected, ExportStatements& statements,
                             bool only_here) const {
    const model::BgpServiceAddresses& wanted = selected.entry->service;
    for (const Entry& entry : entries_) {
        if (!model::matches_absent_is_none(selected.entry->selector, entry.labels)) continue;
        for (const AddressKind& kind : wanted_kinds(*entry.service, wanted)) {
            const bool others_serve =
                kind.policy == model::TrafficPolicy::cluster || entry.elsewhere;
            if (!draws(entry, kind.policy) || (only_here && others_serve)) continue;
            const auto summary = summary_length(wanted, selected.family, kind.policy);
            const std::string name = fmt::format(
                "Service-{}-{}-{}-{}{}", entry.service->metadata.name,
                entry.service->metadata.namespace_name, kind.name, family_name(selected.family),
                summary ? fmt::format("-agg-{}", *summary) : "");
            for (const IpAddress& address : *kind.addresses) {
                if (address.family() != selected.family) continue;
                const Prefix prefix =
                    summary ? Prefix::covering(address, *summary) : Prefix::host(address);
                statements.add(selected, ExportStatements::Kind::service, name, prefix)
                    .load_balancer = kind.name == kLoadBalancerIp;
            }
        }
    }
}

std::vector<std::string> NodeServices::cluster_ips(const SelectedEntry& selected) const {
    std::vector<std::string> found;
    if (!selected.entry->service.cluster_ip) return found;
    for (const Entry& entry : entries_) {
        const model::Service& service = *entry.service;
        const bool advertised =
            service.type != model::ServiceType::external_name &&
            model::matches_absent_is_none(selected.entry->selector, entry.labels) &&
            draws(entry, service.internal_traffic_policy);
        if (!advertised) continue;
        for (const IpAddress& address : service.cluster_ips) {
            if (address.family() != selected.family) continue;
            found.push_back(fmt::format("{} {}", service.metadata.key(), address));
        }
    }
    return found;
}

}  // namespace torii::reconcile
