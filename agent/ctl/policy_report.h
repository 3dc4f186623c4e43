#pragma once

#include "agent/ctl/report.h"

namespace torii::agent {

// The layout of `cilium-dbg bgp route-policies`.
[[nodiscard]] std::string report_policies(const std::vector<ipc::AgentPolicies>& answers,
                                          Output output);

}  // namespace torii::agent
