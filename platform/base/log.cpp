#include "platform/base/log.h"

#include "platform/base/log_sinks.h"

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace torii {
namespace {

// What any category lets through: others are turned away at once.
std::atomic<LogLevel> lowest_level{LogLevel::info};
LogLevel level_of_start = LogLevel::info;

class Levels {
public:
    void set(LogLevel common, CategoryLevels categories) {
        const std::lock_guard lock(mutex_);
        LogLevel lowest = common;
        for (const auto& [category, level] : categories) lowest = std::min(lowest, level);
        common_ = common;
        categories_ = std::move(categories);
        lowest_level = lowest;
    }
    [[nodiscard]] LogLevel of(std::string_view category) const {
        const std::lock_guard lock(mutex_);
        const auto own = categories_.find(category);
        return own == categories_.end() ? common_ : own->second;
    }

private:
    mutable std::mutex mutex_;
    LogLevel common_ = LogLevel::info;
    CategoryLevels categories_;
};

Levels& levels() {
    static Levels made;
    return made;
}

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
    levels().set(level, {});
}

void set_more_log_sinks(std::vector<spdlog::sink_ptr> more, std::optional<LogLevel> level,
                        CategoryLevels categories) {
    Logger& log = log_of_process();
    more.insert(more.begin(), log.standard_error);
    log.all->set_sinks(std::move(more));
    levels().set(level.value_or(level_of_start), std::move(categories));
}

bool log_enabled(LogLevel level) {
    return level >= lowest_level.load(std::memory_order_relaxed);
}

void write_log(LogLevel level, std::string_view category, std::string_view text) {
    if (level < levels().of(category)) return;
    log_of_process().logger.log(translate(level), "{}: {}", category, text);
}

}  // namespace torii
