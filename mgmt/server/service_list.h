#pragma once

#include "mgmt/show/state_data.h"
#include "mgmt/yang/typed_config.h"
#include "platform/linux/listening_sockets.h"

#include <set>
#include <vector>

namespace torii::mgmt {

// What the router offers beside its protocols, and where it sends its log: as configured, and
// whether it is so.
[[nodiscard]] std::vector<show::RouterState::Service> service_list(
    const yang::ManagementConfig& config, const std::set<ListeningSocket>& listening);

}  // namespace torii::mgmt
