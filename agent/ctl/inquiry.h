#pragma once

#include "platform/base/result.h"

#include <platform/ipc/proto/agent.pb.h>
#include <string>
#include <vector>

namespace torii::agent {

// Asks all agents. One that does not answer is told on standard error; the others still count.
class Inquiry {
public:
    // Paths of the agents' sockets.
    explicit Inquiry(std::vector<std::string> paths) : paths_(std::move(paths)) {}

    std::vector<ipc::AgentReply> ask(const ipc::AgentRequest& request);
    [[nodiscard]] int exit_code() const;

private:
    std::vector<std::string> paths_;
    bool all_answered_ = true;
};

}  // namespace torii::agent
