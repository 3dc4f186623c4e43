#pragma once

#include "mgmt/shell/batch.h"
#include "mgmt/shell/conversation.h"
#include "platform/base/result.h"

#include <functional>
#include <optional>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::shell {

// Runs lines in front of the user: prints what comes portion by portion or page by page, reads and
// writes the user's files, runs the system's programs, repeats what is monitored. Errors of it are
// those of the conversation; what a command failed with is in its output.
class CommandRunner {
public:
    // Reads the text of a command from where commands come from; nothing when it was dropped.
    using ReadText = std::function<std::optional<std::string>()>;

    // `interactive`: a person sees it on a terminal.
    CommandRunner(Conversation& conversation, bool interactive, ReadText read_text)
        : conversation_(conversation),
          interactive_(interactive),
          read_text_(std::move(read_text)) {}

    // The last of its output, with the next prompt. Its text is printed.
    Result<ipc::CommandOutput> run(const std::string& line);
    // Set and delete commands, all or none. Says nothing when it worked.
    Result<ipc::CommandOutput> run_together(const Batch& batch);
    [[nodiscard]] const std::string& prompt() const { return prompt_; }
    [[nodiscard]] bool configuring() const { return configuring_; }

private:
    using Outcome = Result<ipc::CommandOutput>;

    Outcome remembered(Outcome output);
    Outcome with_input(const std::string& line, ipc::CommandOutput wanting);
    Outcome show(ipc::CommandOutput output);
    Outcome print_all(ipc::CommandOutput output);
    Outcome page(ipc::CommandOutput output);
    Outcome save(ipc::CommandOutput output);
    Outcome monitor(const std::string& line, ipc::CommandOutput output);
    void point_at(const std::string& line, const ipc::CommandOutput& output) const;

    Conversation& conversation_;
    bool interactive_;
    ReadText read_text_;
    std::string prompt_;
    bool configuring_ = false;
};

}  // namespace torii::shell
