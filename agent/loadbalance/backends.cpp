#include "agent/loadbalance/backends.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace torii::loadbalance {
namespace {

std::optional<std::uint16_t> port_of(const model::EndpointSlice& slice,
                                     const model::ServicePort& wanted) {
    for (const model::EndpointPort& port : slice.ports) {
        if (port.name == wanted.name && port.protocol == wanted.protocol) return port.port;
    }
    return std::nullopt;
}

// Those that are ready, or else those that terminate.
void keep_best(Backends& ready, Backends& terminating, Backends& best) {
    best = std::move(ready.empty() ? terminating : ready);
}

}  // namespace

std::string Backend::to_string() const {
    return fmt::format("{} . {}", address, port);
}

PortEndpoints port_endpoints(const std::vector<const model::EndpointSlice*>& slices,
                             const model::ServicePort& port, IpFamily family) {
    PortEndpoints found;
    for (const model::EndpointSlice* slice : slices) {
        const auto number = port_of(*slice, port);
        if (!number) continue;
        for (const model::Endpoint& endpoint : slice->endpoints) {
            if (endpoint.addresses.empty()) continue;
            const IpAddress& address = endpoint.addresses.front();
            const bool ready = endpoint.ready && !endpoint.terminating;
            const bool leaves = endpoint.serving && endpoint.terminating;
            if (address.family() != family || (!ready && !leaves)) continue;
            found.push_back({address, *number, &endpoint.node_name, ready, leaves});
        }
    }
    // While a pod goes from one slice to another it is in both: ready in one is ready.
    std::ranges::stable_sort(found, [](const PortEndpoint& one, const PortEndpoint& other) {
        const auto order = one <=> other;
        return order == 0 ? one.ready && !other.ready : order < 0;
    });
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

Choice choose_backends(const PortEndpoints& endpoints, const std::string& node) {
    Backends ready;
    Backends terminating;
    Backends local_ready;
    Backends local_terminating;
    for (const PortEndpoint& endpoint : endpoints) {
        const Backend backend{endpoint.address, endpoint.port, *endpoint.node == node};
        (endpoint.ready ? ready : terminating).push_back(backend);
        if (backend.local) {
            (endpoint.ready ? local_ready : local_terminating).push_back(backend);
        }
    }
    Choice choice;
    keep_best(ready, terminating, choice.all);
    keep_best(local_ready, local_terminating, choice.local);
    return choice;
}

}  // namespace torii::loadbalance
