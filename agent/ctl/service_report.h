#pragma once

#include "agent/ctl/report.h"

namespace torii::agent {

// The layout of `cilium-dbg service list`.
[[nodiscard]] std::string report_services(const std::vector<ipc::AgentServices>& answers,
                                          Output output);
// The layout of `cilium-dbg bpf lb list`: a line for each backend and one for the service itself.
[[nodiscard]] std::string report_load_balancing(const std::vector<ipc::AgentServices>& answers,
                                                Output output);
// The layout of `cilium-dbg bpf ipcache list`.
[[nodiscard]] std::string report_ip_cache(const std::vector<ipc::AgentIpCache>& answers,
                                          Output output);

}  // namespace torii::agent
