#include "mgmt/shell/command_runner.h"
#include "mgmt/shell/conversation.h"
#include "mgmt/shell/interrupt.h"
#include "mgmt/shell/line_editor.h"
#include "mgmt/shell/script_input.h"
#include "mgmt/shell/terminal.h"
#include "mgmt/shell/typed_text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace torii::shell;
namespace ipc = torii::ipc;

int lost(const torii::Error& error) {
    std::cerr << "% torii-mgmtd: " << error.message << '\n';
    return EXIT_FAILURE;
}

// What is typed until Ctrl-D; nothing after Ctrl-C.
std::optional<std::string> read_keys() {
    KeyByKey keys;
    print("Type or paste it; Ctrl-D on a line of its own ends it, Ctrl-C drops it.\n");
    TypedText typed;
    std::string shown;
    while (!typed.ended() && !typed.dropped() && !keys.input_ended()) {
        // What is pasted comes at once, and is shown at once.
        const auto key = keys.read(std::chrono::milliseconds(shown.empty() ? 1000 : 0));
        if (key) shown += typed.key(*key);
        if (!key || shown.size() > 4096) print(std::exchange(shown, {}));
    }
    print(shown);
    return typed.dropped() ? std::nullopt : std::optional(typed.text());
}

// The same of what is no terminal.
std::optional<std::string> read_typed() {
    if (isatty(STDIN_FILENO) != 0) return read_keys();
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (take_interrupt()) {
            print("\n");
            return std::nullopt;
        }
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

// Ends at the first line that fails: a commit after a failed set would be of half of it.
int run_commands(Conversation& conversation, const std::vector<std::string>& lines) {
    CommandRunner runner(conversation, false, read_typed);
    int verdict = EXIT_SUCCESS;
    for (const std::string& line : lines) {
        const auto output = runner.run(line);
        if (!output) return lost(output.error());
        if (output->status() != 0) return output->status();
        if (output->verdict() != 0) verdict = output->verdict();
        if (output->ended()) break;
    }
    return verdict;
}

// Runs lines; set and delete commands of configure mode together.
torii::Result<ipc::CommandOutput> run_batch(CommandRunner& runner, const Batch& batch) {
    if (batch.lines.size() > 1 && runner.configuring()) return runner.run_together(batch);
    torii::Result<ipc::CommandOutput> output{ipc::CommandOutput()};
    for (const std::string& line : batch.lines) {
        output = runner.run(line);
        if (!output || output->status() != 0 || output->ended()) break;
    }
    return output;
}

int run_script(Conversation& conversation) {
    ScriptInput input(STDIN_FILENO);
    CommandRunner runner(conversation, false, [&input] { return input.rest(); });
    while (const auto batch = input.next()) {
        const auto output = run_batch(runner, *batch);
        if (!output) return lost(output.error());
        if (output->status() != 0) {
            std::cerr << "% ended at line " << batch->first_line << ": " << batch->lines.front()
                      << '\n';
            return output->status();
        }
        if (output->ended()) break;
    }
    return EXIT_SUCCESS;
}

// A person at the prompt.
class Terminal {
public:
    Terminal(Conversation conversation, std::string run_dir)
        : conversation_(std::move(conversation)),
          run_dir_(std::move(run_dir)),
          runner_(conversation_, true, read_typed),
          editor_({[this](const std::string& line) { return conversation_.complete(line); },
                   [this] { return conversation_.descriptor(); }, [this] { return happened(); }}) {}

    int run() {
        auto output = runner_.run("");
        while (true) {
            if (!output) output = open_again(output.error());
            if (!output) return lost(output.error());
            if (output->ended()) return EXIT_SUCCESS;
            print(notices());
            const auto line = editor_.read(runner_.prompt());
            if (!line) {
                print("\n");
                return EXIT_SUCCESS;
            }
            auto pasted = editor_.take_pasted();
            if (pasted.empty()) {
                output = runner_.run(*line);
            } else {
                pasted.push_front(*line);
                output = run_pasted(std::move(pasted));
            }
        }
    }

private:
    // As if typed line by line, but that it ends at the first that fails.
    torii::Result<ipc::CommandOutput> run_pasted(std::deque<std::string> lines) {
        const std::size_t all = lines.size();
        std::size_t done = 0;
        torii::Result<ipc::CommandOutput> output{ipc::CommandOutput()};
        while (!lines.empty()) {
            const Batch batch = take_batch(lines, done + 1);
            if (done != 0 && batch.lines.size() == 1) {
                print(runner_.prompt() + batch.lines.front() + "\n");
            }
            output = run_batch(runner_, batch);
            if (!output || output->ended()) return output;
            if (output->status() != 0) break;
            done += batch.lines.size();
        }
        if (done != all) {
            print(fmt::format("% of the {} lines pasted {} were run\n", all, done));
        }
        return output;
    }

    // mgmtd may have been restarted; the next line finds the new one.
    torii::Result<ipc::CommandOutput> open_again(const torii::Error& error) {
        lost(error);
        auto again = Conversation::open(run_dir_);
        if (!again) return torii::unexpected(again.error());
        conversation_ = std::move(*again);
        return runner_.run("");
    }

    std::string notices() {
        std::string out;
        while (const auto notice = conversation_.next_notice())
            out += fmt::format("! {}\n", *notice);
        return out;
    }

    std::optional<std::string> happened() {
        if (const auto taken = conversation_.take_event(); !taken) return std::nullopt;
        return notices();
    }

    Conversation conversation_;
    std::string run_dir_;
    CommandRunner runner_;
    LineEditor editor_;
};

}  // namespace

int main(int argc, char** argv) {
    watch_signals();
    std::string run_dir = "/run/torii";
    std::vector<std::string> commands;
    CLI::App app("The router's shell", "torii");
    app.add_option("--run-dir", run_dir, "Folder of the sockets")
        ->envname("TORII_RUN_DIR")
        ->capture_default_str();
    app.add_option("-c", commands, "Run this command and end; may be given more than once")
        ->allow_extra_args(false);
    CLI11_PARSE(app, argc, argv);
    auto conversation = Conversation::open(run_dir);
    if (!conversation) {
        std::cerr << "% " << conversation.error().message << '\n';
        return EXIT_FAILURE;
    }
    if (!commands.empty()) return run_commands(*conversation, commands);
    if (isatty(STDIN_FILENO) == 0) return run_script(*conversation);
    return Terminal(std::move(*conversation), run_dir).run();
}
