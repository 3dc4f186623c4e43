#include "platform/base/log.h"

#include "platform/base/log_sinks.h"

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <utility>

namespace torii {
namespace {

std::atomic<LogLevel> level_in_force{LogLevel::info};
LogLevel level_of_start = LogLevel::info;

using Sinks = spdlog::sinks::dist_sink_mt;

struct Logger {
    spdlog::sink_ptr standard_error = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    std::shared_ptr<Sinks> all = std::make_shared<Sinks>(std::vector{standard_error});
    spdlog::logger logger{"torii", all};

    Logger() {
        standard_error->set_pattern(kLogPattern);
        logger.set_level(spdlog::level::trace);
        logger.flush_on(spdlog::level::trace);
    }
};

Logger& log_of_process() {
    static Logger made;
    return made;
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
    level_of_start = level;
    level_in_force = level;
}

void set_more_log_sinks(std::vector<spdlog::sink_ptr> more, std::optional<LogLevel> level) {
    Logger& log = log_of_process();
    more.insert(more.begin(), log.standard_error);
    log.all->set_sinks(std::move(more));
    level_in_force = level.value_or(level_of_start);
}

bool log_enabled(LogLevel level) {
    return level >= level_in_force.load(std::memory_order_relaxed);
}

void write_log(LogLevel level, std::string_view category, std::string_view text) {
    log_of_process().logger.log(translate(level), "{}: {}", category, text);
}

}  // namespace torii
