#include "agent/loadbalance/service_frontends.h"

#include <algorithm>
#include <array>

namespace torii::loadbalance {
namespace {

constexpr std::array kFamilies{IpFamily::v4, IpFamily::v6};

}  // namespace

ServiceView::ServiceView(const model::Service& service,
                         const std::vector<const model::EndpointSlice*>& slices)
    : service_(service) {
    if (service.type == model::ServiceType::external_name) return;
    endpoints_.reserve(service.ports.size() * kFamilies.size());
    for (const model::ServicePort& port : service.ports) {
        for (const IpFamily family : kFamilies) {
            endpoints_.push_back(port_endpoints(slices, port, family));
        }
    }
    add_addresses(FrontendKind::cluster_ip, service.cluster_ips);
    add_addresses(FrontendKind::external_ip, service.external_ips);
    if (service.type == model::ServiceType::load_balancer) {
        add_addresses(FrontendKind::load_balancer, service.load_balancer_ips);
    }
    if (service.type != model::ServiceType::cluster_ip) add_node_ports();
}

void ServiceView::add_addresses(FrontendKind kind, const std::vector<IpAddress>& addresses) {
    for (const IpAddress& address : addresses) {
        for (std::size_t port = 0; port < service_.ports.size(); ++port) {
            frontends_.push_back({kind, address.family(), address, service_.ports[port].port,
                                  &service_.ports[port], &endpoints_of(port, address.family())});
        }
    }
}

void ServiceView::add_node_ports() {
    for (std::size_t port = 0; port < service_.ports.size(); ++port) {
        if (service_.ports[port].node_port == 0) continue;
        for (const IpFamily family : kFamilies) {
            if (!has_family(port, family)) continue;
            frontends_.push_back({FrontendKind::node_port, family, std::nullopt,
                                  service_.ports[port].node_port, &service_.ports[port],
                                  &endpoints_of(port, family)});
        }
    }
}

const PortEndpoints& ServiceView::endpoints_of(std::size_t port, IpFamily family) const {
    return endpoints_[port * kFamilies.size() + (family == IpFamily::v4 ? 0 : 1)];
}

// The addresses of the service say so, or else its endpoints.
bool ServiceView::has_family(std::size_t port, IpFamily family) const {
    if (service_.cluster_ips.empty()) return !endpoints_of(port, family).empty();
    return std::ranges::any_of(service_.cluster_ips, [family](const IpAddress& address) {
        return address.family() == family;
    });
}

}  // namespace torii::loadbalance
