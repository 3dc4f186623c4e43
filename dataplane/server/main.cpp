#include "dataplane/server/server.h"
#include "platform/base/log.h"
#include "platform/linux/program.h"
#include "platform/linux/service_manager.h"
#include "platform/runtime/daemon.h"
#include "platform/runtime/event_loop.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

namespace {

using torii::LogLevel;
constexpr torii::Log kLog("main");

// The answer that says why has left by then.
constexpr std::chrono::milliseconds kAnswerDelay{100};
// A lasting reason does not fill the log.
constexpr std::chrono::seconds kRestartDelay{1};

struct Options {
    std::string run_dir = "/run/torii";
    LogLevel log_level = LogLevel::info;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--run-dir", options.run_dir, "Where dataplane.sock goes")
        ->capture_default_str();
    torii::add_log_level(app, options.log_level);
}

using torii::dataplane::Successor;

// Returns whether this process has to begin anew.
torii::Result<bool> run(const Options& options) {
    if (auto made = torii::make_run_dir(options.run_dir); !made) {
        return torii::unexpected(made.error());
    }
    torii::EventLoop loop;
    // The TAPs stay, with the kernel's addresses and connections on them: the next process goes on.
    auto manager = torii::ServiceManager::of_environment(loop);
    loop.on_terminate([&] {
        manager.stopping();
        loop.stop();
    });
    bool again = false;
    torii::Timer restart;
    torii::dataplane::Server server(loop, options.run_dir, [&](Successor successor) {
        again = successor == Successor::same_process;
        kLog.warning("{} goes on", again ? "a new process of the packet engine" : "the service");
        restart = loop.after(again ? torii::Duration(kRestartDelay) : kAnswerDelay,
                             [&loop] { loop.stop(); });
    });
    if (const auto started = server.start(); !started) {
        return torii::unexpected(started.error());
    }
    kLog.info("started run-dir={}", options.run_dir);
    manager.ready();
    loop.run();
    kLog.info("ends");
    return again;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Forwards packets", "torii-dataplane");
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    torii::set_log_level(options.log_level);
    const torii::Result<bool> again = run(options);
    if (!again) return torii::exit_status(torii::unexpected(again.error()));
    if (*again) kLog.error("{}", torii::start_program_anew().message);
    return *again ? EXIT_FAILURE : EXIT_SUCCESS;
}
