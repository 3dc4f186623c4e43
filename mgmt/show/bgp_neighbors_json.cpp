// show bgp neighbors, for programs: with the names of FRR.
#include "mgmt/show/bgp.h"
#include "mgmt/show/bgp_neighbor_facts.h"
#include "mgmt/show/text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace torii::show {
namespace {

namespace json = boost::json;
using Families = google::protobuf::RepeatedField<int>;

const char* family_key(ipc::AddressFamily family) {
    return family == ipc::IPV6_UNICAST ? "ipv6Unicast" : "ipv4Unicast";
}

bool has(const Families& families, ipc::AddressFamily family) {
    return std::ranges::find(families, family) != families.end();
}

void put_sides(json::object& out, const char* name, bool sent, bool received) {
    if (!sent && !received) return;
    out[name] = sent && received ? "advertisedAndReceived" : sent ? "advertised" : "received";
}

json::object add_path(const ipc::BgpCapabilities& sent, const ipc::BgpCapabilities& received) {
    json::object out;
    for (const ipc::AddressFamily family : kFamilies) {
        json::object one;
        const auto put = [&](const std::string& way, bool ours, bool theirs) {
            if (ours && theirs) {
                one[way + "AdvertisedAndReceived"] = true;
            } else if (ours || theirs) {
                one[way + (ours ? "Advertised" : "Received")] = true;
            }
        };
        put("tx", has(sent.add_path_send(), family), has(received.add_path_send(), family));
        put("rx", has(sent.add_path_receive(), family), has(received.add_path_receive(), family));
        if (!one.empty()) out[family_key(family)] = std::move(one);
    }
    return out;
}

void put_route_refresh(json::object& out, const ipc::BgpCapabilities& sent,
                       const ipc::BgpCapabilities& received) {
    const bool fresh = received.route_refresh();
    const bool old = received.old_route_refresh();
    if (!sent.route_refresh() && !fresh && !old) return;
    std::string text = sent.route_refresh() ? "advertised" : "";
    if (fresh || old) {
        text += sent.route_refresh() ? "AndReceived" : "received";
        text += fresh && old ? "OldNew" : fresh ? "New" : "Old";
    }
    out["routeRefresh"] = text;
}

json::object families(const ipc::BgpCapabilities& sent, const ipc::BgpCapabilities& received) {
    json::object out;
    for (const ipc::AddressFamily family : kFamilies) {
        const bool ours = has(sent.families(), family);
        const bool theirs = has(received.families(), family);
        if (!ours && !theirs) continue;
        const char* const name = ours && theirs ? "advertisedAndReceived"
                                 : ours         ? "advertised"
                                                : "received";
        out[family_key(family)] = json::object{{name, true}};
    }
    return out;
}

json::object capabilities(const ipc::BgpNeighborState& neighbor) {
    const ipc::BgpCapabilities& sent = neighbor.capabilities_sent();
    const ipc::BgpCapabilities& received = neighbor.capabilities_received();
    json::object out;
    put_sides(out, "4byteAs", sent.four_octet_as(), received.four_octet_as());
    put_sides(out, "extendedMessage", sent.extended_message(), received.extended_message());
    if (json::object paths = add_path(sent, received); !paths.empty()) out["addPath"] = paths;
    put_sides(out, "extendedNexthop", sent.extended_next_hop(), received.extended_next_hop());
    put_sides(out, "longLivedGracefulRestart", sent.long_lived(), received.long_lived());
    put_sides(out, "role", sent.has_role(), received.has_role());
    put_route_refresh(out, sent, received);
    put_sides(out, "enhancedRouteRefresh", sent.enhanced_route_refresh(),
              received.enhanced_route_refresh());
    out["multiprotocolExtensions"] = families(sent, received);
    const auto name = [](const std::string& text) { return text.empty() ? "n/a" : text; };
    json::object host;
    if (sent.has_host_name()) {
        host["advHostName"] = name(sent.host_name());
        host["advDomainName"] = name(sent.domain_name());
    }
    if (received.has_host_name()) {
        host["rcvHostName"] = name(received.host_name());
        host["rcvDomainName"] = name(received.domain_name());
    }
    if (!host.empty()) out["hostName"] = std::move(host);
    put_sides(out, "gracefulRestart", sent.has_graceful_restart(), received.has_graceful_restart());
    if (!received.has_graceful_restart()) return out;
    const auto& restart = received.graceful_restart();
    out["gracefulRestartRemoteTimerMsecs"] = std::uint64_t{restart.restart_time()} * 1000;
    json::object kept;
    for (const ipc::AddressFamily family : kFamilies) {
        if (!has(restart.families(), family)) continue;
        kept[family_key(family)] = json::object{{"preserved", has(restart.preserved(), family)}};
    }
    out["addressFamiliesByPeer"] = std::move(kept);
    return out;
}

json::object graceful_restart(const ipc::BgpNeighborState& neighbor) {
    const auto& restart = neighbor.capabilities_received().graceful_restart();
    json::object sent;
    json::object received;
    json::object out;
    for (const auto& family : neighbor.prefixes()) {
        if (family.end_of_rib_sent()) sent[family_key(family.family())] = true;
        if (family.end_of_rib_received()) received[family_key(family.family())] = true;
    }
    out["endOfRibSend"] = std::move(sent);
    out["endOfRibRecv"] = std::move(received);
    out["localGrMode"] = neighbor.graceful_restart_mode() + "*";
    out["remoteGrMode"] = remote_restart_mode(neighbor);
    out["rBit"] = restart.restarting();
    out["nBit"] = restart.notification();
    out["timers"] = json::object{{"configuredRestartTimer", neighbor.restart_time()},
                                 {"receivedRestartTimer", restart.restart_time()}};
    for (const auto& family : neighbor.prefixes()) {
        json::object timers{{"stalePathTimer", neighbor.stale_time()}};
        if (neighbor.graceful_restart_mode() == "Restart") {
            timers["selectionDeferralTimer"] = neighbor.selection_deferral();
        }
        out[family_key(family.family())] = json::object{
            {"fBit", has(restart.preserved(), family.family())},
            {"endOfRibStatus", json::object{{"endOfRibSend", family.end_of_rib_sent()},
                                            {"endOfRibRecv", family.end_of_rib_received()}}},
            {"timers", std::move(timers)},
            {"stale", family.stale()},
            {"longLivedStale", family.long_lived()}};
    }
    return out;
}

json::object statistics(const ipc::BgpNeighborState& neighbor) {
    const ipc::BgpMessageCounts& sent = neighbor.sent();
    const ipc::BgpMessageCounts& received = neighbor.received();
    return {{"depthInq", 0},
            {"depthOutq", neighbor.output_queue()},
            {"opensSent", sent.opens()},
            {"opensRecv", received.opens()},
            {"notificationsSent", sent.notifications()},
            {"notificationsRecv", received.notifications()},
            {"updatesSent", sent.updates()},
            {"updatesRecv", received.updates()},
            {"keepalivesSent", sent.keepalives()},
            {"keepalivesRecv", received.keepalives()},
            {"routeRefreshSent", sent.route_refreshes()},
            {"routeRefreshRecv", received.route_refreshes()},
            {"capabilitySent", 0},
            {"capabilityRecv", 0},
            {"totalSent", sent.total()},
            {"totalRecv", received.total()}};
}

json::object family_info(const ipc::BgpNeighborState& neighbor) {
    json::object out;
    for (const auto& counts : neighbor.prefixes()) {
        json::object family;
        for (const NeighborFact& fact : family_facts(neighbor, counts)) {
            family.insert(fact.values.begin(), fact.values.end());
        }
        out[family_key(counts.family())] = std::move(family);
    }
    return out;
}

void put_reset(const ipc::BgpNeighborState& neighbor, json::object& out) {
    if (!neighbor.has_last_reset_seconds()) return;
    out["lastResetTimerMsecs"] = neighbor.last_reset_seconds() * 1000;
    out["lastResetDueTo"] = neighbor.last_reset_reason();
    out["lastResetCode"] = neighbor.last_reset_code();
    if (!neighbor.last_notification().empty()) {
        out["lastErrorCodeSubcode"] = fmt::format("{:04X}", neighbor.last_notification_code());
        out["lastNotificationReason"] = neighbor.last_notification();
        out["lastNotificationHardReset"] = neighbor.last_reset_was_hard();
    }
    if (!neighbor.last_shutdown_message().empty()) {
        out["lastShutdownDescription"] = neighbor.last_shutdown_message();
    }
}

void put_head(const ipc::BgpNeighborState& neighbor, const std::string& router_id,
              json::object& out) {
    out["remoteAs"] = neighbor.remote_as();
    out["localAs"] = neighbor.local_as();
    if (neighbor.local_as_no_prepend()) out["localAsNoPrepend"] = true;
    if (neighbor.local_as_replace_as()) out["localAsReplaceAs"] = true;
    out[neighbor.external() ? "nbrExternalLink" : "nbrInternalLink"] = true;
    if (!neighbor.description().empty()) out["nbrDesc"] = neighbor.description();
    if (neighbor.capabilities_received().has_host_name()) {
        out["hostname"] = neighbor.capabilities_received().host_name();
    }
    if (!neighbor.peer_group().empty()) out["peerGroup"] = neighbor.peer_group();
    if (neighbor.dynamic()) out["dynamicPeer"] = true;
    if (neighbor.passive()) out["passive"] = true;
    if (neighbor.state() == "Idle (Admin)") out["adminShutDown"] = true;
    out["bgpVersion"] = 4;
    out["remoteRouterId"] =
        neighbor.remote_router_id().empty() ? "0.0.0.0" : neighbor.remote_router_id();
    out["localRouterId"] = router_id;
    out["bgpState"] = neighbor.state();
    if (neighbor.state() == "Established") {
        out["bgpTimerUpMsec"] = neighbor.state_seconds() * 1000;
        out["bgpTimerUpString"] = elapsed(neighbor.state_seconds());
    }
    for (const NeighborFact& fact : session_facts(neighbor)) {
        out.insert(fact.values.begin(), fact.values.end());
    }
    out["bgpTimerLastRead"] = neighbor.last_read_seconds() * 1000;
    out["bgpTimerLastWrite"] = neighbor.last_write_seconds() * 1000;
    const auto milliseconds = [](std::uint32_t seconds) { return std::uint64_t{seconds} * 1000; };
    out["bgpTimerConfiguredHoldTimeMsecs"] = milliseconds(neighbor.configured_hold_time());
    out["bgpTimerConfiguredKeepAliveIntervalMsecs"] = milliseconds(neighbor.configured_keepalive());
    out["bgpTimerHoldTimeMsecs"] = milliseconds(neighbor.hold_time());
    out["bgpTimerKeepAliveIntervalMsecs"] = milliseconds(neighbor.keepalive());
}

json::object neighbor_json(const ipc::BgpNeighborState& neighbor, const std::string& router_id) {
    json::object out;
    put_head(neighbor, router_id, out);
    if (neighbor.has_capabilities_received()) out["neighborCapabilities"] = capabilities(neighbor);
    out["gracefulRestartInfo"] = graceful_restart(neighbor);
    out["messageStats"] = statistics(neighbor);
    out["minBtwnAdvertisementRunsTimerMsecs"] =
        std::uint64_t{neighbor.advertisement_interval()} * 1000;
    out["addressFamilyInfo"] = family_info(neighbor);
    out["connectionsEstablished"] = neighbor.established_count();
    out["connectionsDropped"] = neighbor.dropped_count();
    put_reset(neighbor, out);
    const std::uint32_t hops =
        neighbor.ttl_security_hops() != 0 ? neighbor.ttl_security_hops() : neighbor.hops();
    out[neighbor.external() ? "externalBgpNbrMaxHopsAway" : "internalBgpNbrMaxHopsAway"] = hops;
    if (!neighbor.local_address().empty()) {
        out["hostLocal"] = neighbor.local_address();
        out["portLocal"] = neighbor.local_port();
        out["hostForeign"] = neighbor.address();
        out["portForeign"] = neighbor.remote_port();
        out["nexthop"] = neighbor.local_address();
        out["bgpConnection"] = neighbor.shared_network() ? "sharedNetwork" : "nonSharedNetwork";
    }
    out["connectRetryTimer"] = neighbor.connect_retry();
    if (neighbor.password()) out["authenticationEnabled"] = 1;
    return out;
}

}  // namespace

json::value bgp_neighbors_json(const ipc::BgpNeighbors& neighbors, const std::string& router_id) {
    json::object out;
    for (const auto& neighbor : neighbors.neighbors()) {
        out[neighbor.address()] = neighbor_json(neighbor, router_id);
    }
    return out;
}

}  // namespace torii::show
