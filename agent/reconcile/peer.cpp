#include "agent/reconcile/peer.h"

#include <algorithm>

namespace torii::reconcile {
namespace {

constexpr std::uint8_t kInternalTtl = 255;

Result<IpAddress> session_address(const model::BgpPeer& peer) {
    if (!peer.peer_address) {
        if (peer.default_gateway_discovery) return fail("autoDiscovery is not supported yet");
        return fail("has neither peerAddress nor autoDiscovery");
    }
    if (!peer.peer_address->zone.empty()) return fail("a peerAddress with a zone is not supported");
    const IpAddress& address = peer.peer_address->address;
    if (address.is_unspecified() || address.is_multicast()) {
        return fail("peerAddress {} is not the address of a host", address);
    }
    if (peer.local_address && peer.local_address->family() != address.family()) {
        return fail("localAddress {} and peerAddress {} are of different families",
                    *peer.local_address, address);
    }
    return address;
}

bgp::GracefulRestartConfig graceful_restart(const model::BgpGracefulRestart& settings) {
    bgp::GracefulRestartConfig config;
    // One switch for both sides, as in Cilium: without it nothing is announced.
    config.helper = settings.enabled;
    config.restarting = settings.enabled;
    config.notification = settings.enabled;
    config.restart_time = settings.restart_time;
    return config;
}

}  // namespace

std::optional<bgp::Family> unicast_family(const model::BgpPeerFamily& family) {
    if (family.safi != "unicast") return std::nullopt;
    if (family.afi == "ipv4") return bgp::Family::ipv4_unicast;
    if (family.afi == "ipv6") return bgp::Family::ipv6_unicast;
    return std::nullopt;
}

Result<bgp::PeerConfig> peer_config(const model::BgpPeer& peer,
                                    const model::BgpPeerConfig& settings, bgp::Asn local_as) {
    const Result<IpAddress> address = session_address(peer);
    if (!address) return unexpected(address.error());
    // Cilium would drop the authentication that was asked for; we drop the session.
    if (!settings.auth_secret.empty()) {
        return fail("authSecretRef {}: TCP MD5 is not supported yet, so there is no session",
                    settings.auth_secret);
    }
    bgp::PeerConfig config;
    config.address = *address;
    config.remote_port = settings.peer_port;
    config.local_address = peer.local_address;
    config.local_as = local_as;
    config.remote_as = peer.peer_as;
    const bool any_as = peer.peer_as == bgp::Asn(0);
    config.remote_as_rule = any_as ? bgp::RemoteAsRule::any : bgp::RemoteAsRule::number;
    config.ttl = peer.peer_as == local_as ? kInternalTtl : settings.ebgp_multihop;
    config.hold_time = settings.hold_time;
    config.keepalive = settings.keepalive;
    config.connect_retry = settings.connect_retry;
    // IPv4 prefixes need no IPv4 address on the way to an IPv6 peer (RFC 8950).
    config.extended_next_hop = config.address.is_v6();
    config.graceful_restart = graceful_restart(settings.graceful_restart);
    config.description = peer.name;
    config.bfd = true;  // when the router speaks it
    config.families.clear();
    for (const bgp::Family family : bgp::kFamilies) {
        const bool wanted = std::ranges::any_of(settings.families, [&](const auto& candidate) {
            return unicast_family(candidate) == family;
        });
        if (wanted) config.families.push_back(family);
    }
    if (config.families.empty()) return fail("none of its families is ipv4 or ipv6 unicast");
    return config;
}

}  // namespace torii::reconcile
