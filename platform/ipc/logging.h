#pragma once

#include "platform/base/log_targets.h"

#include <platform/ipc/proto/config.pb.h>
#include <string>

namespace torii::ipc {

// From the wire: an address that is none is an error.
[[nodiscard]] Result<LogTargets> to_log_targets(const LoggingConfig& config,
                                                const std::string& program);

// For daemons. What does not work is told where it still can be, and is no reason to refuse a
// configuration: torii-mgmtd has tried it before.
void apply_logging(const LoggingConfig& config, const std::string& program);

}  // namespace torii::ipc
