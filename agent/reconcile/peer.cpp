#include "agent/reconcile/peer.h"

#include <algorithm>

namespace torii::reconcile {
namespace {

constexpr std::uint8_t kInternalTtl = 255;

constexpr std::string_view kPasswordKey = "password";
constexpr std::size_t kPasswordLengthMax = 80;  // TCP_MD5SIG_MAXKEYLEN of Linux

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

Result<IpAddress> session_address(const model::BgpPeer& peer,
                                  const std::map<IpFamily, IpAddress>& default_gateways) {
    if (!peer.peer_address) {
        if (!peer.default_gateway) return fail("has neither peerAddress nor autoDiscovery");
        const auto gateway = default_gateways.find(*peer.default_gateway);
        if (gateway != default_gateways.end()) return gateway->second;
        return fail("the node has no default route of ipv{} through a gateway",
                    static_cast<int>(*peer.default_gateway));
    }
    if (!peer.peer_address->zone.empty()) return fail("a peerAddress with a zone is not supported");
    return peer.peer_address->address;
}

Result<bgp::PeerConfig> peer_config(const model::BgpPeer& peer, const IpAddress& address,
                                    const model::BgpPeerConfig& settings, bgp::Asn local_as) {
    if (address.is_unspecified() || address.is_multicast()) {
        return fail("peerAddress {} is not the address of a host", address);
    }
    if (peer.local_address && peer.local_address->family() != address.family()) {
        return fail("localAddress {} and peerAddress {} are of different families",
                    *peer.local_address, address);
    }
    bgp::PeerConfig config;
    config.address = address;
    config.remote_port = settings.peer_port;
    config.local_address = peer.local_address;
    config.local_port = peer.local_port.value_or(0);
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

Result<std::string> session_password(const model::Snapshot& snapshot,
                                     const std::string& secrets_namespace,
                                     const model::BgpPeerConfig& settings) {
    const std::string key = secrets_namespace + '/' + settings.auth_secret;
    const auto secret = snapshot.secrets.find(key);
    if (secret == snapshot.secrets.end()) {
        return fail("authSecretRef: Secret {} is missing, so there is no session", key);
    }
    const auto password = secret->second.data.find(std::string(kPasswordKey));
    if (password == secret->second.data.end() || password->second.empty()) {
        return fail(
            "authSecretRef: Secret {} has no key \"{}\" or an empty one, so there is no "
            "session",
            key, kPasswordKey);
    }
    if (password->second.size() > kPasswordLengthMax) {
        return fail(
            "authSecretRef: the password of Secret {} is longer than the {} octets that "
            "TCP MD5 takes, so there is no session",
            key, kPasswordLengthMax);
    }
    return password->second;
}

}  // namespace torii::reconcile
