#include "mgmt/yang/typed_bgp.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

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

void map_limit(const ConfigNode& node, ipc::BgpSessionConfig& out) {
    if (const auto value = node.number("maximum-prefixes")) out.set_maximum_prefixes(*value);
    if (const auto value = node.number("maximum-prefixes-threshold")) {
        out.set_maximum_prefixes_threshold(*value);
    }
    if (const auto value = node.boolean("maximum-prefixes-warning-only")) {
        out.set_maximum_prefixes_warning_only(*value);
    }
    if (const auto value = node.boolean("maximum-prefixes-force")) {
        out.set_maximum_prefixes_force(*value);
    }
    if (const auto value = node.number("maximum-prefixes-restart")) {
        out.set_maximum_prefixes_restart(*value);
    }
}

// The word as the number of its place in `words`.
template <class Enum, std::size_t count>
Enum enum_of(const std::string& word, const std::array<std::string_view, count>& words) {
    const auto* const found = std::ranges::find(words, word);
    return static_cast<Enum>(found == words.end() ? 0 : found - words.begin());
}

void map_export(const ConfigNode& node, ipc::BgpSessionConfig& out) {
    static constexpr std::array<std::string_view, 4> kPrivate{"if-all", "all", "replace-if-all",
                                                              "replace"};
    static constexpr std::array<std::string_view, 6> kSend{"all",      "both",  "standard",
                                                           "extended", "large", "none"};
    if (const auto value = node.boolean("next-hop-unchanged")) out.set_next_hop_unchanged(*value);
    if (const auto value = node.text("remove-private-as")) {
        out.set_remove_private_as(enum_of<ipc::RemovePrivateAs>(*value, kPrivate));
    }
    if (const auto value = node.text("send-community")) {
        out.set_send_community(enum_of<ipc::SendCommunity>(*value, kSend));
    }
    if (const auto value = node.boolean("graceful-shutdown")) out.set_graceful_shutdown(*value);
}

// Of torii-bgp-session.
void map_options(const ConfigNode& node, ipc::BgpSessionConfig& out) {
    static constexpr std::array<std::string_view, 5> kRoles{"provider", "rs-server", "rs-client",
                                                            "customer", "peer"};
    if (const auto value = node.text("local-role")) {
        out.set_local_role(enum_of<ipc::BgpRole>(*value, kRoles));
    }
    if (const auto value = node.boolean("local-role-strict")) out.set_local_role_strict(*value);
    if (const auto value = node.number("advertisement-interval")) {
        out.set_advertisement_interval(*value);
    }
    if (const auto value = node.boolean("enforce-first-as")) out.set_enforce_first_as(*value);
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
    const ConfigNode bfd = node.container("bfd");
    if (const auto value = bfd.boolean("enabled")) out.set_bfd(*value);
    if (const auto value = bfd.text("profile")) out.set_bfd_profile(*value);
    if (const auto value = node.boolean("passive")) out.set_passive(*value);
    if (const auto value = node.text("update-source")) out.set_update_source(*value);
    if (const auto value = node.number("remote-port")) out.set_remote_port(*value);
    if (const auto value = node.number("ebgp-multihop")) out.set_ebgp_multihop(*value);
    if (const auto value = node.number("allow-own-as")) out.set_allow_own_as(*value);
    if (const auto value = node.boolean("as-override")) out.set_as_override(*value);
    if (const auto value = node.boolean("next-hop-self")) out.set_next_hop_self(*value);
    map_session_timers(node.container("timers"), out);
    map_limit(node, out);
    map_export(node, out);
    map_options(node, out);
    for (const ConfigNode& family : node.list("family")) {
        const auto address_family = family_of(family);
        auto* added = out.add_families();
        added->set_family(address_family);
        if (const auto value = family.boolean("enabled")) added->set_enabled(*value);
        for (auto& name : family.leaf_list("import-policy")) added->add_import_policies(name);
        for (auto& name : family.leaf_list("export-policy")) added->add_export_policies(name);
        for (auto& name : family.leaf_list("unsuppress-policy")) {
            added->add_unsuppress_policies(name);
        }
        const ConfigNode originate = family.container("default-originate");
        if (const auto value = originate.boolean("enabled")) added->set_default_originate(*value);
        for (auto& name : originate.leaf_list("policy")) added->add_default_policies(name);
        map_add_path(family.container("add-path"), address_family, out);
    }
}

void map_instance(const ConfigNode& bgp, ipc::BgpConfig& out) {
    out.set_log_neighbor_changes(bgp.boolean("log-neighbor-changes").value_or(true));
    const ConfigNode delay = bgp.container("update-delay");
    out.set_update_delay(delay.number("maximum").value_or(0));
    out.set_update_delay_establish_wait(delay.number("establish-wait").value_or(0));
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
    if (const auto value = node.number("selection-deferral-time")) {
        out.set_selection_deferral_time(*value);
    }
    const ConfigNode long_lived = node.container("long-lived");
    out.set_long_lived_stale_time(long_lived.number("stale-time").value_or(0));
    out.set_long_lived_stale_time_max(long_lived.number("stale-time-max").value_or(0));
}

void map_aggregate(const ConfigNode& node, ipc::BgpAggregateConfig& out) {
    static constexpr std::array<std::string_view, 3> kOrigins{"igp", "egp", "incomplete"};
    out.set_prefix(*node.text("prefix"));
    out.set_summary_only(node.boolean("summary-only").value_or(false));
    out.set_as_set(node.boolean("as-set").value_or(false));
    if (const auto value = node.text("origin")) {
        out.set_origin(enum_of<ipc::BgpOrigin>(*value, kOrigins));
    }
    for (auto& name : node.leaf_list("policy")) out.add_policies(name);
    for (auto& name : node.leaf_list("suppress-policy")) out.add_suppress_policies(name);
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
        for (auto& name : network.leaf_list("policy")) added->add_policies(name);
    }
    for (const ConfigNode& redistribute : node.list("redistribute")) {
        auto* added = out.add_redistribute();
        added->set_static_(redistribute.text("protocol") == "static");
        for (auto& name : redistribute.leaf_list("policy")) added->add_policies(name);
        if (const auto value = redistribute.number("metric")) added->set_metric(*value);
    }
    for (const ConfigNode& aggregate : node.list("aggregate-address")) {
        map_aggregate(aggregate, *out.add_aggregates());
    }
}

void map_bmp(const ConfigNode& bmp, ipc::BgpConfig& out) {
    for (const ConfigNode& station : bmp.list("station")) {
        auto* added = out.add_bmp_stations();
        added->set_name(*station.text("name"));
        added->set_address(*station.text("address"));
        added->set_port(*station.number("port"));
        added->set_source(station.text("source").value_or(""));
        added->set_statistics_interval(station.number("statistics-interval").value_or(0));
        added->set_buffer_limit(station.number("buffer-limit").value_or(0));
    }
}

void map_mrt(const ConfigNode& mrt, ipc::BgpConfig& out) {
    const auto map = [](const ConfigNode& node, auto add) {
        const auto file = node.text("file");
        if (!file) return;
        ipc::MrtFileConfig& config = *add();
        config.set_file(*file);
        config.set_interval(*node.number("interval"));
    };
    map(mrt.container("routes"), [&out] { return out.mutable_mrt_routes(); });
    map(mrt.container("updates"), [&out] { return out.mutable_mrt_updates(); });
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
    out.set_always_compare_med(bestpath.boolean("always-compare-med").value_or(false));
    static constexpr std::array<std::string_view, 4> kBandwidth{"all", "ignore", "skip-missing",
                                                                "default-weight-for-missing"};
    out.set_bandwidth(
        enum_of<ipc::BandwidthUse>(bestpath.text("bandwidth").value_or("all"), kBandwidth));
    out.set_graceful_shutdown(bgp.boolean("graceful-shutdown").value_or(false));
    map_instance(bgp, out);
    map_timers(bgp.container("timers"), out);
    map_graceful_restart(bgp.container("graceful-restart"), out);
    for (const ConfigNode& family : bgp.list("family")) map_family(family, *out.add_families());
    map_bmp(bgp.container("bmp"), out);
    map_mrt(bgp.container("mrt"), out);
    map_peers(bgp, out);
    return out;
}

}  // namespace torii::yang
