#pragma once

#include "agent/loadbalance/backends.h"
#include "agent/model/snapshot.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::loadbalance {

struct Settings {
    std::string node;
    bool cluster_ip_from_outside = false;  // ClusterIPs serve who is neither this node nor its pods
};

// What clients connect to.
struct Frontend {
    IpFamily family = IpFamily::v4;
    std::optional<IpAddress> address;  // absent: every address of the node, a node port
    model::Protocol protocol = model::Protocol::tcp;
    std::uint16_t port = 0;
    friend auto operator<=>(const Frontend&, const Frontend&) = default;
};

// What becomes of its new connections. "Inside" are this node and its pods.
struct Handling {
    std::string service;  // "test/web"
    std::uint16_t service_port = 0;
    bool outside_is_local_only = false;  // externalTrafficPolicy Local: `outside` keeps its address
    bool has_endpoints = false;          // anywhere: who has none at all is refused, not dropped
    Backends inside;
    Backends outside;  // differs from `inside` only when outside_is_local_only
    std::optional<Seconds> affinity;
    std::optional<std::vector<Prefix>> source_ranges;  // of the frontend's family; absent: anyone
    friend bool operator==(const Handling&, const Handling&) = default;
};

// spec.healthCheckNodePort: load balancers ask there whether the node has endpoints.
struct HealthCheck {
    std::string service;
    std::uint16_t port = 0;
    std::size_t local_endpoints = 0;
    friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

// All that one node balances, or a part of it.
struct NodeBalancing {
    std::map<Frontend, Handling> frontends;
    std::set<IpAddress> cluster_ips;        // their other ports are refused,
    std::set<IpAddress> load_balancer_ips;  // of these dropped
    std::set<IpAddress> local_backends;
    std::set<Prefix> pods;             // of this node, none inside another
    std::set<Prefix> cluster_clients;  // who may use ClusterIPs, beside the node itself
    std::vector<HealthCheck> health_checks;

    // The same of something else. When two services claim a frontend the first to come has it.
    void add(NodeBalancing&& other);
};

// Pure functions. What comes of one service, and of the nodes; and all of it together.
[[nodiscard]] NodeBalancing service_balancing(
    const model::Service& service, const std::vector<const model::EndpointSlice*>& slices,
    const Settings& settings);
[[nodiscard]] NodeBalancing nodes_balancing(const model::Snapshot& snapshot,
                                            const Settings& settings);
[[nodiscard]] NodeBalancing node_balancing(const model::Snapshot& snapshot,
                                           const Settings& settings);

}  // namespace torii::loadbalance
