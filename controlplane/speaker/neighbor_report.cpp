#include "controlplane/speaker/neighbor_report.h"

#include <algorithm>
#include <string>

namespace torii::speaker {
namespace {

// FRR's numbers of why a session ended, and its words.
struct ResetReason {
    std::uint32_t code;
    const char* text;
};
constexpr ResetReason kAdminShutdown{11, "Admin. shutdown"};
constexpr ResetReason kUserReset{12, "User reset"};
constexpr ResetReason kNotificationReceived{13, "BGP Notification received"};
constexpr ResetReason kNotificationSent{14, "BGP Notification send"};
constexpr ResetReason kPeerClosed{15, "Peer closed the session"};
constexpr ResetReason kBfdDown{24, "BFD down received"};

constexpr std::uint32_t kTtlMax = 255;

// What was meant, where it stands inside a Hard Reset (RFC 8538 section 3.1).
bgp::Notification meaning_of(const bgp::Notification& notification) {
    if (!bgp::is_hard_reset(notification) || notification.data.size() < 2) return notification;
    return {bgp::ErrorCode{notification.data[0]}, notification.data[1], {}};
}

ResetReason reason_of(const bgp::SessionDown& down) {
    switch (down.reason) {
        case bgp::DownReason::connection_lost:
        case bgp::DownReason::replaced: return kPeerClosed;
        case bgp::DownReason::notification_received: return kNotificationReceived;
        case bgp::DownReason::notification_sent: return kNotificationSent;
        case bgp::DownReason::stopped: break;
    }
    if (!down.notification) return kNotificationSent;
    const bgp::Notification meaning = meaning_of(*down.notification);
    if (meaning.code != bgp::ErrorCode::cease) return kNotificationSent;
    switch (bgp::Cease{meaning.subcode}) {
        case bgp::Cease::administrative_shutdown: return kAdminShutdown;
        case bgp::Cease::administrative_reset: return kUserReset;
        case bgp::Cease::bfd_down: return kBfdDown;
        default: return kNotificationSent;
    }
}

template <class Add>
void add_families(bgp::FamilySet families, const Add& add) {
    for (const bgp::Family family : bgp::kFamilies) {
        if (families.contains(family)) add(family_proto(family));
    }
}

void report_restart(const bgp::GracefulRestartCapability& restart,
                    ipc::BgpCapabilities::GracefulRestart& out) {
    out.set_restart_time(static_cast<std::uint32_t>(restart.time.count()));
    out.set_restarting(restart.restarting);
    out.set_notification(restart.notification);
    add_families(restart.families, [&](auto family) { out.add_families(family); });
    add_families(restart.forwarding, [&](auto family) { out.add_preserved(family); });
}

void report_capabilities(const bgp::Capabilities& capabilities, ipc::BgpCapabilities& out) {
    out.set_four_octet_as(capabilities.four_octet_as.has_value());
    out.set_extended_message(capabilities.extended_message);
    add_families(capabilities.add_path_send, [&](auto family) { out.add_add_path_send(family); });
    add_families(capabilities.add_path_receive,
                 [&](auto family) { out.add_add_path_receive(family); });
    out.set_extended_next_hop(capabilities.extended_next_hop);
    if (capabilities.role) out.set_role(std::string(bgp::role_name(*capabilities.role)));
    out.set_route_refresh(capabilities.route_refresh);
    out.set_old_route_refresh(capabilities.old_route_refresh);
    out.set_enhanced_route_refresh(capabilities.enhanced_route_refresh);
    add_families(capabilities.families, [&](auto family) { out.add_families(family); });
    if (capabilities.graceful_restart) {
        report_restart(*capabilities.graceful_restart, *out.mutable_graceful_restart());
    }
    out.set_long_lived(capabilities.long_lived.has_value());
    if (capabilities.long_lived) {
        for (const auto& entry : capabilities.long_lived->entries) {
            ipc::BgpCapabilities::LongLived& family = *out.add_long_lived_families();
            family.set_family(family_proto(entry.family));
            family.set_stale_time(static_cast<std::uint32_t>(entry.stale_time.count()));
            family.set_preserved(entry.forwarding);
        }
    }
    if (capabilities.host_name) {
        out.set_host_name(capabilities.host_name->host);
        out.set_domain_name(capabilities.host_name->domain);
    }
}

void report_counts(const bgp::MessageCounters& counters, ipc::BgpMessageCounts& out) {
    out.set_opens(counters.open);
    out.set_notifications(counters.notification);
    out.set_updates(counters.update);
    out.set_keepalives(counters.keepalive);
    out.set_route_refreshes(counters.route_refresh);
    out.set_total(counters.total());
}

void report_counters(const Neighbor& neighbor, TimePoint now, ipc::BgpNeighborState& out) {
    const bgp::Peer& peer = neighbor.peer();
    bgp::MessageCounters sent = peer.sent();
    sent.update += neighbor.updates_sent();
    sent.route_refresh += neighbor.refresh_markers_sent();
    report_counts(sent, *out.mutable_sent());
    report_counts(peer.received(), *out.mutable_received());
    out.set_established_count(peer.established_count());
    out.set_ever_established(peer.established_count() != 0);
    out.set_dropped_count(peer.dropped_count());
    if (neighbor.last_read()) out.set_last_read_seconds(seconds_since(*neighbor.last_read(), now));
    if (neighbor.last_write()) {
        out.set_last_write_seconds(seconds_since(*neighbor.last_write(), now));
    }
    // The connection counts octets; an average message of a session that keeps up is short.
    out.set_output_queue(neighbor.queued() == 0 ? 0 : 1);
    if (peer.last_error()) out.set_last_error(bgp::text(*peer.last_error()));
}

void report_reset(const Neighbor& neighbor, TimePoint now, ipc::BgpNeighborState& out) {
    if (!neighbor.last_reset() || !neighbor.peer().last_down()) return;
    const bgp::SessionDown& down = *neighbor.peer().last_down();
    out.set_last_reset_seconds(seconds_since(*neighbor.last_reset(), now));
    const ResetReason reason = reason_of(down);
    out.set_last_reset_reason(reason.text);
    out.set_last_reset_code(reason.code);
    if (!down.notification) return;
    const bgp::Notification meaning = meaning_of(*down.notification);
    const std::string text = bgp::text(meaning);
    out.set_last_notification(text.substr(text.find(' ') + 1));
    out.set_last_notification_code(static_cast<std::uint32_t>(meaning.code) << 8U |
                                   meaning.subcode);
    out.set_last_shutdown_message(bgp::shutdown_communication(*down.notification));
    out.set_last_reset_was_hard(bgp::is_hard_reset(*down.notification));
}

void report_configuration(const bgp::PeerConfig& config, const SpeakerConfig& speaker,
                          ipc::BgpNeighborState& out) {
    out.set_address(config.address.to_string());
    out.set_peer_group(config.group);
    out.set_description(config.description);
    out.set_dynamic(config.dynamic);
    out.set_passive(config.passive);
    out.set_local_as(config.local_as.value());
    out.set_local_as_differs(config.local_as != speaker.as);
    out.set_local_as_no_prepend(config.no_prepend);
    out.set_local_as_replace_as(config.replace_as);
    const bool number = config.remote_as_rule == bgp::RemoteAsRule::number;
    out.set_remote_as(number ? config.remote_as.value() : 0);
    out.set_external(config.remote_as_rule == bgp::RemoteAsRule::external ||
                     (number && config.remote_as != config.local_as));
    out.set_configured_hold_time(static_cast<std::uint32_t>(config.hold_time.count()));
    out.set_configured_keepalive(static_cast<std::uint32_t>(config.keepalive.count()));
    out.set_connect_retry(static_cast<std::uint32_t>(config.connect_retry.count()));
    out.set_hops(config.ttl);
    if (config.ttl_min != 0) out.set_ttl_security_hops(kTtlMax + 1 - config.ttl_min);
    out.set_password(!config.password.empty());
    out.set_local_role_strict(config.role_strict);
    out.set_any_first_as(!config.enforce_first_as);
    out.set_advertisement_interval(
        static_cast<std::uint32_t>(config.advertisement_interval.count()));
    const bgp::GracefulRestartConfig& restart = config.graceful_restart;
    out.set_graceful_restart_mode(restart.restarting ? "Restart"
                                  : restart.helper   ? "Helper"
                                                     : "Disable");
    out.set_restart_time(static_cast<std::uint32_t>(restart.restart_time.count()));
    out.set_stale_time(static_cast<std::uint32_t>(restart.stale_time_max.count()));
    out.set_selection_deferral(static_cast<std::uint32_t>(speaker.selection_deferral.count()));
}

}  // namespace

ipc::AddressFamily family_proto(bgp::Family family) {
    return family == bgp::Family::ipv4_unicast ? ipc::IPV4_UNICAST : ipc::IPV6_UNICAST;
}

std::uint64_t seconds_since(TimePoint then, TimePoint now) {
    const auto seconds = std::chrono::duration_cast<Seconds>(now - then).count();
    return static_cast<std::uint64_t>(std::max<Seconds::rep>(seconds, 0));
}

std::string router_id_text(bgp::RouterId id) {
    return IpAddress::v4(id.value()).to_string();
}

ipc::BgpNeighborState neighbor_report(const Neighbor& neighbor, const SpeakerConfig& config,
                                      TimePoint now) {
    const bgp::Peer& peer = neighbor.peer();
    ipc::BgpNeighborState out;
    report_configuration(neighbor.config(), config, out);
    const bool enabled = neighbor.config().enabled;
    out.set_state(enabled ? std::string(bgp::state_name(peer.state())) : "Idle (Admin)");
    out.set_state_seconds(seconds_since(neighbor.state_since(), now));
    out.set_restarting(!peer.restart_helper().stale().empty());
    report_counters(neighbor, now, out);
    report_reset(neighbor, now, out);
    report_capabilities(peer.local_open().capabilities, *out.mutable_capabilities_sent());
    if (const bgp::Negotiated* negotiated = peer.negotiated(); negotiated != nullptr) {
        out.set_remote_as(negotiated->remote_as.value());
        out.set_external(!negotiated->internal);
        out.set_remote_router_id(router_id_text(negotiated->remote_id));
        out.set_hold_time(static_cast<std::uint32_t>(negotiated->hold_time.count()));
        out.set_keepalive(static_cast<std::uint32_t>(negotiated->keepalive.count()));
        report_capabilities(negotiated->peer_capabilities, *out.mutable_capabilities_received());
    }
    if (const Connection* connection = neighbor.connection(); connection != nullptr) {
        out.set_local_address(connection->info().local.to_string());
        out.set_local_port(connection->info().local_port);
        out.set_remote_port(connection->info().remote_port);
        out.set_shared_network(connection->info().subnet.has_value());
    }
    return out;
}

}  // namespace torii::speaker
