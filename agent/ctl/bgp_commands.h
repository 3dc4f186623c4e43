#pragma once

#include "agent/ctl/report.h"

#include <chrono>
#include <string>
#include <vector>

// The commands that ask agents. Each prints its answer and returns the exit code.
namespace torii::agent {

struct AgentCommand {
    std::vector<std::string> sockets;
    Output output = Output::table;
};

int show_bgp_peers(const AgentCommand& command);
int show_bgp_conditions(const AgentCommand& command);
int show_bgp_routes(const AgentCommand& command, const std::vector<std::string>& words);
int show_bgp_policies(const AgentCommand& command);
// Until the agent of the node says that its services are withdrawn.
int wait_for_drain(const AgentCommand& command, const std::string& node,
                   std::chrono::seconds patience);
int list_services(const AgentCommand& command);
int list_load_balancing(const AgentCommand& command);
int list_ip_cache(const AgentCommand& command);

}  // namespace torii::agent
