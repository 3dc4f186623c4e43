#pragma once

#include "agent/model/bgp_resources.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::model {

// A core/v1 Node or a CiliumNode: what the agent reads is the same in both.
struct Node {
    Metadata metadata;
    std::vector<Prefix> pod_cidrs;
    std::vector<IpAddress> internal_addresses;
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

    // A node as both its resources describe it together: labels and addresses of either, pod CIDRs
    // of the CiliumNode when it has any.
    [[nodiscard]] std::optional<Node> node(const std::string& name) const;
    // The names of all nodes, of either resource.
    [[nodiscard]] std::vector<std::string> node_names() const;

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace torii::model
