#pragma once

#include "agent/model/interface.h"
#include "agent/model/snapshot.h"
#include "agent/reconcile/advertised.h"
#include "agent/reconcile/condition.h"
#include "controlplane/speaker/speaker.h"

#include <map>
#include <string>
#include <vector>

namespace torii::reconcile {

// How far a node is on its way out of service. With the first step all its routes carry the
// community GRACEFUL_SHUTDOWN (RFC 8326).
enum class DrainStage : std::uint8_t {
    none,
    announced,
    services_withdrawn,  // those that other nodes can serve; the pods are nowhere else
    withdrawn,
};

// What is particular to the node and not in the resources.
struct NodeSettings {
    std::string node;
    std::string secrets_namespace = "kube-system";     // of the Secrets that authSecretRef names
    bool no_endpoints_routable = true;                 // see NodeServices
    bool has_all_nodes = true;                         // the snapshot: see check_configs()
    std::map<IpFamily, IpAddress> default_gateways{};  // of the kernel's main table
    std::vector<policy::PrefixRule> imported{};        // what is to be learned; none: nothing
    DrainStage drain = DrainStage::none;
    bool refuses_cluster_ips = false;  // its data path, from clients outside the cluster
    bool legacy_origin = false;        // routes of LoadBalancerIPs are INCOMPLETE instead of IGP
    std::vector<model::Interface> interfaces{};  // when wants_interfaces()
    bool router_ids_given = false;  // controllers give router IDs: the node has none of its own
};

// One BGP speaker of the node.
struct DesiredInstance {
    std::string name;
    speaker::SpeakerConfig speaker;
    std::vector<speaker::LocalRoute> routes;      // by prefix
    std::map<IpAddress, std::string> peer_names;  // of speaker.peers
    std::vector<ExportStatement> statements;      // that the routes come from
};

struct Desired {
    std::map<std::string, DesiredInstance> instances;
    Conditions conditions;
};

// Whether something depends on the node's interfaces.
[[nodiscard]] bool wants_interfaces(const model::Snapshot& snapshot, const std::string& node);

// What the BGP of the node should be when the cluster is as the snapshot says. A pure function: the
// same snapshot always gives the same answer. What cannot be done is left out and told as a
// condition; the rest is not held up by it.
[[nodiscard]] Desired desired(const model::Snapshot& snapshot, const NodeSettings& settings);

}  // namespace torii::reconcile
