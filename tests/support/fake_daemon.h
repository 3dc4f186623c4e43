#pragma once

#include "platform/ipc/server.h"

#include <functional>
#include <memory>
#include <platform/ipc/proto/controlplane.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>
#include <type_traits>
#include <vector>

namespace torii::test {

// A daemon as mgmtd sees it: a socket that takes configurations and answers questions.
template <class Request, class Reply>
class FakeDaemon {
public:
    FakeDaemon(EventLoop& loop, const std::string& path) {
        server_ = *Server::listen(
            loop, path, 0600,
            [this](const Request& request, const auto& client) { handle(request, client); });
    }

    // What it was given, in order; checks and real ones.
    std::vector<Request> configured;
    std::vector<Request> checked;
    std::vector<Request> asked;  // everything else
    std::string refuse_check;
    std::string refuse;
    std::string note;
    std::vector<std::string> restart_pending;  // the packet engine
    // The answer to every other question.
    Reply answer;
    // In its place, where the question matters.
    std::function<Reply(const Request&)> answer_to;

    void tell(const Reply& event) { server_->broadcast(event); }

private:
    using Server = ipc::Server<Request, Reply>;

    void handle(const Request& request, const typename Server::SessionPtr& client) {
        Reply reply = answer_to && !request.has_configure() ? answer_to(request) : answer;
        if (!request.has_configure()) asked.push_back(request);
        if (request.has_configure()) {
            const bool check = request.configure().check_only();
            (check ? checked : configured).push_back(request);
            reply.Clear();
            reply.set_error(check ? refuse_check : refuse);
            reply.mutable_configured()->set_config_version(request.configure().config_version());
            if (!check) reply.mutable_configured()->set_note(note);
            if constexpr (std::is_same_v<Reply, ipc::DataplaneReply>) {
                for (const std::string& path : restart_pending) {
                    if (!check) reply.mutable_configured()->add_restart_pending(path);
                }
            }
        }
        reply.set_id(request.id());
        client->send(reply);
    }

    std::unique_ptr<Server> server_;
};

using FakeControlplane = FakeDaemon<ipc::ControlplaneRequest, ipc::ControlplaneReply>;
using FakeDataplane = FakeDaemon<ipc::DataplaneRequest, ipc::DataplaneReply>;

}  // namespace torii::test
