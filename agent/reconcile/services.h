#pragma once

#include "agent/reconcile/advertised.h"

#include <string>
#include <vector>

namespace torii::reconcile {

// The services as one node sees them.
class NodeServices {
public:
    // With `no_endpoints_routable` a service with traffic policy Cluster is advertised even when
    // there is no endpoint at all, as Cilium does by default.
    NodeServices(const model::Snapshot& snapshot, const std::string& node,
                 bool no_endpoints_routable);

    // The addresses of the services that a Service advertisement selects, as far as this node is
    // to draw their traffic. With `only_here` those that no other node can serve.
    void advertise(const SelectedEntry& selected, ExportStatements& statements,
                   bool only_here = false) const;
    // Those of them that are ClusterIPs: "test/web 10.96.0.1".
    [[nodiscard]] std::vector<std::string> cluster_ips(const SelectedEntry& selected) const;

private:
    struct Entry {
        const model::Service* service = nullptr;
        model::Labels labels;
        bool active = false;        // there is an endpoint that takes new connections,
        bool local_active = false;  // on this node
        bool elsewhere = false;     // on another one
    };

    [[nodiscard]] bool draws(const Entry& entry, model::TrafficPolicy policy) const;

    std::vector<Entry> entries_;
    bool no_endpoints_routable_;
};

}  // namespace torii::reconcile
