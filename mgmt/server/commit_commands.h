#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/commit_engine.h"
#include "mgmt/server/grammar.h"
#include "mgmt/server/sessions.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::mgmt {

// commit in all its forms, compare, rollback, and the history.
class CommitCommands {
public:
    CommitCommands(const datastore::Datastore& store, Sessions& sessions, CommitEngine& engine,
                   Background& background)
        : store_(store), sessions_(sessions), engine_(engine), background_(background) {}

    void add_to_outside(Grammar& grammar);
    void add_to(Grammar& grammar);

private:
    void commit(const Invocation& asked, const Done& done);
    void abort(const Invocation& asked, const Done& done);
    void compare(const Invocation& asked, const Done& done);
    void compare_commits(const Invocation& asked, const Done& done);
    [[nodiscard]] Output roll_back(const Invocation& asked);
    [[nodiscard]] Output history(Form form) const;

    const datastore::Datastore& store_;
    Sessions& sessions_;
    CommitEngine& engine_;
    Background& background_;
};

// What follows the word commit.
struct CommitOptions {
    CommitRequest request;
    bool quit = false;
    bool abort = false;
};
// `within`: the time of a commit confirmed without a number.
[[nodiscard]] Result<CommitOptions> parse_commit_options(const std::vector<std::string>& words,
                                                         std::chrono::seconds within);
// What may follow `words`.
[[nodiscard]] std::vector<yang::Choice> commit_choices(const std::vector<std::string>& words);

// A report in words, as the command line has it.
[[nodiscard]] Output commit_output(const CommitReport& report);

}  // namespace torii::mgmt
