#pragma once

#include "agent/model/snapshot.h"
#include "controlplane/bgp/config.h"
#include "platform/base/result.h"

#include <map>
#include <optional>
#include <string>

namespace torii::reconcile {

// One of the families that we carry, or nothing.
[[nodiscard]] std::optional<bgp::Family> unicast_family(const model::BgpPeerFamily& family);

// Where the peer is: as it is stated, or the default gateway of the family.
[[nodiscard]] Result<IpAddress> session_address(
    const model::BgpPeer& peer, const std::map<IpFamily, IpAddress>& default_gateways);

// The settings of a session, without its password. An error when it cannot be brought up as
// configured.
[[nodiscard]] Result<bgp::PeerConfig> peer_config(const model::BgpPeer& peer,
                                                  const IpAddress& address,
                                                  const model::BgpPeerConfig& settings,
                                                  bgp::Asn local_as);

// The key of TCP MD5 (RFC 2385) in the Secret that the settings name. An error when there is none:
// Cilium would drop the authentication that was asked for; we drop the session.
[[nodiscard]] Result<std::string> session_password(const model::Snapshot& snapshot,
                                                   const std::string& secrets_namespace,
                                                   const model::BgpPeerConfig& settings);

}  // namespace torii::reconcile
