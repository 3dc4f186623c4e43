#include "agent/loadbalance/frontends.h"

#include "agent/loadbalance/service_frontends.h"

#include <algorithm>
#include <array>
#include <utility>

namespace torii::loadbalance {
namespace {

constexpr std::array kFamilies{IpFamily::v4, IpFamily::v6};

const Backends& by(model::TrafficPolicy policy, const Choice& choice) {
    return policy == model::TrafficPolicy::local ? choice.local : choice.all;
}

std::vector<Prefix> ranges_of(const model::Service& service, IpFamily family) {
    std::vector<Prefix> ranges;
    for (const Prefix& range : service.load_balancer_source_ranges) {
        if (range.family() == family) ranges.push_back(range);
    }
    return ranges;
}

Handling handling_of(const model::Service& service, const ServiceFrontend& frontend,
                     const Choice& choice) {
    Handling handling;
    handling.service = service.metadata.key();
    handling.service_port = frontend.port->port;
    handling.has_endpoints = !choice.all.empty();
    handling.affinity = service.client_ip_affinity;
    if (!frontend.external()) {
        // The same for all who may use the address at all.
        handling.inside = handling.outside = by(service.internal_traffic_policy, choice);
        return handling;
    }
    // Who is inside reaches all endpoints at an external address, whatever its policy.
    handling.inside = choice.all;
    handling.outside = by(service.external_traffic_policy, choice);
    handling.outside_is_local_only = service.external_traffic_policy == model::TrafficPolicy::local;
    const bool guarded = frontend.kind == FrontendKind::load_balancer;
    if (guarded && !service.load_balancer_source_ranges.empty()) {
        handling.source_ranges = ranges_of(service, frontend.family);
    }
    return handling;
}

std::size_t local_endpoints(const std::vector<const model::EndpointSlice*>& slices,
                            const std::string& node) {
    std::set<IpAddress> addresses;
    for (const model::EndpointSlice* slice : slices) {
        for (const model::Endpoint& endpoint : slice->endpoints) {
            const bool counts = endpoint.ready && !endpoint.terminating;
            if (!counts || endpoint.node_name != node) continue;
            if (!endpoint.addresses.empty()) addresses.insert(endpoint.addresses.front());
        }
    }
    return addresses.size();
}

void add_pods(const model::Snapshot& snapshot, const Settings& settings, NodeBalancing& result) {
    std::vector<Prefix> known;
    if (const auto node = snapshot.node(settings.node)) {
        known = node->pod_cidrs;
        for (const model::NodePool& pool : node->pools) {
            known.insert(known.end(), pool.cidrs.begin(), pool.cidrs.end());
        }
    }
    for (const Prefix& prefix : known) {
        const bool inside_another = std::ranges::any_of(
            known, [&](const Prefix& other) { return other != prefix && other.contains(prefix); });
        if (!inside_another) result.pods.insert(prefix);
    }
    for (const IpFamily family : kFamilies) {
        // Where nothing is known of the pods, nobody can be told from them.
        const bool unknown = std::ranges::none_of(
            result.pods, [&](const Prefix& prefix) { return prefix.family() == family; });
        if (unknown || settings.cluster_ip_from_outside) {
            result.cluster_clients.insert(Prefix::covering(IpAddress::any(family), 0));
            continue;
        }
        for (const Prefix& prefix : result.pods) {
            if (prefix.family() == family) result.cluster_clients.insert(prefix);
        }
    }
}

}  // namespace

void NodeBalancing::add(NodeBalancing&& other) {
    frontends.merge(other.frontends);
    cluster_ips.merge(other.cluster_ips);
    load_balancer_ips.merge(other.load_balancer_ips);
    local_backends.merge(other.local_backends);
    pods.merge(other.pods);
    cluster_clients.merge(other.cluster_clients);
    health_checks.insert(health_checks.end(), other.health_checks.begin(),
                         other.health_checks.end());
}

NodeBalancing service_balancing(const model::Service& service,
                                const std::vector<const model::EndpointSlice*>& slices,
                                const Settings& settings) {
    NodeBalancing result;
    if (service.type == model::ServiceType::external_name) return result;
    const ServiceView view(service, slices);
    result.cluster_ips.insert(service.cluster_ips.begin(), service.cluster_ips.end());
    if (service.type == model::ServiceType::load_balancer) {
        result.load_balancer_ips.insert(service.load_balancer_ips.begin(),
                                        service.load_balancer_ips.end());
    }
    const bool checked = service.type == model::ServiceType::load_balancer &&
                         service.external_traffic_policy == model::TrafficPolicy::local;
    if (checked && service.health_check_node_port != 0) {
        result.health_checks.push_back({service.metadata.key(), service.health_check_node_port,
                                        local_endpoints(slices, settings.node)});
    }
    std::map<const PortEndpoints*, Choice> choices;
    for (const PortEndpoints& endpoints : view.endpoints()) {
        const Choice& choice =
            choices.emplace(&endpoints, choose_backends(endpoints, settings.node)).first->second;
        for (const Backend& backend : choice.local) result.local_backends.insert(backend.address);
    }
    for (const ServiceFrontend& frontend : view.frontends()) {
        result.frontends.emplace(
            Frontend{frontend.family, frontend.address, frontend.port->protocol, frontend.number},
            handling_of(service, frontend, choices.at(frontend.endpoints)));
    }
    return result;
}

NodeBalancing nodes_balancing(const model::Snapshot& snapshot, const Settings& settings) {
    NodeBalancing result;
    add_pods(snapshot, settings, result);
    return result;
}

NodeBalancing node_balancing(const model::Snapshot& snapshot, const Settings& settings) {
    NodeBalancing result = nodes_balancing(snapshot, settings);
    model::SlicesByService slices = model::slices_by_service(snapshot);
    for (const auto& [key, service] : snapshot.services) {
        result.add(service_balancing(service, slices[key], settings));
    }
    return result;
}

}  // namespace torii::loadbalance
