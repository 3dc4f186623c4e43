#pragma once

#include "agent/server/instances.h"
#include "platform/base/result.h"

#include <platform/ipc/proto/agent.pb.h>

namespace torii::agent {

// The peers of all instances, by instance and address.
[[nodiscard]] ipc::AgentPeers show_peers(const Instances& instances);

// What the node originates (available) or has sent to its peers (advertised).
[[nodiscard]] Result<ipc::AgentRoutes> show_routes(const Instances& instances,
                                                   const ipc::GetAgentRoutes& request);

}  // namespace torii::agent
