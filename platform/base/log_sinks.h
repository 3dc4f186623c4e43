#pragma once

#include "platform/base/log.h"

#include <spdlog/common.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Between log.cpp and log_targets.cpp.
namespace torii {

// Those with a level of their own.
using CategoryLevels = std::map<std::string, LogLevel, std::less<>>;

void set_more_log_sinks(std::vector<spdlog::sink_ptr> more, std::optional<LogLevel> level,
                        CategoryLevels categories);

inline constexpr const char* kLogPattern = "%Y-%m-%dT%H:%M:%S.%e %l %v";

}  // namespace torii
