#pragma once

#include "agent/model/snapshot.h"
#include "agent/reconcile/condition.h"

#include <optional>
#include <string>

namespace torii::reconcile {

// What is configured on a node: its CiliumBGPNodeConfig when there is one (a controller or a person
// has done the work), else what the cluster configuration that selects the node and the node's
// override come to. One whose owner is gone is on its way out and counts no more. Nothing when no
// configuration is for this node.
[[nodiscard]] std::optional<model::BgpNodeConfig> node_config(const model::Snapshot& snapshot,
                                                              const std::string& node,
                                                              Conditions& conditions);

// The cluster configuration with the node's override applied.
[[nodiscard]] model::BgpNodeConfig merged_node_config(const model::Snapshot& snapshot,
                                                      const model::BgpClusterConfig& config,
                                                      const std::string& node,
                                                      Conditions& conditions);

// The conditions of the cluster and peer configurations that hold, for people. What needs all nodes
// is left out unless the snapshot has them.
void check_configs(const model::Snapshot& snapshot, bool has_all_nodes,
                   const std::string& secrets_namespace, Conditions& conditions);

}  // namespace torii::reconcile
