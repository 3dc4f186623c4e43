#pragma once

#include "platform/base/log_targets.h"

#include <spdlog/common.h>

#include <optional>
#include <vector>

// Between log.cpp and log_targets.cpp.
namespace torii {

void set_more_log_sinks(std::vector<spdlog::sink_ptr> more, std::optional<LogLevel> level,
                        CategoryLevels categories);

inline constexpr const char* kLogPattern = "%Y-%m-%dT%H:%M:%S.%e %l %v";

}  // namespace torii
