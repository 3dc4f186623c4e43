#pragma once

#include "agent/model/snapshot.h"
#include "controlplane/bgp/config.h"
#include "platform/base/result.h"

#include <optional>
#include <string>

namespace torii::reconcile {

// One of the families that we carry, or nothing.
[[nodiscard]] std::optional<bgp::Family> unicast_family(const model::BgpPeerFamily& family);

// The settings of a session. An error when it must not or cannot be brought up as configured.
[[nodiscard]] Result<bgp::PeerConfig> peer_config(const model::BgpPeer& peer,
                                                  const model::BgpPeerConfig& settings,
                                                  bgp::Asn local_as);

}  // namespace torii::reconcile
