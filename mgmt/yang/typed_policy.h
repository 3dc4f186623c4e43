#pragma once

#include "mgmt/yang/config_node.h"

#include <platform/ipc/proto/config.pb.h>

namespace torii::yang {

// The policies of a document, and the sets they name.
[[nodiscard]] ipc::PolicyConfig typed_policy(const ConfigNode& root);

}  // namespace torii::yang
