#pragma once

#include "mgmt/yang/config_node.h"

#include <platform/ipc/proto/config.pb.h>

namespace torii::yang {

// The access lists, as the packet engine gets them.
void map_access_lists(const ConfigNode& root, ipc::DataplaneConfig& out);

}  // namespace torii::yang
