#include "agent/loadbalance/frontends.h"

#include <algorithm>
#include <array>
#include <utility>

namespace torii::loadbalance {
namespace {

constexpr std::array kFamilies{IpFamily::v4, IpFamily::v6};

// What is the same for all frontends of one port of a service, in one family.
struct PortOfFamily {
    const model::Service& service;
    const model::ServicePort& port;
    IpFamily family;
    Choice choice;

    // Whether the service has the family: its addresses say so, or else its endpoints.
    [[nodiscard]] bool is_of_service() const {
        if (!service.cluster_ips.empty()) {
            return std::ranges::any_of(service.cluster_ips, [this](const IpAddress& address) {
                return address.family() == family;
            });
        }
        return !choice.all.empty();
    }

    [[nodiscard]] Handling handling(model::TrafficPolicy inside, model::TrafficPolicy outside,
                                    bool guarded) const {
        Handling handling;
        handling.service = service.metadata.key();
        handling.service_port = port.port;
        handling.has_endpoints = !choice.all.empty();
        handling.inside = by(inside);
        handling.outside = by(outside);
        handling.outside_is_local_only = outside == model::TrafficPolicy::local;
        handling.affinity = service.client_ip_affinity;
        if (guarded && !service.load_balancer_source_ranges.empty()) {
            handling.source_ranges.emplace();
            for (const Prefix& range : service.load_balancer_source_ranges) {
                if (range.family() == family) handling.source_ranges->push_back(range);
            }
        }
        return handling;
    }

private:
    [[nodiscard]] const Backends& by(model::TrafficPolicy policy) const {
        return policy == model::TrafficPolicy::local ? choice.local : choice.all;
    }
};

// Puts the frontends of services into the result.
class Collector {
public:
    explicit Collector(NodeBalancing& result) : result_(result) {}

    void add(const PortOfFamily& port) {
        const model::Service& service = port.service;
        const auto all = model::TrafficPolicy::cluster;
        const auto internal = service.internal_traffic_policy;
        const auto external = service.external_traffic_policy;
        Handling inner = port.handling(internal, internal, false);
        inner.outside_is_local_only = false;  // the same for all who may use the address at all
        add_addresses(port, service.cluster_ips, inner);
        // Who is inside reaches all endpoints at an external address, whatever its policy.
        const Handling outer = port.handling(all, external, false);
        add_addresses(port, service.external_ips, outer);
        if (service.type == model::ServiceType::load_balancer) {
            add_addresses(port, service.load_balancer_ips, port.handling(all, external, true));
        }
        const bool has_node_port = service.type == model::ServiceType::load_balancer ||
                                   service.type == model::ServiceType::node_port;
        if (has_node_port && port.port.node_port != 0 && port.is_of_service()) {
            result_.frontends.emplace(
                Frontend{port.family, std::nullopt, port.port.protocol, port.port.node_port},
                outer);
        }
        for (const Backend& backend : port.choice.local) {
            result_.local_backends.insert(backend.address);
        }
    }

private:
    void add_addresses(const PortOfFamily& port, const std::vector<IpAddress>& addresses,
                       const Handling& handling) {
        for (const IpAddress& address : addresses) {
            if (address.family() != port.family) continue;
            result_.frontends.emplace(
                Frontend{port.family, address, port.port.protocol, port.port.port}, handling);
        }
    }

    NodeBalancing& result_;
};

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

NodeBalancing node_balancing(const model::Snapshot& snapshot, const Settings& settings) {
    NodeBalancing result;
    add_pods(snapshot, settings, result);
    const model::SlicesByService slices = model::slices_by_service(snapshot);
    Collector collector(result);
    for (const auto& [key, service] : snapshot.services) {
        if (service.type == model::ServiceType::external_name) continue;
        const auto found = slices.find(key);
        const auto& of_service =
            found == slices.end() ? model::SlicesByService::mapped_type{} : found->second;
        result.cluster_ips.insert(service.cluster_ips.begin(), service.cluster_ips.end());
        if (service.type == model::ServiceType::load_balancer) {
            result.load_balancer_ips.insert(service.load_balancer_ips.begin(),
                                            service.load_balancer_ips.end());
        }
        if (service.health_check_node_port != 0) {
            result.health_checks.push_back(
                {key, service.health_check_node_port, local_endpoints(of_service, settings.node)});
        }
        for (const model::ServicePort& port : service.ports) {
            for (const IpFamily family : kFamilies) {
                collector.add({service, port, family,
                               choose_backends(of_service, port, family, settings.node)});
            }
        }
    }
    return result;
}

}  // namespace torii::loadbalance
