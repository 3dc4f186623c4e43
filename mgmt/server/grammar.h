#pragma once

#include "mgmt/server/command_line.h"
#include "mgmt/server/session.h"
#include "mgmt/yang/edit.h"
#include "platform/base/result.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::mgmt {

struct Output;
using Done = std::function<void(Output)>;

// What a command answers.
struct Output {
    std::string text;
    int status = 0;      // 0 = it worked
    int verdict = 0;     // it worked, and what it found is bad: the exit status of `torii -c`
    bool ended = false;  // the shell ends
    // Which of the words of the line is wrong.
    std::optional<std::size_t> word{};
    // The text goes on: asks for the next portion. Dropped when nobody wants it.
    std::function<void(const Done&)> more{};
    // The command needs a text first: of this file, or of the terminal when it is empty.
    std::optional<std::string> wanted_input{};
    // The text is for this file of the user.
    std::string save_as{};
    // A program that the shell is to run, with its arguments.
    std::vector<std::string> program{};
    // Not page by page.
    bool whole = false;
    // The client is to run the line again after this time, on a clean screen.
    std::chrono::milliseconds again{0};
};

[[nodiscard]] inline Output failure(const std::string& sentence) {
    return {"% " + sentence + "\n", 1};
}

// A command with what was typed for its <parameters>.
struct Invocation {
    SessionPtr session;
    std::vector<std::string> arguments;
    Form form = Form::text;
    std::vector<Pipe> pipes;
    std::optional<std::string> input{};  // what an earlier answer wanted
    std::size_t first_argument = 0;      // the word of the line that arguments begin with
};

// The commands of one mode. A pattern is words and <parameters>: "show ip bgp <prefix>"; one that
// ends in <name>... takes all words that follow. Words may be shortened as long as they fit one
// command only.
class Grammar {
public:
    using Run = std::function<void(const Invocation&, const Done&)>;
    // What may come next for a parameter, after the arguments before it.
    using Values = std::function<std::vector<yang::Choice>(const std::vector<std::string>&)>;

    void add(std::string_view pattern, std::string help, Run run, Values values = nullptr);
    // As add(), of a command that prints a configuration, for which there are more forms.
    void add_configuration(std::string_view pattern, std::string help, Run run,
                           Values values = nullptr);

    // As add(), of a command that lists routes.
    void add_routes(std::string_view pattern, std::string help, Run run);

    struct Match {
        const Run* run;
        std::vector<std::string> arguments;
        Role role;                       // the least that may run it
        std::string pattern;             // as it was added
        std::size_t first_argument = 0;  // its place among the words
        bool shows_configuration = false;
        bool shows_routes = false;
    };
    // Why words are no command, and which of them is the first that is wrong.
    struct Mismatch {
        std::string message;
        std::size_t word = 0;
    };
    [[nodiscard]] Result<Match, Mismatch> match(const std::vector<std::string>& words) const;

    // The words that may follow `before` in commands that `role` may run.
    [[nodiscard]] std::vector<yang::Choice> choices(const std::vector<std::string>& before,
                                                    Role role = Role::admin) const;

    // Every command that `role` may run, with what it does.
    [[nodiscard]] std::string help(Role role = Role::admin) const;

private:
    struct Command {
        std::vector<std::string> tokens;
        std::string help;
        Run run;
        Values values;
        Role role;
        bool shows_configuration = false;
        bool shows_routes = false;
    };
    // How well words fit the beginning of a command; more exact words are better.
    struct Fit {
        const Command* command = nullptr;
        std::size_t exact = 0;
        std::vector<std::string> arguments;
    };
    [[nodiscard]] static std::optional<Fit> fit(const Command& command,
                                                const std::vector<std::string>& words);
    [[nodiscard]] std::vector<Fit> fitting(const std::vector<std::string>& words) const;
    [[nodiscard]] Mismatch explain(const std::vector<std::string>& words) const;

    std::vector<Command> commands_;
};

}  // namespace torii::mgmt
