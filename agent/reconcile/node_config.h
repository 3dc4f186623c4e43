#pragma once

#include "agent/model/snapshot.h"
#include "agent/reconcile/condition.h"

#include <optional>
#include <string>

namespace torii::reconcile {

// What is configured on a node: its CiliumBGPNodeConfig when there is one (an operator has done the
// work), else what the cluster configuration that selects the node and the node's override come to.
// Nothing when no configuration is for this node.
[[nodiscard]] std::optional<model::BgpNodeConfig> node_config(const model::Snapshot& snapshot,
                                                              const std::string& node,
                                                              Conditions& conditions);

// The conditions of the cluster configurations themselves, the same on all nodes: one that selects
// no node, references that lead nowhere, several that select one node. What needs all nodes is left
// out unless the snapshot has them.
void check_cluster_configs(const model::Snapshot& snapshot, bool has_all_nodes,
                           Conditions& conditions);

}  // namespace torii::reconcile
