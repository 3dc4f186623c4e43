#pragma once

#include "controlplane/policy/library.h"
#include "platform/base/result.h"

#include <platform/ipc/proto/config.pb.h>

namespace torii::controlplane {

// The policies of a configuration, compiled.
[[nodiscard]] Result<policy::Library> read_policies(const ipc::PolicyConfig& config);

}  // namespace torii::controlplane
