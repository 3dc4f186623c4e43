#pragma once

#include "mgmt/server/answer.h"
#include "mgmt/server/bookkeeping.h"
#include "mgmt/server/grammar.h"

#include <functional>
#include <memory>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::mgmt {

// Runs the lines of sessions: takes a line apart, finds its command, and brings what it answers
// through the pipes to the client, a portion whenever the client asks for one.
class LineRunner {
public:
    using Prompt = std::function<std::string(const Session&)>;
    using Give = std::function<void(ipc::CommandOutput)>;

    LineRunner(const Grammar& operational, const Grammar& configuring, Bookkeeping& books,
               Prompt prompt)
        : operational_(operational),
          configuring_(configuring),
          books_(books),
          prompt_(std::move(prompt)) {}

    // `done` may come at once or later. A line ends what the session was shown before.
    void run(const SessionPtr& session, const ipc::RunCommand& line, const Give& done) const;
    // The next portion of what goes on.
    void more(const SessionPtr& session, const Give& done) const;
    // Ends it when the session has lost the role for it.
    void role_changed(Session& session) const;
    // Ends it.
    void stop(const SessionPtr& session, const Give& done) const;

private:
    struct Plan;
    [[nodiscard]] Result<Plan, Grammar::Mismatch> plan(const Session& session,
                                                       const CommandLine& line) const;
    // Whether the session's role is enough.
    [[nodiscard]] Result<void> may(const Session& session, const Grammar::Match& match,
                                   const Plan& plan) const;
    // The least that may run it.
    [[nodiscard]] static Role role_for(const Grammar::Match& match, const Plan& plan);
    void run_command(const SessionPtr& session, const CommandLine& line,
                     const ipc::RunCommand& asked, const Give& done) const;
    [[nodiscard]] ipc::CommandOutput message(Session& session, const Output& output,
                                             bool more) const;
    [[nodiscard]] Answer::Give giving(const SessionPtr& session, const Give& done,
                                      const CommandLine& line) const;

    const Grammar& operational_;
    const Grammar& configuring_;
    Bookkeeping& books_;
    Prompt prompt_;
};

}  // namespace torii::mgmt
