#include "platform/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace torii {
namespace {

std::atomic<LogLevel> level_in_force{LogLevel::info};

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = spdlog::stderr_logger_mt("torii");
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum translate(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

void set_log_level(LogLevel level) {
    level_in_force = level;
}

bool log_enabled(LogLevel level) {
    return level >= level_in_force.load(std::memory_order_relaxed);
}

void write_log(LogLevel level, std::string_view category, std::string_view text) {
    logger().log(translate(level), "{}: {}", category, text);
}

}  // namespace torii
