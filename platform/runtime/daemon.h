#pragma once

#include "platform/base/log.h"
#include "platform/base/result.h"

#include <string>

namespace CLI {
class App;
}

namespace torii {

// What the main functions of all daemons have in common.

// --log-level: debug, info, warning or error.
void add_log_level(CLI::App& app, LogLevel& level);
// The folder of a daemon's sockets, which is there afterwards.
[[nodiscard]] Result<void> make_run_dir(const std::string& path);
// Of the process; tells the error, if there is one.
[[nodiscard]] int exit_status(const Result<void>& done);

}  // namespace torii
