#include "mgmt/server/logging_service.h"

#include "platform/ipc/logging.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace torii::mgmt {
namespace {

Result<void> can_write(const std::string& file) {
    if (file.empty() || ::access(file.c_str(), W_OK) == 0) return {};
    const std::string folder = std::filesystem::path(file).parent_path();
    if (errno == ENOENT && ::access(folder.c_str(), W_OK | X_OK) == 0) return {};
    return fail("cannot write the log file {}: {}", file, std::strerror(errno));
}

}  // namespace

void LoggingService::configure(const yang::TypedConfig& config, std::uint64_t /*version*/,
                               bool check_only, Configured done) {
    const ipc::LoggingConfig& logging = config.management.logging;
    if (auto can = can_write(logging.file()); !can) return done(unexpected(can.error()));
    if (check_only) return done("");
    const auto targets = ipc::to_log_targets(logging, "torii-mgmtd");
    const auto applied = targets ? set_log_targets(*targets) : unexpected(targets.error());
    if (!applied) return done(unexpected(applied.error()));
    done("");
}

}  // namespace torii::mgmt
