#include "controlplane/server/settings_bgp.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr std::uint32_t kTtlMax = 255;
constexpr std::size_t kPasswordMax = 80;  // of the kernel
constexpr std::uint32_t kBgpPort = 179;
constexpr std::uint32_t kPortMax = 65535;
constexpr Seconds kConnectRetry{10};
constexpr std::uint32_t kDynamicLimit = 100;

struct Group {
    ipc::BgpSessionConfig session;
    bool has_range = false;  // a dynamic-neighbors names it
};
using Groups = std::map<std::string, Group>;

bgp::Family family_of(int family) {
    return family == ipc::IPV6_UNICAST ? bgp::Family::ipv6_unicast : bgp::Family::ipv4_unicast;
}

// The neighbor's own values over those of its group. Protobuf's merge does exactly that: a field
// that is absent leaves the group's value, except for lists, which are added to.
Result<ipc::BgpSessionConfig> inherit(const Groups& groups, const std::string& group,
                                      const ipc::BgpSessionConfig& own) {
    if (group.empty()) return own;
    const auto found = groups.find(group);
    if (found == groups.end()) return fail("there is no peer-group {}", group);
    ipc::BgpSessionConfig merged = found->second.session;
    merged.MergeFrom(own);
    // Who belongs to a group that is listened for dials by itself: a node's agent does not even
    // listen. So its members are waited for, named or not, unless somebody says otherwise.
    if (!merged.has_passive() && found->second.has_range) merged.set_passive(true);
    return merged;
}

// How far away the peer may be: by the TTL that we send (ebgp-multihop), or by the one that it
// sends, which nobody on the way can raise (RFC 5082).
Result<void> read_hops(const ipc::BgpSessionConfig& session, bool internal, bgp::PeerConfig& peer) {
    const std::uint32_t hops = session.has_ebgp_multihop() ? session.ebgp_multihop() : 1;
    if (hops == 0 || hops > kTtlMax) return fail("ebgp-multihop {}: must be 1 to 255", hops);
    peer.ttl = static_cast<std::uint8_t>(internal ? kTtlMax : hops);
    if (!session.has_ttl_security()) return {};
    const std::uint32_t secure = session.ttl_security();
    if (session.has_ebgp_multihop()) return fail("ttl-security excludes ebgp-multihop");
    if (secure == 0 || secure >= kTtlMax) return fail("ttl-security {}: must be 1 to 254", secure);
    peer.ttl = static_cast<std::uint8_t>(kTtlMax);
    peer.ttl_min = static_cast<std::uint8_t>(kTtlMax + 1 - secure);
    return {};
}

Result<void> read_remote_as(const ipc::BgpSessionConfig& session, bgp::Asn as,
                            bgp::PeerConfig& peer) {
    if (!session.has_remote_as_kind() && !session.has_remote_as()) {
        return fail("needs remote-as here or in its peer-group");
    }
    switch (session.remote_as_kind()) {
        case ipc::REMOTE_AS_EXTERNAL: peer.remote_as_rule = bgp::RemoteAsRule::external; break;
        case ipc::REMOTE_AS_ANY: peer.remote_as_rule = bgp::RemoteAsRule::any; break;
        case ipc::REMOTE_AS_INTERNAL:
            peer.remote_as_rule = bgp::RemoteAsRule::internal;
            peer.remote_as = as;
            break;
        default:
            if (session.remote_as() == 0) return fail("remote-as 0 is not an AS number");
            peer.remote_as_rule = bgp::RemoteAsRule::number;
            peer.remote_as = bgp::Asn(session.remote_as());
            break;
    }
    return read_hops(session, peer.remote_as == as, peer);
}

bool is_internal(const ipc::BgpSessionConfig& session, bgp::Asn as) {
    return session.remote_as_kind() == ipc::REMOTE_AS_INTERNAL ||
           (session.remote_as_kind() == ipc::REMOTE_AS_NUMBER &&
            bgp::Asn(session.remote_as()) == as);
}

// Another AS than that of the instance: for external peers only, as with others.
Result<void> read_local_as(const ipc::BgpSessionConfig& session, bgp::Asn as,
                           bgp::PeerConfig& peer) {
    peer.local_as = as;
    if (!session.has_local_as()) return {};
    if (session.local_as() == 0) return fail("local-as 0 is not an AS number");
    if (bgp::Asn(session.local_as()) == as)
        return fail("local-as {} is our AS already", as.value());
    if (is_internal(session, as)) return fail("local-as is for external peers");
    peer.local_as = bgp::Asn(session.local_as());
    peer.no_prepend = session.local_as_no_prepend();
    peer.replace_as = session.local_as_replace_as();
    return {};
}

// RFC 9234 section 4: between two AS only.
Result<void> read_role(const ipc::BgpSessionConfig& session, bgp::Asn as, bgp::PeerConfig& peer) {
    const bool has_role = session.has_local_role();
    if (session.local_role_strict() && !has_role) return fail("local-role-strict needs local-role");
    if (!has_role) return {};
    if (is_internal(session, as)) return fail("local-role is for external peers");
    peer.local_role = bgp::Role{static_cast<std::uint8_t>(session.local_role())};
    peer.role_strict = session.local_role_strict();
    return {};
}

Result<void> read_add_paths(const ipc::BgpSessionConfig& session, bgp::PeerConfig& peer) {
    // The group's come before the neighbor's own.
    for (const ipc::BgpAddPath& one : session.add_paths()) {
        bgp::AddPathConfig& family =
            peer.add_path[static_cast<std::size_t>(family_of(one.family()))];
        if (one.has_receive()) family.receive = one.receive();
        if (one.send_all()) family.send_maximum = bgp::AddPathConfig::kAll;
        if (one.has_send_best()) {
            if (one.send_best() == 0) return fail("add-path send best 0: must be 1 or more");
            family.send_maximum = one.send_best();
        }
    }
    return {};
}

Result<void> read_protection(const ipc::BgpSessionConfig& session, bgp::PeerConfig& peer) {
    if (session.password().size() > kPasswordMax) {
        return fail("password: must have at most {} octets", kPasswordMax);
    }
    peer.password = session.password();
    peer.shutdown_message = session.shutdown_message();
    return {};
}

// Own or group's values; the two timers of the instance belong together, so that a hold time of
// one's own brings its own third (RFC 4271 section 4.4).
Result<void> read_timers(const ipc::BgpSessionConfig& session, const ipc::BgpConfig& config,
                         bgp::PeerConfig& peer) {
    const std::uint32_t hold = session.has_hold_time() ? session.hold_time() : config.hold_time();
    std::uint32_t keepalive = config.keepalive() == 0 ? hold / 3 : config.keepalive();
    if (session.has_hold_time()) keepalive = hold / 3;
    if (session.has_keepalive()) keepalive = session.keepalive();
    if (hold != 0 && hold < 3) return fail("hold-time {}: must be 0 or at least 3 seconds", hold);
    if (hold == 0) keepalive = 0;
    if (keepalive * 3 > hold) {
        return fail("keepalive {} must be at most a third of hold-time {}", keepalive, hold);
    }
    peer.hold_time = Seconds(hold);
    peer.keepalive = Seconds(keepalive);
    const std::uint32_t retry =
        session.has_connect_retry() ? session.connect_retry() : config.connect_retry();
    peer.connect_retry = retry == 0 ? kConnectRetry : Seconds(retry);
    return {};
}

bgp::GracefulRestartConfig read_graceful_restart(const ipc::BgpConfig& config) {
    bgp::GracefulRestartConfig result;
    result.helper = config.graceful_restart() != ipc::GRACEFUL_RESTART_DISABLE;
    result.restarting = config.graceful_restart() == ipc::GRACEFUL_RESTART_RESTART;
    result.notification = result.helper;
    if (config.restart_time() != 0) result.restart_time = Seconds(config.restart_time());
    if (config.stale_time() != 0) result.stale_time_max = Seconds(config.stale_time());
    result.long_lived_time = Seconds(config.long_lived_stale_time());
    result.long_lived_time_max = Seconds(config.long_lived_stale_time_max());
    return result;
}

template <class Names>
std::vector<std::string> names_of(const Names& names) {
    return {names.begin(), names.end()};
}

// The families of the instance (IPv4 when it names none) without those that the session disables,
// and their policies. What the neighbor says about a family comes after what its group says.
void read_families(const ipc::BgpSessionConfig& session, const ipc::BgpConfig& config,
                   bgp::PeerConfig& peer) {
    std::set<bgp::Family> families;
    for (const ipc::BgpFamilyConfig& family : config.families()) {
        families.insert(family_of(family.family()));
    }
    if (families.empty()) families.insert(bgp::Family::ipv4_unicast);
    std::map<bgp::Family, bool> enabled;
    for (const ipc::BgpSessionFamilyConfig& own : session.families()) {
        const bgp::Family family = family_of(own.family());
        if (own.has_enabled()) enabled[family] = own.enabled();
        bgp::FamilyPolicies& policies = peer.policies[static_cast<std::size_t>(family)];
        if (!own.import_policies().empty()) {
            policies.import_policies = names_of(own.import_policies());
        }
        if (!own.export_policies().empty()) {
            policies.export_policies = names_of(own.export_policies());
        }
        if (!own.unsuppress_policies().empty()) {
            policies.unsuppress_policies = names_of(own.unsuppress_policies());
        }
        if (!own.default_policies().empty()) {
            policies.default_policies = names_of(own.default_policies());
            policies.default_originate = true;
        }
        if (own.has_default_originate()) policies.default_originate = own.default_originate();
    }
    peer.families.clear();
    for (const bgp::Family family : families) {
        const auto said = enabled.find(family);
        if (said == enabled.end() || said->second) peer.families.push_back(family);
    }
}

void read_limit(const ipc::BgpSessionConfig& session, bgp::PrefixLimit& limit) {
    limit.maximum = session.maximum_prefixes();
    if (session.has_maximum_prefixes_threshold()) {
        limit.warn_percent =
            static_cast<std::uint8_t>(std::min(100U, session.maximum_prefixes_threshold()));
    }
    limit.warning_only = session.maximum_prefixes_warning_only();
    limit.force = session.maximum_prefixes_force();
    limit.restart = std::chrono::minutes(session.maximum_prefixes_restart());
}

bgp::PrivateAs read_private_as(const ipc::BgpSessionConfig& session) {
    if (!session.has_remove_private_as()) return bgp::PrivateAs::keep;
    switch (session.remove_private_as()) {
        case ipc::PRIVATE_AS_IF_ALL: return bgp::PrivateAs::remove_if_all;
        case ipc::PRIVATE_AS_ALL: return bgp::PrivateAs::remove;
        case ipc::PRIVATE_AS_REPLACE_IF_ALL: return bgp::PrivateAs::replace_if_all;
        default: return bgp::PrivateAs::replace;
    }
}

bgp::SendCommunities read_send_communities(const ipc::BgpSessionConfig& session) {
    switch (session.send_community()) {
        case ipc::SEND_COMMUNITY_BOTH: return {true, true, false};
        case ipc::SEND_COMMUNITY_STANDARD: return {true, false, false};
        case ipc::SEND_COMMUNITY_EXTENDED: return {false, true, false};
        case ipc::SEND_COMMUNITY_LARGE: return {false, false, true};
        case ipc::SEND_COMMUNITY_NONE: return {false, false, false};
        default: return {};
    }
}

Result<void> check_policies(const bgp::PeerConfig& peer, const policy::Library& policies) {
    for (const bgp::FamilyPolicies& family : peer.policies) {
        for (const auto* names : {&family.import_policies, &family.export_policies,
                                  &family.unsuppress_policies, &family.default_policies}) {
            if (const auto found = policies.chain(*names); !found) {
                return unexpected(found.error());
            }
        }
    }
    return {};
}

Result<bgp::PeerConfig> read_peer(const ipc::BgpSessionConfig& session,
                                  const ipc::BgpConfig& config) {
    bgp::PeerConfig peer;
    const bgp::Asn as(config.as());
    for (const auto& read : {read_remote_as, read_local_as, read_role}) {
        if (auto done = read(session, as, peer); !done) return unexpected(done.error());
    }
    for (const auto& read : {read_add_paths, read_protection}) {
        if (auto done = read(session, peer); !done) return unexpected(done.error());
    }
    if (auto done = read_timers(session, config, peer); !done) return unexpected(done.error());
    if (session.has_update_source()) {
        const auto source = IpAddress::parse(session.update_source());
        if (!source) {
            return fail("update-source {}: {}", session.update_source(), source.error().message);
        }
        peer.local_address = *source;
    }
    const std::uint32_t port = session.has_remote_port() ? session.remote_port() : kBgpPort;
    if (port == 0 || port > kPortMax) return fail("remote-port {}: must be 1 to 65535", port);
    peer.remote_port = static_cast<std::uint16_t>(port);
    peer.enabled = !session.has_enabled() || session.enabled();
    peer.passive = session.passive();
    read_families(session, config, peer);
    if (peer.families.empty()) return fail("all its address families are disabled");
    peer.graceful_restart = read_graceful_restart(config);
    peer.allow_own_as = session.allow_own_as();
    peer.as_override = session.as_override();
    peer.next_hop_self = session.next_hop_self();
    peer.next_hop_unchanged = session.next_hop_unchanged();
    peer.private_as = read_private_as(session);
    peer.send_communities = read_send_communities(session);
    // A route server leaves its own AS out (RFC 7947 section 2.2.2.1).
    peer.enforce_first_as = session.has_enforce_first_as()
                                ? session.enforce_first_as()
                                : peer.local_role != bgp::Role::rs_client;
    peer.advertisement_interval = Seconds(session.advertisement_interval());
    peer.graceful_shutdown = session.graceful_shutdown();
    peer.bfd_profile = session.bfd_profile();
    peer.bfd = session.has_bfd() ? session.bfd() : session.has_bfd_profile();
    read_limit(session, peer.prefix_limit);
    peer.description = session.description();
    return peer;
}

// Over IPv6 a next hop of IPv4 may not exist at all, so there it is the default.
bool extends_next_hop(const ipc::BgpSessionConfig& session, bool over_ipv6) {
    return session.has_extended_next_hop() ? session.extended_next_hop() : over_ipv6;
}

Result<bgp::PeerConfig> read_neighbor(const ipc::BgpNeighborConfig& neighbor,
                                      const ipc::BgpConfig& config, const Groups& groups) {
    const auto address = IpAddress::parse(neighbor.address());
    if (!address) return unexpected(address.error());
    if (address->is_unspecified() || address->is_multicast()) {
        return fail("not the address of a host");
    }
    const auto session = inherit(groups, neighbor.peer_group(), neighbor.session());
    if (!session) return unexpected(session.error());
    auto peer = read_peer(*session, config);
    if (!peer) return peer;
    peer->address = *address;
    peer->extended_next_hop = extends_next_hop(*session, address->is_v6());
    peer->group = neighbor.peer_group();
    if (peer->local_address && peer->local_address->family() != address->family()) {
        return fail("update-source {}: not of the neighbor's address family", *peer->local_address);
    }
    return peer;
}

Result<speaker::DynamicNeighbors> read_dynamic(const ipc::BgpDynamicNeighborsConfig& range,
                                               const ipc::BgpConfig& config, const Groups& groups) {
    const auto prefix = Prefix::parse(range.prefix());
    if (!prefix) return unexpected(prefix.error());
    if (range.peer_group().empty()) return fail("needs a peer-group");
    const auto session = inherit(groups, range.peer_group(), {});
    if (!session) return unexpected(session.error());
    auto peer = read_peer(*session, config);
    if (!peer) return unexpected(peer.error());
    peer->group = range.peer_group();
    peer->extended_next_hop = extends_next_hop(*session, prefix->family() == IpFamily::v6);
    return speaker::DynamicNeighbors{*prefix, std::move(*peer),
                                     range.limit() == 0 ? kDynamicLimit : range.limit()};
}

bgp::Origin read_origin(ipc::BgpOrigin origin) {
    switch (origin) {
        case ipc::BGP_ORIGIN_EGP: return bgp::Origin::egp;
        case ipc::BGP_ORIGIN_INCOMPLETE: return bgp::Origin::incomplete;
        default: return bgp::Origin::igp;
    }
}

Result<speaker::AggregateConfig> read_aggregate(const ipc::BgpAggregateConfig& config,
                                                bgp::Family family,
                                                const policy::Library& policies) {
    const auto prefix = Prefix::parse(config.prefix());
    if (!prefix) return unexpected(prefix.error());
    if (prefix->family() != bgp::ip_family(family)) {
        return fail("not of the family {}", bgp::family_name(family));
    }
    if (prefix->is_host()) return fail("it has no more specific prefixes");
    speaker::AggregateConfig aggregate{*prefix, config.summary_only(), config.as_set()};
    if (config.has_origin()) aggregate.origin = read_origin(config.origin());
    aggregate.policies = names_of(config.policies());
    aggregate.suppress_policies = names_of(config.suppress_policies());
    for (const auto* names : {&aggregate.policies, &aggregate.suppress_policies}) {
        if (const auto found = policies.chain(*names); !found) return unexpected(found.error());
    }
    return aggregate;
}

Result<void> read_family(const ipc::BgpFamilyConfig& config, const policy::Library& policies,
                         BgpSettings& settings) {
    const bgp::Family family = family_of(config.family());
    settings.speaker.families.push_back({family, std::max(1U, config.maximum_paths_ebgp()),
                                         std::max(1U, config.maximum_paths_ibgp())});
    for (const ipc::BgpAggregateConfig& one : config.aggregates()) {
        auto aggregate = read_aggregate(one, family, policies);
        if (!aggregate) {
            return fail("aggregate-address {}: {}", one.prefix(), aggregate.error().message);
        }
        settings.speaker.families.back().aggregates.push_back(std::move(*aggregate));
    }
    for (const ipc::BgpNetworkConfig& network : config.networks()) {
        const auto prefix = Prefix::parse(network.prefix());
        if (!prefix) return fail("network {}: {}", network.prefix(), prefix.error().message);
        if (prefix->family() != bgp::ip_family(family)) {
            return fail("network {}: not of the family {}", network.prefix(),
                        bgp::family_name(family));
        }
        settings.networks.push_back(
            {*prefix, network.unconditional(), names_of(network.policies())});
        if (const auto found = policies.chain(settings.networks.back().policies); !found) {
            return fail("network {}: {}", network.prefix(), found.error().message);
        }
    }
    for (const ipc::BgpRedistributeConfig& one : config.redistribute()) {
        settings.redistribute.push_back(
            {family, one.static_() ? routing::Protocol::static_route : routing::Protocol::connected,
             names_of(one.policies()), one.metric()});
        if (const auto found = policies.chain(settings.redistribute.back().policies); !found) {
            return fail("redistribute: {}", found.error().message);
        }
    }
    return {};
}

rib::BandwidthUse read_bandwidth(ipc::BandwidthUse use) {
    switch (use) {
        case ipc::BANDWIDTH_IGNORE: return rib::BandwidthUse::ignore;
        case ipc::BANDWIDTH_SKIP_MISSING: return rib::BandwidthUse::skip_missing;
        case ipc::BANDWIDTH_DEFAULT_WEIGHT: return rib::BandwidthUse::default_weight;
        default: return rib::BandwidthUse::all;
    }
}

Result<void> read_instance(const ipc::BgpConfig& config, const std::string& router_id,
                           speaker::SpeakerConfig& speaker) {
    if (config.as() == 0) return fail("as 0 is not an AS number");
    speaker.as = bgp::Asn(config.as());
    const std::string& id = config.router_id().empty() ? router_id : config.router_id();
    if (id.empty()) return fail("needs a router-id here or in routing");
    const auto parsed = IpAddress::parse(id);
    if (!parsed || !parsed->is_v4() || parsed->is_unspecified()) {
        return fail("router-id {}: must be an IPv4 address other than 0.0.0.0", id);
    }
    speaker.router_id = bgp::RouterId(parsed->v4_number());
    const std::uint32_t port = config.listen_port() == 0 ? kBgpPort : config.listen_port();
    if (port > kPortMax) return fail("listen-port {}: must be 1 to 65535", port);
    speaker.listen_port = static_cast<std::uint16_t>(port);
    speaker.ebgp_requires_policy = config.ebgp_requires_policy();
    speaker.multipath_relax = config.multipath_relax();
    speaker.compare_router_id = config.compare_router_id();
    speaker.always_compare_med = config.always_compare_med();
    speaker.bandwidth = read_bandwidth(config.bandwidth());
    speaker.graceful_shutdown = config.graceful_shutdown();
    speaker.log_neighbor_changes =
        !config.has_log_neighbor_changes() || config.log_neighbor_changes();
    if (config.has_selection_deferral_time()) {
        speaker.selection_deferral = Seconds(config.selection_deferral_time());
    }
    speaker.update_delay = Seconds(config.update_delay());
    speaker.establish_wait = Seconds(config.update_delay_establish_wait());
    return {};
}

}  // namespace

Result<BgpSettings> read_bgp(const ipc::BgpConfig& config, const std::string& router_id,
                             const policy::Library& policies) {
    BgpSettings settings;
    if (auto done = read_instance(config, router_id, settings.speaker); !done) {
        return unexpected(done.error());
    }
    for (const ipc::BgpFamilyConfig& family : config.families()) {
        if (auto done = read_family(family, policies, settings); !done)
            return unexpected(done.error());
    }
    Groups groups;
    for (const ipc::BgpPeerGroupConfig& group : config.peer_groups()) {
        groups[group.name()].session = group.session();
    }
    settings.peer_groups = groups.size();
    for (const ipc::BgpDynamicNeighborsConfig& range : config.dynamic_neighbors()) {
        const auto group = groups.find(range.peer_group());
        if (group != groups.end()) group->second.has_range = true;
    }
    std::set<IpAddress> addresses;
    for (const ipc::BgpNeighborConfig& neighbor : config.neighbors()) {
        auto peer = read_neighbor(neighbor, config, groups);
        if (!peer) return fail("neighbor {}: {}", neighbor.address(), peer.error().message);
        if (!addresses.insert(peer->address).second) {
            return fail("neighbor {} is there twice", neighbor.address());
        }
        if (auto done = check_policies(*peer, policies); !done) {
            return fail("neighbor {}: {}", neighbor.address(), done.error().message);
        }
        settings.speaker.peers.push_back(std::move(*peer));
    }
    for (const ipc::BgpDynamicNeighborsConfig& range : config.dynamic_neighbors()) {
        auto dynamic = read_dynamic(range, config, groups);
        if (!dynamic) {
            return fail("dynamic-neighbors {}: {}", range.prefix(), dynamic.error().message);
        }
        if (auto done = check_policies(dynamic->peer, policies); !done) {
            return fail("dynamic-neighbors {}: {}", range.prefix(), done.error().message);
        }
        settings.speaker.dynamic_neighbors.push_back(std::move(*dynamic));
    }
    auto recording = read_recording(config);
    if (!recording) return unexpected(recording.error());
    settings.recording = std::move(*recording);
    return settings;
}

}  // namespace torii::controlplane
