#include "agent/ctl/inquiry.h"

#include "platform/ipc/blocking.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace torii::agent {
namespace {

constexpr std::chrono::seconds kTimeout{10};

Result<ipc::AgentReply> ask_one(const std::string& path, const ipc::AgentRequest& request) {
    auto connection = ipc::BlockingConnection::connect(path);
    if (!connection) return unexpected(connection.error());
    return connection->call<ipc::AgentRequest, ipc::AgentReply>(request, kTimeout);
}

}  // namespace

std::vector<ipc::AgentReply> Inquiry::ask(const ipc::AgentRequest& request) {
    std::vector<ipc::AgentReply> replies;
    for (const std::string& path : paths_) {
        Result<ipc::AgentReply> reply = ask_one(path, request);
        if (reply) {
            replies.push_back(std::move(*reply));
            continue;
        }
        fmt::print(stderr, "toriictl: {}: {}\n", path, reply.error().message);
        all_answered_ = false;
    }
    return replies;
}

int Inquiry::exit_code() const {
    return all_answered_ ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace torii::agent
