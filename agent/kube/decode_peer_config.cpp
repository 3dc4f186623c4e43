#include "agent/kube/decode_kinds.h"

#include <limits>
#include <utility>

namespace torii::kube {
namespace {

Seconds seconds_or(const Field& field, Seconds otherwise, Range range) {
    return Seconds(field.number_or<std::int64_t>(otherwise.count(), range));
}

void decode_timers(const Field& field, model::BgpPeerConfig& config) {
    config.connect_retry = seconds_or(field["connectRetryTimeSeconds"], config.connect_retry,
                                      {1, std::numeric_limits<std::int32_t>::max()});
    config.hold_time = seconds_or(field["holdTimeSeconds"], config.hold_time, {3, 65535});
    config.keepalive = seconds_or(field["keepAliveTimeSeconds"], config.keepalive, {1, 65535});
    // A rule of the resource in CEL, which API servers before 1.25 do not check.
    if (field.valid() && config.keepalive > config.hold_time) {
        field.wrong("Invalid value: keepAliveTimeSeconds can not be larger than holdTimeSeconds");
    }
}

model::BgpGracefulRestart decode_graceful_restart(const Field& field) {
    model::BgpGracefulRestart graceful_restart;
    if (!field.present()) return graceful_restart;
    graceful_restart.enabled = field["enabled"].required().boolean().value_or(false);
    graceful_restart.restart_time =
        seconds_or(field["restartTimeSeconds"], graceful_restart.restart_time, {1, 4095});
    return graceful_restart;
}

model::BgpPeerFamily decode_family(const Field& field) {
    model::BgpPeerFamily family;
    family.afi =
        field["afi"].required().one_of({"ipv4", "ipv6", "l2vpn", "ls", "opaque"}).value_or("");
    family.safi =
        field["safi"]
            .required()
            .one_of({"unicast", "multicast", "mpls_label", "encapsulation", "vpls", "evpn", "ls",
                     "sr_policy", "mup", "mpls_vpn", "mpls_vpn_multicast",
                     "route_target_constraints", "flowspec_unicast", "flowspec_vpn", "key_value"})
            .value_or("");
    family.advertisements = decode_selector(field["advertisements"]);
    return family;
}

}  // namespace

model::BgpPeerConfig decode_peer_config(const Field& root) {
    const Field spec = root["spec"];
    model::BgpPeerConfig config;
    config.peer_port =
        spec["transport"]["peerPort"].number_or<std::uint16_t>(config.peer_port, {1, 65535});
    config.source_interface = spec["transport"]["sourceInterface"].text().value_or("");
    decode_timers(spec["timers"], config);
    config.auth_secret = spec["authSecretRef"].text().value_or("");
    config.graceful_restart = decode_graceful_restart(spec["gracefulRestart"]);
    config.ebgp_multihop =
        spec["ebgpMultihop"].number_or<std::uint8_t>(config.ebgp_multihop, {1, 255});
    const std::vector<Field> families = spec["families"].items();
    if (!families.empty()) config.families.clear();
    for (const Field& family : families) config.families.push_back(decode_family(family));
    return config;
}

}  // namespace torii::kube
