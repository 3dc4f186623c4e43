#pragma once

#include "mgmt/yang/config_node.h"

#include <platform/ipc/proto/config.pb.h>

namespace torii::yang {

// `root`: for what BGP takes from elsewhere when it has no own value. Only when bgp is configured.
[[nodiscard]] ipc::BgpConfig typed_bgp(const ConfigNode& root);

}  // namespace torii::yang
