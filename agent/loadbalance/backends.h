#pragma once

#include "agent/model/snapshot.h"

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace torii::loadbalance {

// Where a connection may go to.
struct Backend {
    IpAddress address;
    std::uint16_t port = 0;
    bool local = false;  // on this node

    // "10.0.1.5 . 80", "fd00::5 . 80"
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const Backend&, const Backend&) = default;
};

using Backends = std::vector<Backend>;  // sorted, each once

// An endpoint of one port of a service. Those that neither take connections nor have any are left
// out.
struct PortEndpoint {
    IpAddress address;
    std::uint16_t port = 0;
    const std::string* node = nullptr;  // of the slice's endpoint
    bool ready = false;                 // takes new connections
    bool terminating = false;           // serves the connections it has

    friend auto operator<=>(const PortEndpoint& one, const PortEndpoint& other) {
        return std::tie(one.address, one.port) <=> std::tie(other.address, other.port);
    }
    friend bool operator==(const PortEndpoint& one, const PortEndpoint& other) {
        return std::tie(one.address, one.port) == std::tie(other.address, other.port);
    }
};

using PortEndpoints = std::vector<PortEndpoint>;  // sorted, each once

// The number behind a named target port is what each slice says of the port of the same name. All
// addresses of an endpoint are the same pod: the first stands for it.
[[nodiscard]] PortEndpoints port_endpoints(const std::vector<const model::EndpointSlice*>& slices,
                                           const model::ServicePort& port, IpFamily family);

// Those of one port of a service that take new connections, by traffic policy. Of endpoints that
// all terminate, those that still serve are taken (Kubernetes KEP-1669), for each policy by itself.
struct Choice {
    Backends all;
    Backends local;
};

[[nodiscard]] Choice choose_backends(const PortEndpoints& endpoints, const std::string& node);

}  // namespace torii::loadbalance
