#include "agent/loadbalance/backends.h"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace torii::loadbalance {
namespace {

std::optional<std::uint16_t> port_of(const model::EndpointSlice& slice,
                                     const model::ServicePort& wanted) {
    for (const model::EndpointPort& port : slice.ports) {
        if (port.name == wanted.name && port.protocol == wanted.protocol) return port.port;
    }
    return std::nullopt;
}

// Collects the endpoints of one policy.
class Candidates {
public:
    void add(const model::Endpoint& endpoint, const Backend& backend) {
        if (endpoint.ready && !endpoint.terminating) ready_.insert(backend);
        if (endpoint.serving && endpoint.terminating) terminating_.insert(backend);
    }
    [[nodiscard]] Backends chosen() const {
        const std::set<Backend>& best = ready_.empty() ? terminating_ : ready_;
        return {best.begin(), best.end()};
    }

private:
    std::set<Backend> ready_;
    std::set<Backend> terminating_;
};

}  // namespace

std::string Backend::to_string() const {
    return fmt::format("{} . {}", address, port);
}

Choice choose_backends(const std::vector<const model::EndpointSlice*>& slices,
                       const model::ServicePort& port, IpFamily family, const std::string& node) {
    Candidates all;
    Candidates local;
    for (const model::EndpointSlice* slice : slices) {
        const auto number = port_of(*slice, port);
        if (!number) continue;
        for (const model::Endpoint& endpoint : slice->endpoints) {
            // All addresses of an endpoint are the same pod: the first stands for it.
            if (endpoint.addresses.empty()) continue;
            const IpAddress& address = endpoint.addresses.front();
            if (address.family() != family) continue;
            const Backend backend{address, *number, endpoint.node_name == node};
            all.add(endpoint, backend);
            if (backend.local) local.add(endpoint, backend);
        }
    }
    return {all.chosen(), local.chosen()};
}

}  // namespace torii::loadbalance
