#pragma once

#include "agent/model/snapshot.h"
#include "agent/server/instances.h"
#include "platform/base/result.h"

#include <cstdint>
#include <map>
#include <platform/ipc/proto/agent.pb.h>
#include <string>

namespace torii::agent {

// The peers of all instances, by instance and address.
[[nodiscard]] ipc::AgentPeers show_peers(const Instances& instances);

// What the node originates (available) or has sent to its peers (advertised).
[[nodiscard]] Result<ipc::AgentRoutes> show_routes(const Instances& instances,
                                                   const ipc::GetAgentRoutes& request);

// What each peer is told and why, as Cilium's export policies.
[[nodiscard]] ipc::AgentPolicies show_policies(const Instances& instances);

// Numbers of frontends that stay as long as the process: a new one gets the next.
using FrontendIds = std::map<std::string, std::uint32_t>;
[[nodiscard]] ipc::AgentServices show_services(const model::Snapshot& snapshot,
                                               const reconcile::NodeSettings& node,
                                               FrontendIds& ids);

// Where the addresses of the cluster are.
[[nodiscard]] ipc::AgentIpCache show_ip_cache(const model::Snapshot& snapshot,
                                              const std::string& node);

}  // namespace torii::agent
