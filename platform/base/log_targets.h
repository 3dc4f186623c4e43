#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/log.h"
#include "platform/base/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii {

// Those with a level of their own.
using CategoryLevels = std::map<std::string, LogLevel, std::less<>>;

// Where the lines of the log go beside standard error.
struct LogTargets {
    struct Server {
        IpAddress address;
        std::uint16_t port = 514;
        friend bool operator==(const Server&, const Server&) = default;
    };
    std::optional<LogLevel> level;  // absent: that of set_log_level()
    CategoryLevels categories;
    std::string program;          // as servers are told
    std::string hostname;         // likewise
    std::string file;             // lines are added to it; empty: none
    std::vector<Server> servers;  // syslog over UDP (RFC 5426)
    friend bool operator==(const LogTargets&, const LogTargets&) = default;
};

// In place of those before. A file that cannot be written is an error, and everything stays. Who
// does not take a line loses it: nothing waits for a server.
[[nodiscard]] Result<void> set_log_targets(const LogTargets& targets);

}  // namespace torii
