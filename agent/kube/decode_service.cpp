#include "agent/kube/decode_kinds.h"

#include <algorithm>
#include <set>
#include <utility>

namespace torii::kube {
namespace {

constexpr Range kPort{1, 65535};
constexpr Range kOptionalPort{0, 65535};
constexpr Range kAffinitySeconds{1, 86400};
constexpr Seconds kAffinityDefault{10800};
constexpr std::string_view kServiceLabel = "kubernetes.io/service-name";

model::ServiceType decode_type(const Field& field) {
    const auto name = field.one_of({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"});
    if (name == "NodePort") return model::ServiceType::node_port;
    if (name == "LoadBalancer") return model::ServiceType::load_balancer;
    if (name == "ExternalName") return model::ServiceType::external_name;
    return model::ServiceType::cluster_ip;
}

model::TrafficPolicy decode_policy(const Field& field) {
    const bool local = field.one_of({"Cluster", "Local"}) == "Local";
    return local ? model::TrafficPolicy::local : model::TrafficPolicy::cluster;
}

void decode_target(const Field& field, model::ServicePort& port) {
    port.target_port = port.port;
    if (!field.present()) return;
    if (field.is_text()) {
        port.target_port = field.name();
    } else if (const auto number = field.integer(kOptionalPort); number && *number > 0) {
        port.target_port = static_cast<std::uint16_t>(*number);
    }
}

model::ServicePort decode_port(const Field& field) {
    model::ServicePort port;
    port.name = field["name"].text().value_or("");
    port.protocol = decode_protocol(field["protocol"]);
    port.port = field["port"].required().number_or<std::uint16_t>(0, kPort);
    decode_target(field["targetPort"], port);
    port.node_port = field["nodePort"].number_or<std::uint16_t>(0, kOptionalPort);
    port.app_protocol = field["appProtocol"].text().value_or("");
    return port;
}

void decode_ports(const Field& field, model::Service& service) {
    std::set<std::pair<model::Protocol, std::uint16_t>> seen;
    for (const Field& item : field.items()) {
        service.ports.push_back(decode_port(item));
        const model::ServicePort& port = service.ports.back();
        if (!seen.emplace(port.protocol, port.port).second) {
            item.wrong(fmt::format("Duplicate value: port {} of the same protocol", port.port));
        }
    }
}

void add_address(const Field& field, std::vector<IpAddress>& addresses) {
    const auto address = decode_address(field);
    if (!address || std::ranges::find(addresses, *address) != addresses.end()) return;
    addresses.push_back(*address);
}

// clusterIP is the first of clusterIPs; old manifests have only the one.
void decode_cluster_ips(const Field& spec, model::Service& service) {
    std::vector<Field> all{spec["clusterIP"]};
    for (const Field& item : spec["clusterIPs"].items()) all.push_back(item);
    for (const Field& item : all) {
        const auto text = item.text();
        if (!text || text->empty()) continue;  // the API server would choose one
        if (*text == "None") {
            service.headless = true;
        } else {
            add_address(item, service.cluster_ips);
        }
    }
}

void decode_families(const Field& spec, model::Service& service) {
    // Cilium's own manifests also write "DualStack", which no API server takes: as if unset.
    const auto policy = spec["ipFamilyPolicy"].text();
    if (policy == "SingleStack") service.ip_family_policy = model::IpFamilyPolicy::single_stack;
    if (policy == "PreferDualStack") {
        service.ip_family_policy = model::IpFamilyPolicy::prefer_dual_stack;
    }
    if (policy == "RequireDualStack") {
        service.ip_family_policy = model::IpFamilyPolicy::require_dual_stack;
    }
    for (const Field& item : spec["ipFamilies"].items()) {
        const auto name = item.one_of({"IPv4", "IPv6"});
        if (name) service.ip_families.push_back(*name == "IPv4" ? IpFamily::v4 : IpFamily::v6);
    }
}

void decode_affinity(const Field& spec, model::Service& service) {
    if (spec["sessionAffinity"].one_of({"None", "ClientIP"}) != "ClientIP") return;
    const auto timeout =
        spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].integer(kAffinitySeconds);
    service.client_ip_affinity = timeout ? Seconds(*timeout) : kAffinityDefault;
}

void decode_load_balancer(const Field& spec, model::Service& service) {
    service.load_balancer_class = spec["loadBalancerClass"].text();
    const Field requested = spec["loadBalancerIP"];
    if (requested.text().value_or("") != "") service.requested_ip = decode_address(requested);
    for (const Field& item : spec["loadBalancerSourceRanges"].items()) {
        if (const auto range = decode_network(item)) {
            service.load_balancer_source_ranges.push_back(*range);
        }
    }
}

void decode_status(const Field& status, model::Service& service) {
    for (const Field& item : status["loadBalancer"]["ingress"].items()) {
        // Some have only a host name; whoever wrote the status is not to be corrected here.
        const auto address = IpAddress::parse(item["ip"].text().value_or(""));
        if (address) service.load_balancer_ips.push_back(*address);
    }
    for (const Field& item : status["conditions"].items()) {
        service.conditions.push_back(
            {item["type"].text().value_or(""), item["status"].text().value_or(""),
             item["reason"].text().value_or(""), item["message"].text().value_or("")});
    }
}

model::Endpoint decode_endpoint(const Field& field, bool has_addresses) {
    model::Endpoint endpoint;
    const Field addresses = field["addresses"].required();
    for (const Field& item : addresses.items()) {
        if (has_addresses) add_address(item, endpoint.addresses);
    }
    const Field conditions = field["conditions"];
    endpoint.ready = conditions["ready"].boolean().value_or(true);
    endpoint.serving = conditions["serving"].boolean().value_or(endpoint.ready);
    endpoint.terminating = conditions["terminating"].boolean().value_or(false);
    // v1beta1 has the node among the topology.
    const auto topology_node = field["topology"]["kubernetes.io/hostname"].text();
    endpoint.node_name = field["nodeName"].text().value_or(topology_node.value_or(""));
    endpoint.hostname = field["hostname"].text().value_or("");
    endpoint.zone = field["zone"].text().value_or("");
    for (const Field& item : field["hints"]["forZones"].items()) {
        endpoint.zone_hints.push_back(item["name"].name());
    }
    return endpoint;
}

model::EndpointPort decode_endpoint_port(const Field& field) {
    model::EndpointPort port;
    port.name = field["name"].text().value_or("");
    port.protocol = decode_protocol(field["protocol"]);
    if (const auto number = field["port"].integer(kPort)) {
        port.port = static_cast<std::uint16_t>(*number);
    }
    port.app_protocol = field["appProtocol"].text().value_or("");
    return port;
}

}  // namespace

model::Service decode_service(const Field& root) {
    const Field spec = root["spec"];
    model::Service service;
    service.type = decode_type(spec["type"]);
    for (auto& [name, value] : spec["selector"].strings()) service.selector[name] = value;
    decode_ports(spec["ports"], service);
    decode_cluster_ips(spec, service);
    for (const Field& item : spec["externalIPs"].items()) add_address(item, service.external_ips);
    decode_load_balancer(spec, service);
    decode_families(spec, service);
    service.external_traffic_policy = decode_policy(spec["externalTrafficPolicy"]);
    service.internal_traffic_policy = decode_policy(spec["internalTrafficPolicy"]);
    decode_affinity(spec, service);
    service.health_check_node_port =
        spec["healthCheckNodePort"].number_or<std::uint16_t>(0, kOptionalPort);
    service.publish_not_ready_addresses =
        spec["publishNotReadyAddresses"].boolean().value_or(false);
    decode_status(root["status"], service);
    return service;
}

model::EndpointSlice decode_endpoint_slice(const Field& root) {
    model::EndpointSlice slice;
    const auto type = root["addressType"].required().one_of({"IPv4", "IPv6", "FQDN"});
    for (const auto& [name, value] : root["metadata"]["labels"].strings()) {
        if (name == kServiceLabel) slice.service = value;
    }
    for (const Field& item : root["endpoints"].items()) {
        slice.endpoints.push_back(decode_endpoint(item, type != "FQDN"));
    }
    for (const Field& item : root["ports"].items()) {
        slice.ports.push_back(decode_endpoint_port(item));
    }
    return slice;
}

}  // namespace torii::kube
