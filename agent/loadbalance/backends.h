#pragma once

#include "agent/model/snapshot.h"

#include <compare>
#include <cstdint>
#include <string>
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

// Those of one port of a service that take new connections, by traffic policy. Of endpoints that
// all terminate, those that still serve are taken (Kubernetes KEP-1669), for each policy by itself.
struct Choice {
    Backends all;
    Backends local;
};

// The number behind a named target port is what each slice says of the port of the same name.
[[nodiscard]] Choice choose_backends(const std::vector<const model::EndpointSlice*>& slices,
                                     const model::ServicePort& port, IpFamily family,
                                     const std::string& node);

}  // namespace torii::loadbalance
