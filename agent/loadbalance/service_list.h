#pragma once

#include "agent/model/snapshot.h"

#include <cstdint>
#include <string>
#include <vector>

namespace torii::loadbalance {

struct ListedBackend {
    IpAddress address;
    std::uint16_t port = 0;
    bool terminating = false;  // serves the connections it has and takes no new ones
};

// One address and port of a service for people, with what is behind it on this node.
struct ListedFrontend {
    IpAddress address;  // unspecified for a NodePort: all addresses of the node
    std::uint16_t port = 0;
    model::Protocol protocol = model::Protocol::tcp;
    std::string type;                     // "ClusterIP", "LoadBalancer", "ExternalIPs", "NodePort"
    std::vector<std::string> flags;       // as Cilium lists them, the type first
    std::vector<ListedBackend> backends;  // sorted
    std::string service;                  // its key
};

// All frontends, by service, type, address and port. A cluster IP whose internal traffic policy is
// Local has only the backends of the node. Those that the node refuses to clients outside of the
// cluster are "non-routable".
[[nodiscard]] std::vector<ListedFrontend> service_list(const model::Snapshot& snapshot,
                                                       const std::string& node,
                                                       bool cluster_ips_refused);

// "172.16.1.1:80/TCP", "[fd00::1]:80/UDP"
[[nodiscard]] std::string endpoint_text(const IpAddress& address, std::uint16_t port,
                                        model::Protocol protocol);

}  // namespace torii::loadbalance
