#pragma once

#include <platform/ipc/proto/platform.pb.h>
#include <string>

namespace torii::show {

// show platform: what the machine has, how it is used, and each card with the ways to drive it.
[[nodiscard]] std::string platform(const ipc::Platform& platform);

}  // namespace torii::show
