#include "mgmt/shell/conversation.h"

#include "mgmt/shell/interrupt.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <poll.h>
#include <utility>

namespace torii::shell {
namespace {

// Of a frame that has begun to come.
constexpr std::chrono::seconds kFrameTimeout{10};

// Where the person sits, when the way here says so.
std::string origin() {
    const char* connection = std::getenv("SSH_CONNECTION");
    if (connection == nullptr) return {};
    const std::string text = connection;
    return "ssh " + text.substr(0, text.find(' '));
}

}  // namespace

Result<Conversation> Conversation::open(const std::string& run_dir) {
    auto connection = ipc::BlockingConnection::connect(run_dir + "/mgmtd.sock");
    if (!connection) {
        return fail("{}: is torii-mgmtd running, and may you use its socket?",
                    connection.error().message);
    }
    Conversation conversation(std::move(*connection));
    ipc::MgmtRequest request;
    request.mutable_open()->set_from(origin());
    request.mutable_open()->set_listens(true);
    if (auto reply = conversation.ask(std::move(request)); !reply) {
        return unexpected(reply.error());
    }
    return conversation;
}

Result<ipc::CommandOutput> Conversation::run(const std::string& line,
                                             const std::optional<std::string>& input) {
    ipc::MgmtRequest request;
    request.mutable_run()->set_line(line);
    if (input) request.mutable_run()->set_input(*input);
    return output_of(ask(std::move(request)));
}

Result<ipc::CommandOutput> Conversation::more() {
    ipc::MgmtRequest request;
    request.mutable_more();
    // What comes next may take its time: `monitor events`.
    return output_of(ask(std::move(request), std::chrono::hours(24 * 365)));
}

Result<ipc::CommandOutput> Conversation::stop() {
    ipc::MgmtRequest request;
    request.mutable_stop();
    return output_of(ask(std::move(request)));
}

ipc::Completions Conversation::complete(const std::string& line) {
    ipc::MgmtRequest request;
    request.mutable_complete()->set_line(line);
    auto reply = ask(std::move(request));
    return reply ? std::move(*reply->mutable_completions()) : ipc::Completions{};
}

Result<ipc::CommandOutput> Conversation::output_of(Result<ipc::MgmtReply> reply) {
    if (!reply) return unexpected(reply.error());
    ipc::CommandOutput output = std::move(*reply->mutable_output());
    for (std::string& notice : *output.mutable_notices()) notices_.push_back(std::move(notice));
    return output;
}

Result<ipc::MgmtReply> Conversation::ask(ipc::MgmtRequest request, std::chrono::seconds patience) {
    const std::uint64_t id = ++last_id_;
    request.set_id(id);
    if (auto sent = connection_.send(request.SerializeAsString(), kFrameTimeout); !sent) {
        return unexpected(sent.error());
    }
    return wait_for(id, patience);
}

Result<ipc::MgmtReply> Conversation::wait_for(std::uint64_t id, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        pollfd ready{connection_.descriptor(), POLLIN, 0};
        const int count = ::poll(&ready, 1, 1000);
        if (count < 0 && errno != EINTR) return fail("cannot wait for torii-mgmtd");
        // What was asked is not waited for any longer; how it ended is what there is to say.
        if (take_interrupt()) {
            ipc::MgmtRequest request;
            request.mutable_stop();
            request.set_id(++last_id_);
            id = last_id_;
            auto sent = connection_.send(request.SerializeAsString(), kFrameTimeout);
            if (!sent) return unexpected(sent.error());
            continue;
        }
        if (count <= 0) {
            if (std::chrono::steady_clock::now() < deadline) continue;
            return fail("no answer within {} s", patience.count());
        }
        const auto frame = connection_.receive(kFrameTimeout);
        if (!frame) return unexpected(frame.error());
        ipc::MgmtReply reply;
        if (!reply.ParseFromString(*frame)) return fail("the answer cannot be read");
        if (reply.id() == 0) {
            notices_.push_back(reply.notice());
        } else if (reply.id() == id) {
            if (!reply.error().empty()) return unexpected(Error{reply.error()});
            return reply;
        }
    }
}

Result<void> Conversation::take_event() {
    const auto frame = connection_.receive(kFrameTimeout);
    if (!frame) return unexpected(frame.error());
    ipc::MgmtReply reply;
    if (!reply.ParseFromString(*frame)) return fail("what torii-mgmtd says cannot be read");
    if (reply.id() == 0) notices_.push_back(reply.notice());
    return {};
}

std::optional<std::string> Conversation::next_notice() {
    if (notices_.empty()) return std::nullopt;
    std::string notice = std::move(notices_.front());
    notices_.pop_front();
    return notice;
}

}  // namespace torii::shell
