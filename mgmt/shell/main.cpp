#include "mgmt/shell/line_editor.h"
#include "platform/ipc/blocking.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

namespace ipc = torii::ipc;
using torii::Result;

// Longer than a commit may wait for the daemons.
constexpr std::chrono::seconds kCommandTimeout{90};

// The conversation with torii-mgmtd.
class Session {
public:
    static Result<Session> open(const std::string& run_dir) {
        auto connection = ipc::BlockingConnection::connect(run_dir + "/mgmtd.sock");
        if (!connection) {
            return torii::fail("{}: is torii-mgmtd running, and may you use its socket?",
                               connection.error().message);
        }
        return Session(std::move(*connection));
    }

    Result<ipc::CommandOutput> run(const std::string& line) {
        ipc::MgmtRequest request;
        request.mutable_run()->set_line(line);
        auto reply =
            connection_.call<ipc::MgmtRequest, ipc::MgmtReply>(std::move(request), kCommandTimeout);
        if (!reply) return torii::unexpected(reply.error());
        return std::move(*reply->mutable_output());
    }

    ipc::Completions complete(const std::string& line) {
        ipc::MgmtRequest request;
        request.mutable_complete()->set_line(line);
        auto reply = connection_.call<ipc::MgmtRequest, ipc::MgmtReply>(std::move(request));
        return reply ? std::move(*reply->mutable_completions()) : ipc::Completions{};
    }

private:
    explicit Session(ipc::BlockingConnection connection) : connection_(std::move(connection)) {}
    ipc::BlockingConnection connection_;
};

// What a command failed with goes to the error output.
void print(const ipc::CommandOutput& output) {
    std::FILE* stream = output.status() == 0 ? stdout : stderr;
    std::fputs(output.text().c_str(), stream);
    std::fflush(stream);
}

int lost(const torii::Error& error) {
    std::cerr << "% torii-mgmtd: " << error.message << '\n';
    return EXIT_FAILURE;
}

// Ends at the first line that fails: a commit after a failed set would be of half of it.
int run_lines(Session& session, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        const auto output = session.run(line);
        if (!output) return lost(output.error());
        print(*output);
        if (output->status() != 0) return output->status();
        if (output->ended()) break;
    }
    return EXIT_SUCCESS;
}

int run_input(Session& session) {
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto output = session.run(line);
        if (!output) return lost(output.error());
        print(*output);
        if (output->status() != 0) {
            std::cerr << "% ended at: " << line << '\n';
            return output->status();
        }
        if (output->ended()) break;
    }
    return EXIT_SUCCESS;
}

int run_terminal(Session session, const std::string& run_dir) {
    torii::shell::LineEditor editor(
        [&session](const std::string& line) { return session.complete(line); });
    auto output = session.run("");
    while (true) {
        if (!output) {
            // mgmtd may have been restarted; the next line finds the new one.
            lost(output.error());
            auto again = Session::open(run_dir);
            if (!again) return lost(again.error());
            session = std::move(*again);
            output = session.run("");
            if (!output) return lost(output.error());
        }
        if (output->ended()) return EXIT_SUCCESS;
        const auto line = editor.read(output->prompt());
        if (!line) {
            std::cout << '\n';
            return EXIT_SUCCESS;
        }
        output = session.run(*line);
        if (output) print(*output);
    }
}

}  // namespace

int main(int argc, char** argv) {
    // Output that nobody reads any more is an error of a write, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    std::string run_dir = "/run/torii";
    std::vector<std::string> commands;
    CLI::App app("The router's shell", "torii");
    app.add_option("--run-dir", run_dir, "Folder of the sockets")->capture_default_str();
    app.add_option("-c", commands, "Run this command and end; may be given more than once")
        ->allow_extra_args(false);
    CLI11_PARSE(app, argc, argv);
    auto session = Session::open(run_dir);
    if (!session) {
        std::cerr << "% " << session.error().message << '\n';
        return EXIT_FAILURE;
    }
    if (!commands.empty()) return run_lines(*session, commands);
    if (isatty(STDIN_FILENO) == 0) return run_input(*session);
    return run_terminal(std::move(*session), run_dir);
}
