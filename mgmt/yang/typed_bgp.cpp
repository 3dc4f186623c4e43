#include "mgmt/yang/typed_bgp.h"

namespace torii::yang {
namespace {

ipc::AddressFamily family_of(const ConfigNode& node) {
    return node.text("name") == "ipv6-unicast" ? ipc::IPV6_UNICAST : ipc::IPV4_UNICAST;
}

void map_remote_as(const ConfigNode& node, ipc::BgpSessionConfig& out) {
    const auto remote_as = node.text("remote-as");
    if (!remote_as) return;
    if (*remote_as == "external") {
        out.set_remote_as_kind(ipc::REMOTE_AS_EXTERNAL);
    } else if (*remote_as == "internal") {
        out.set_remote_as_kind(ipc::REMOTE_AS_INTERNAL);
    } else if (*remote_as == "any") {
        out.set_remote_as_kind(ipc::REMOTE_AS_ANY);
    } else {
        out.set_remote_as_kind(ipc::REMOTE_AS_NUMBER);
        out.set_remote_as(*node.number("remote-as"));
    }
}

void map_session_timers(const ConfigNode& timers, ipc::BgpSessionConfig& out) {
    if (const auto value = timers.number("hold-time")) out.set_hold_time(*value);
    if (const auto value = timers.number("keepalive")) out.set_keepalive(*value);
    if (const auto value = timers.number("connect-retry")) out.set_connect_retry(*value);
}

void map_local_as(const ConfigNode& node, ipc::BgpSessionConfig& out) {
    if (const auto value = node.number("as")) out.set_local_as(*value);
    if (const auto value = node.boolean("no-prepend")) out.set_local_as_no_prepend(*value);
    if (const auto value = node.boolean("replace-as")) out.set_local_as_replace_as(*value);
}

void map_add_path(const ConfigNode& node, ipc::AddressFamily family, ipc::BgpSessionConfig& out) {
    ipc::BgpAddPath add_path;
    add_path.set_family(family);
    const ConfigNode send = node.container("send");
    if (const auto value = node.boolean("receive")) add_path.set_receive(*value);
    if (send.flag("all")) add_path.set_send_all(true);
    if (const auto value = send.number("best")) add_path.set_send_best(*value);
    const bool configured =
        add_path.has_receive() || add_path.send_all() || add_path.has_send_best();
    if (configured) *out.add_add_paths() = add_path;
}

// What is absent here stays absent: the neighbor then has its group's value, else that of bgp.
void map_session(const ConfigNode& node, ipc::BgpSessionConfig& out) {
    map_remote_as(node, out);
    if (const auto value = node.text("description")) out.set_description(*value);
    if (const auto value = node.boolean("enabled")) out.set_enabled(*value);
    if (const auto value = node.text("shutdown-message")) out.set_shutdown_message(*value);
    map_local_as(node.container("local-as"), out);
    if (const auto value = node.text("password")) out.set_password(*value);
    if (const auto value = node.number("ttl-security")) out.set_ttl_security(*value);
    const ConfigNode capability = node.container("capability");
    if (const auto value = capability.boolean("extended-next-hop")) {
        out.set_extended_next_hop(*value);
    }
    if (const auto value = node.boolean("passive")) out.set_passive(*value);
    if (const auto value = node.text("update-source")) out.set_update_source(*value);
    if (const auto value = node.number("remote-port")) out.set_remote_port(*value);
    if (const auto value = node.number("ebgp-multihop")) out.set_ebgp_multihop(*value);
    if (const auto value = node.number("allow-own-as")) out.set_allow_own_as(*value);
    if (const auto value = node.boolean("as-override")) out.set_as_override(*value);
    if (const auto value = node.boolean("next-hop-self")) out.set_next_hop_self(*value);
    if (const auto value = node.number("maximum-prefixes")) out.set_maximum_prefixes(*value);
    map_session_timers(node.container("timers"), out);
    for (const ConfigNode& family : node.list("family")) {
        const auto name = family_of(family);
        if (family.boolean("enabled") == false) out.add_disabled_families(name);
        map_add_path(family.container("add-path"), name, out);
    }
}

void map_timers(const ConfigNode& timers, ipc::BgpConfig& out) {
    const std::uint32_t hold_time = timers.number("hold-time").value_or(0);
    out.set_hold_time(hold_time);
    // RFC 4271 section 4.4: a third is reasonable.
    out.set_keepalive(timers.number("keepalive").value_or(hold_time / 3));
    out.set_connect_retry(timers.number("connect-retry").value_or(0));
}

void map_graceful_restart(const ConfigNode& node, ipc::BgpConfig& out) {
    const auto mode = node.text("mode");
    out.set_graceful_restart(mode == "restart"   ? ipc::GRACEFUL_RESTART_RESTART
                             : mode == "disable" ? ipc::GRACEFUL_RESTART_DISABLE
                                                 : ipc::GRACEFUL_RESTART_HELPER);
    out.set_restart_time(node.number("restart-time").value_or(0));
    out.set_stale_time(node.number("stale-time").value_or(0));
    const ConfigNode long_lived = node.container("long-lived");
    out.set_long_lived_stale_time(long_lived.number("stale-time").value_or(0));
    out.set_long_lived_stale_time_max(long_lived.number("stale-time-max").value_or(0));
}

void map_family(const ConfigNode& node, ipc::BgpFamilyConfig& out) {
    out.set_family(family_of(node));
    const ConfigNode paths = node.container("maximum-paths");
    out.set_maximum_paths_ebgp(paths.number("ebgp").value_or(1));
    out.set_maximum_paths_ibgp(paths.number("ibgp").value_or(1));
    for (const ConfigNode& network : node.list("network")) {
        auto* added = out.add_networks();
        added->set_prefix(*network.text("prefix"));
        added->set_unconditional(network.boolean("unconditional").value_or(false));
    }
}

void map_peers(const ConfigNode& bgp, ipc::BgpConfig& out) {
    for (const ConfigNode& group : bgp.list("peer-group")) {
        auto* added = out.add_peer_groups();
        added->set_name(*group.text("name"));
        map_session(group, *added->mutable_session());
    }
    for (const ConfigNode& neighbor : bgp.list("neighbor")) {
        auto* added = out.add_neighbors();
        added->set_address(*neighbor.text("address"));
        added->set_peer_group(neighbor.text("peer-group").value_or(""));
        map_session(neighbor, *added->mutable_session());
    }
    for (const ConfigNode& range : bgp.list("dynamic-neighbors")) {
        auto* added = out.add_dynamic_neighbors();
        added->set_prefix(*range.text("prefix"));
        added->set_peer_group(*range.text("peer-group"));
        added->set_limit(range.number("limit").value_or(0));
    }
}

}  // namespace

ipc::BgpConfig typed_bgp(const ConfigNode& root) {
    const ConfigNode bgp = root.container("bgp");
    ipc::BgpConfig out;
    out.set_as(*bgp.number("as"));
    const auto shared_id = root.container("routing").text("router-id");
    out.set_router_id(bgp.text("router-id").value_or(shared_id.value_or("")));
    out.set_listen_port(bgp.number("listen-port").value_or(0));
    out.set_ebgp_requires_policy(bgp.boolean("ebgp-requires-policy").value_or(true));
    const ConfigNode bestpath = bgp.container("bestpath");
    out.set_multipath_relax(bestpath.boolean("multipath-relax").value_or(false));
    out.set_compare_router_id(bestpath.boolean("compare-router-id").value_or(false));
    map_timers(bgp.container("timers"), out);
    map_graceful_restart(bgp.container("graceful-restart"), out);
    for (const ConfigNode& family : bgp.list("family")) map_family(family, *out.add_families());
    map_peers(bgp, out);
    return out;
}

}  // namespace torii::yang
