#include "platform/ipc/logging.h"

#include <utility>

namespace torii::ipc {
namespace {

constexpr Log kLog("logging");
constexpr std::uint32_t kPortMax = 65535;

std::optional<LogLevel> level_of(LoggingLevel level) {
    switch (level) {
        case LOGGING_DEBUG: return LogLevel::debug;
        case LOGGING_INFO: return LogLevel::info;
        case LOGGING_WARNING: return LogLevel::warning;
        case LOGGING_ERROR: return LogLevel::error;
        default: return std::nullopt;
    }
}

}  // namespace

Result<LogTargets> to_log_targets(const LoggingConfig& config, const std::string& program) {
    LogTargets out{level_of(config.level()), {}, program, config.hostname(), config.file(), {}};
    for (const LoggingCategory& category : config.categories()) {
        if (const auto level = level_of(category.level())) out.categories[category.name()] = *level;
    }
    for (const LoggingServer& server : config.servers()) {
        const auto address = IpAddress::parse(server.address());
        if (!address) return unexpected(address.error());
        if (server.port() == 0 || server.port() > kPortMax) {
            return fail("port {}: must be 1 to 65535", server.port());
        }
        out.servers.push_back({*address, static_cast<std::uint16_t>(server.port())});
    }
    return out;
}

void apply_logging(const LoggingConfig& config, const std::string& program) {
    const auto targets = to_log_targets(config, program);
    const auto done = targets ? set_log_targets(*targets) : unexpected(targets.error());
    if (!done) kLog.warning("{}", done.error().message);
}

}  // namespace torii::ipc
