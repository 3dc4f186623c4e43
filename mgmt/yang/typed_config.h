#pragma once

#include "mgmt/yang/configuration.h"

#include <platform/ipc/proto/config.pb.h>

namespace torii::yang {

// What the daemons receive.
struct TypedConfig {
    ipc::DataplaneConfig dataplane;
    ipc::ControlplaneConfig controlplane;
};

// `reads` collects which leaves were looked at: a test proves that none is accepted and then
// ignored.
[[nodiscard]] TypedConfig typed_config(const Configuration& configuration,
                                       ConfigNode::Reads* reads = nullptr);

}  // namespace torii::yang
