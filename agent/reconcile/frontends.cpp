#include "agent/reconcile/frontends.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace torii::reconcile {
namespace {

using Slices = model::SlicesByService::mapped_type;

struct Kind {
    std::string_view name;
    const std::vector<IpAddress>* addresses;
    bool external;
};

std::string_view protocol_name(model::Protocol protocol) {
    switch (protocol) {
        case model::Protocol::udp: return "UDP";
        case model::Protocol::sctp: return "SCTP";
        case model::Protocol::tcp: break;
    }
    return "TCP";
}

class FrontendsOfService {
public:
    FrontendsOfService(const model::Service& service, const Slices& slices, const std::string& node,
                       std::vector<Frontend>& out)
        : service_(service), slices_(slices), node_(node), out_(out) {}

    void add() {
        if (service_.type == model::ServiceType::external_name) return;
        add({"ClusterIP", &service_.cluster_ips, false});
        add({"ExternalIPs", &service_.external_ips, true});
        if (service_.type == model::ServiceType::load_balancer) {
            add({"LoadBalancer", &service_.load_balancer_ips, true});
        }
        add_node_ports();
    }

private:
    void add(const Kind& kind) {
        for (const IpAddress& address : *kind.addresses) {
            for (const model::ServicePort& port : service_.ports) {
                add(kind, address, port, port.port);
            }
        }
    }

    void add_node_ports() {
        for (const model::ServicePort& port : service_.ports) {
            if (port.node_port == 0) continue;
            for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
                const bool has_family = std::ranges::any_of(
                    service_.cluster_ips,
                    [&](const IpAddress& address) { return address.family() == family; });
                if (!has_family) continue;
                add({"NodePort", nullptr, true}, IpAddress::any(family), port, port.node_port);
            }
        }
    }

    void add(const Kind& kind, const IpAddress& address, const model::ServicePort& port,
             std::uint16_t number) {
        Frontend frontend;
        frontend.address = address;
        frontend.port = number;
        frontend.protocol = port.protocol;
        frontend.type = kind.name;
        frontend.flags = flags(kind);
        frontend.service = service_.metadata.key();
        const bool only_local =
            !kind.external && service_.internal_traffic_policy == model::TrafficPolicy::local;
        for (const model::EndpointSlice* slice : slices_) {
            add_backends(*slice, port, only_local, frontend);
        }
        std::ranges::sort(frontend.backends);
        out_.push_back(std::move(frontend));
    }

    [[nodiscard]] std::vector<std::string> flags(const Kind& kind) const {
        const bool external_local = service_.external_traffic_policy == model::TrafficPolicy::local;
        const bool internal_local = service_.internal_traffic_policy == model::TrafficPolicy::local;
        std::vector<std::string> flags{std::string(kind.name)};
        if (kind.external && external_local) flags.emplace_back("Local");
        if (internal_local) flags.emplace_back("InternalLocal");
        if (kind.external && external_local != internal_local) flags.emplace_back("two-scopes");
        if (service_.client_ip_affinity) flags.emplace_back("sessionAffinity");
        if (kind.external && !service_.load_balancer_source_ranges.empty()) {
            flags.emplace_back("check source-range");
        }
        return flags;
    }

    void add_backends(const model::EndpointSlice& slice, const model::ServicePort& port,
                      bool only_local, Frontend& frontend) const {
        for (const model::EndpointPort& target : slice.ports) {
            if (target.name != port.name || target.protocol != port.protocol || !target.port) {
                continue;
            }
            for (const model::Endpoint& endpoint : slice.endpoints) {
                const bool terminating = endpoint.terminating && endpoint.serving;
                if (!endpoint.ready && !terminating) continue;
                if (only_local && endpoint.node_name != node_) continue;
                for (const IpAddress& address : endpoint.addresses) {
                    if (address.family() != frontend.address.family()) continue;
                    frontend.backends.push_back({address, *target.port, endpoint.terminating});
                }
            }
        }
    }

    const model::Service& service_;
    const Slices& slices_;
    const std::string& node_;
    std::vector<Frontend>& out_;
};

}  // namespace

std::vector<Frontend> frontends(const model::Snapshot& snapshot, const std::string& node) {
    model::SlicesByService slices = model::slices_by_service(snapshot);
    std::vector<Frontend> all;
    for (const auto& [key, service] : snapshot.services) {
        FrontendsOfService(service, slices[key], node, all).add();
    }
    return all;
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port, model::Protocol protocol) {
    return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}/{}" : "[{}]:{}/{}"), address, port,
                       protocol_name(protocol));
}

}  // namespace torii::reconcile
