#include "agent/loadbalance/service_list.h"

#include "agent/loadbalance/service_frontends.h"

#include <fmt/format.h>

namespace torii::loadbalance {
namespace {

std::string_view protocol_name(model::Protocol protocol) {
    switch (protocol) {
        case model::Protocol::udp: return "UDP";
        case model::Protocol::sctp: return "SCTP";
        case model::Protocol::tcp: break;
    }
    return "TCP";
}

std::string_view kind_name(FrontendKind kind) {
    switch (kind) {
        case FrontendKind::cluster_ip: return "ClusterIP";
        case FrontendKind::external_ip: return "ExternalIPs";
        case FrontendKind::load_balancer: return "LoadBalancer";
        case FrontendKind::node_port: return "NodePort";
    }
    return "";
}

std::vector<std::string> flags_of(const model::Service& service, const ServiceFrontend& frontend,
                                  bool cluster_ips_refused) {
    const bool external_local = service.external_traffic_policy == model::TrafficPolicy::local;
    const bool internal_local = service.internal_traffic_policy == model::TrafficPolicy::local;
    std::vector<std::string> flags{std::string(kind_name(frontend.kind))};
    if (frontend.external() && external_local) flags.emplace_back("Local");
    if (internal_local) flags.emplace_back("InternalLocal");
    if (frontend.external() && external_local != internal_local) flags.emplace_back("two-scopes");
    if (service.client_ip_affinity) flags.emplace_back("sessionAffinity");
    if (frontend.kind == FrontendKind::cluster_ip && cluster_ips_refused) {
        flags.emplace_back("non-routable");
    }
    if (frontend.external() && !service.load_balancer_source_ranges.empty()) {
        flags.emplace_back("check source-range");
    }
    return flags;
}

ListedFrontend listed(const model::Service& service, const ServiceFrontend& frontend,
                      const std::string& node, bool cluster_ips_refused) {
    ListedFrontend made;
    made.address = frontend.address.value_or(IpAddress::any(frontend.family));
    made.port = frontend.number;
    made.protocol = frontend.port->protocol;
    made.type = kind_name(frontend.kind);
    made.flags = flags_of(service, frontend, cluster_ips_refused);
    made.service = service.metadata.key();
    const bool only_local =
        !frontend.external() && service.internal_traffic_policy == model::TrafficPolicy::local;
    for (const PortEndpoint& endpoint : *frontend.endpoints) {
        if (only_local && *endpoint.node != node) continue;
        made.backends.push_back({endpoint.address, endpoint.port, endpoint.terminating});
    }
    return made;
}

}  // namespace

std::vector<ListedFrontend> service_list(const model::Snapshot& snapshot, const std::string& node,
                                         bool cluster_ips_refused) {
    model::SlicesByService slices = model::slices_by_service(snapshot);
    std::vector<ListedFrontend> all;
    for (const auto& [key, service] : snapshot.services) {
        const ServiceView view(service, slices[key]);
        for (const ServiceFrontend& frontend : view.frontends()) {
            all.push_back(listed(service, frontend, node, cluster_ips_refused));
        }
    }
    return all;
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port, model::Protocol protocol) {
    return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}/{}" : "[{}]:{}/{}"), address, port,
                       protocol_name(protocol));
}

}  // namespace torii::loadbalance
