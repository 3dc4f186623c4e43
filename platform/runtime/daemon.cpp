#include "platform/runtime/daemon.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>

namespace torii {
namespace {

constexpr Log kLog("main");

}  // namespace

void add_log_level(CLI::App& app, LogLevel& level) {
    const std::map<std::string, LogLevel> levels{{"debug", LogLevel::debug},
                                                 {"info", LogLevel::info},
                                                 {"warning", LogLevel::warning},
                                                 {"error", LogLevel::error}};
    app.add_option("--log-level", level, "debug, info, warning or error")
        ->transform(CLI::CheckedTransformer(levels));
}

Result<void> make_run_dir(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return fail("cannot make {}: {}", path, error.message());
    return {};
}

int exit_status(const Result<void>& done) {
    if (done) return EXIT_SUCCESS;
    kLog.error("{}", done.error().message);
    return EXIT_FAILURE;
}

}  // namespace torii
