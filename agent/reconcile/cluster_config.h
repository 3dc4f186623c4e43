#pragma once

#include "agent/model/pools.h"
#include "agent/model/snapshot.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

// What a controller makes of CiliumBGPClusterConfigs: the node configurations, and conditions.
namespace torii::reconcile {

// The cluster configuration that has the node: the one that owns its node configuration as long as
// it selects the node, else of those that do the oldest; of one age, or of none because they were
// never in a cluster, the first by name.
[[nodiscard]] const model::BgpClusterConfig* cluster_config_of(const model::Snapshot& snapshot,
                                                               const std::string& node);

// The node configurations that are to be made, changed or (nothing) taken away, by node. Those that
// nobody owns were written by a person and stay as they are. With a pool, instances without a
// router ID get one of it and keep it: the smallest that is free, by node and instance.
using NodeConfigChanges = std::map<std::string, std::optional<model::BgpNodeConfig>>;
[[nodiscard]] NodeConfigChanges node_config_changes(
    const model::Snapshot& snapshot, const std::optional<Prefix>& router_ids = std::nullopt);

// Of each cluster configuration whether no node matches, references lead nowhere, and another one
// selects the same nodes.
using ConditionsByName = std::map<std::string, std::vector<model::StatusCondition>>;
[[nodiscard]] ConditionsByName cluster_config_conditions(const model::Snapshot& snapshot);

// Of each peer configuration whether its Secret is missing.
[[nodiscard]] ConditionsByName peer_config_conditions(const model::Snapshot& snapshot,
                                                      const std::string& secrets_namespace);

}  // namespace torii::reconcile
