#pragma once

#include "platform/base/result.h"

#include <string>

namespace torii {

// Writes /proc/sys/PATH of this network namespace: set_sysctl("net/ipv4/ip_forward", "0").
Result<void> set_sysctl(const std::string& path, const std::string& value);

}  // namespace torii
