#pragma once

#include "platform/base/result.h"
#include "platform/ipc/blocking.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::shell {

// The shell's session at torii-mgmtd. Ctrl-C (interrupt.h) ends what is under way.
class Conversation {
public:
    [[nodiscard]] static Result<Conversation> open(const std::string& run_dir);

    // Runs a line. `input`: what an earlier answer wanted.
    Result<ipc::CommandOutput> run(const std::string& line,
                                   const std::optional<std::string>& input = std::nullopt);
    // The next portion of an answer that goes on.
    Result<ipc::CommandOutput> more();
    // Ends an answer that goes on.
    Result<ipc::CommandOutput> stop();
    // Nothing where mgmtd does not answer: completion is no reason to end.
    ipc::Completions complete(const std::string& line);

    // Can be read when there is a notice, while nothing is asked.
    [[nodiscard]] int descriptor() const { return connection_.descriptor(); }
    // Takes what has come. The error says that mgmtd is gone.
    Result<void> take_event();
    // What happened meanwhile, each once.
    [[nodiscard]] std::optional<std::string> next_notice();

private:
    explicit Conversation(ipc::BlockingConnection connection)
        : connection_(std::move(connection)) {}
    // Longer than a commit may wait for the daemons.
    static constexpr std::chrono::seconds kPatience{90};
    Result<ipc::MgmtReply> ask(ipc::MgmtRequest request, std::chrono::seconds patience = kPatience);
    Result<ipc::MgmtReply> wait_for(std::uint64_t id, std::chrono::seconds patience);
    Result<ipc::CommandOutput> output_of(Result<ipc::MgmtReply> reply);

    ipc::BlockingConnection connection_;
    std::uint64_t last_id_ = 0;
    std::deque<std::string> notices_;
};

}  // namespace torii::shell
