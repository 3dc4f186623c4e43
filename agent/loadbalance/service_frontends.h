#pragma once

#include "agent/loadbalance/backends.h"
#include "agent/model/snapshot.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace torii::loadbalance {

enum class FrontendKind : std::uint8_t { cluster_ip, external_ip, load_balancer, node_port };

// Something that clients of a service connect to. All that the data path serves and what people are
// shown comes from here.
struct ServiceFrontend {
    FrontendKind kind = FrontendKind::cluster_ip;
    IpFamily family = IpFamily::v4;
    std::optional<IpAddress> address;          // absent: every address of the node, a node port
    std::uint16_t number = 0;                  // what they connect to
    const model::ServicePort* port = nullptr;  // of the service
    const PortEndpoints* endpoints = nullptr;  // behind that port, in this family

    [[nodiscard]] bool external() const { return kind != FrontendKind::cluster_ip; }
};

// A service with what its slices say of each of its ports. The service and the slices outlive it.
class ServiceView {
public:
    ServiceView(const model::Service& service,
                const std::vector<const model::EndpointSlice*>& slices);
    ServiceView(const ServiceView&) = delete;
    ServiceView& operator=(const ServiceView&) = delete;

    [[nodiscard]] const model::Service& service() const { return service_; }
    // By kind, then by address and port as the service has them.
    [[nodiscard]] const std::vector<ServiceFrontend>& frontends() const { return frontends_; }
    // Of all ports.
    [[nodiscard]] const std::vector<PortEndpoints>& endpoints() const { return endpoints_; }

private:
    void add_addresses(FrontendKind kind, const std::vector<IpAddress>& addresses);
    void add_node_ports();
    [[nodiscard]] const PortEndpoints& endpoints_of(std::size_t port, IpFamily family) const;
    [[nodiscard]] bool has_family(std::size_t port, IpFamily family) const;

    const model::Service& service_;
    std::vector<PortEndpoints> endpoints_;  // by port, then by family
    std::vector<ServiceFrontend> frontends_;
};

}  // namespace torii::loadbalance
