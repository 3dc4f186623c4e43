#pragma once

#include "agent/model/absence.h"
#include "agent/model/bgp_resources.h"
#include "agent/model/pools.h"
#include "agent/model/service.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::model {

// What a node has of a CiliumPodIPPool.
struct NodePool {
    std::string pool;
    std::vector<Prefix> cidrs;
    friend bool operator==(const NodePool&, const NodePool&) = default;
};

// A core/v1 Node or a CiliumNode: what the agent reads is the same in both.
struct Node {
    Metadata metadata;
    std::vector<Prefix> pod_cidrs;
    std::vector<IpAddress> internal_addresses;
    std::vector<NodePool> pools{};  // of a CiliumNode with IPAM mode multi-pool
    bool unschedulable = false;     // of a Node that is cordoned
    friend bool operator==(const Node&, const Node&) = default;
};

template <class Resource>
using ByName = std::map<std::string, Resource>;

// Everything the agent knows of the cluster at one moment.
struct Snapshot {
    ByName<BgpClusterConfig> cluster_configs;
    ByName<BgpPeerConfig> peer_configs;
    ByName<BgpAdvertisement> advertisements;
    ByName<BgpNodeConfig> node_configs;
    ByName<BgpNodeConfigOverride> overrides;
    ByName<Node> nodes;
    ByName<Node> cilium_nodes;
    ByName<LoadBalancerIpPool> load_balancer_pools;
    ByName<PodIpPool> pod_pools;
    // Of resources with a namespace the name is "namespace/name": Metadata::key().
    ByName<Service> services;
    ByName<EndpointSlice> endpoint_slices;
    ByName<Secret> secrets;
    ByName<Absence> absences;

    // A node as both its resources describe it together: labels and addresses of either, pod CIDRs
    // of the CiliumNode when it has any.
    [[nodiscard]] std::optional<Node> node(const std::string& name) const;
    // The names of all nodes, of either resource.
    [[nodiscard]] std::vector<std::string> node_names() const;

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// The slices of each service, by Metadata::key() of the service.
using SlicesByService = std::map<std::string, std::vector<const EndpointSlice*>>;
[[nodiscard]] SlicesByService slices_by_service(const Snapshot& snapshot);

}  // namespace torii::model
