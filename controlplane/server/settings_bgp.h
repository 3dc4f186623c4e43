#pragma once

#include "controlplane/server/settings.h"

namespace torii::controlplane {

// The `bgp` part of read_settings(). `router_id` is the one for protocols without their own.
// Policies that are named must be among `policies`.
[[nodiscard]] Result<BgpSettings> read_bgp(const ipc::BgpConfig& config,
                                           const std::string& router_id,
                                           const policy::Library& policies);

}  // namespace torii::controlplane
