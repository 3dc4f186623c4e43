#include "mgmt/show/bgp.h"
#include "mgmt/show/bgp_neighbor_facts.h"
#include "mgmt/show/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace torii::show {
namespace {

using Families = google::protobuf::RepeatedField<int>;

bool has(const Families& families, ipc::AddressFamily family) {
    return std::ranges::find(families, family) != families.end();
}

// "advertised and received", or one of them; empty for neither.
std::string sides(bool sent, bool received) {
    if (sent && received) return "advertised and received";
    return sent ? "advertised" : received ? "received" : "";
}

void line(std::string& out, const char* name, const std::string& what) {
    if (!what.empty()) out += fmt::format("    {}: {}\n", name, what);
}

std::string add_path(const ipc::BgpCapabilities& sent, const ipc::BgpCapabilities& received) {
    std::string out;
    for (const ipc::AddressFamily family : kFamilies) {
        const auto add = [&](const char* way, const Families& ours, const Families& theirs) {
            const std::string what = sides(has(ours, family), has(theirs, family));
            if (what.empty()) return;
            out += fmt::format("      {}: {} {}\n", family_title(family), way, what);
        };
        add("TX", sent.add_path_send(), received.add_path_send());
        add("RX", sent.add_path_receive(), received.add_path_receive());
    }
    return out.empty() ? out : "    AddPath:\n" + out;
}

std::string route_refresh(const ipc::BgpCapabilities& sent, const ipc::BgpCapabilities& received) {
    const bool any = received.route_refresh() || received.old_route_refresh();
    std::string what = sides(sent.route_refresh(), any);
    if (!any) return what;
    const char* which = !received.old_route_refresh() ? "new"
                        : received.route_refresh()    ? "old & new"
                                                      : "old";
    return fmt::format("{}({})", what, which);
}

std::string name_of(const ipc::BgpCapabilities& capabilities) {
    const auto or_none = [](const std::string& name) { return name.empty() ? "n/a" : name; };
    return fmt::format("(name: {},domain name: {})", or_none(capabilities.host_name()),
                       or_none(capabilities.domain_name()));
}

std::string host_name(const ipc::BgpCapabilities& sent, const ipc::BgpCapabilities& received) {
    if (!sent.has_host_name() && !received.has_host_name()) return {};
    return fmt::format("    Hostname Capability: {} {}\n",
                       sent.has_host_name() ? "advertised " + name_of(sent) : "not advertised",
                       received.has_host_name() ? "received " + name_of(received) : "not received");
}

std::string restart_capability(const ipc::BgpCapabilities& sent,
                               const ipc::BgpCapabilities& received) {
    std::string out;
    line(out, "Graceful Restart Capability",
         sides(sent.has_graceful_restart(), received.has_graceful_restart()));
    if (!received.has_graceful_restart()) return out;
    const auto& restart = received.graceful_restart();
    std::vector<std::string> families;
    for (const ipc::AddressFamily family : kFamilies) {
        if (!has(restart.families(), family)) continue;
        const bool preserved = has(restart.preserved(), family);
        families.push_back(
            fmt::format("{}({})", family_title(family), preserved ? "preserved" : "not preserved"));
    }
    return out + fmt::format(
                     "      Remote Restart timer is {} seconds\n"
                     "      Address families by peer:\n"
                     "        {}\n",
                     restart.restart_time(),
                     families.empty() ? "none" : fmt::format("{}", fmt::join(families, ", ")));
}

std::string long_lived(const ipc::BgpCapabilities& sent, const ipc::BgpCapabilities& received) {
    std::string out;
    line(out, "Long-lived Graceful Restart", sides(sent.long_lived(), received.long_lived()));
    if (received.long_lived_families().empty()) return out;
    out += "      Address families by peer:\n";
    for (const auto& family : received.long_lived_families()) {
        out += fmt::format("        {}, stale time {} seconds{}\n", family_title(family.family()),
                           family.stale_time(), family.preserved() ? " (preserved)" : "");
    }
    return out;
}

// As FRR, only of a session that is up.
std::string capabilities(const ipc::BgpNeighborState& neighbor) {
    if (!neighbor.has_capabilities_received()) return {};
    const ipc::BgpCapabilities& sent = neighbor.capabilities_sent();
    const ipc::BgpCapabilities& received = neighbor.capabilities_received();
    std::string out = "  Neighbor capabilities:\n";
    line(out, "4 Byte AS", sides(sent.four_octet_as(), received.four_octet_as()));
    line(out, "Extended Message", sides(sent.extended_message(), received.extended_message()));
    out += add_path(sent, received);
    line(out, "Extended nexthop", sides(sent.extended_next_hop(), received.extended_next_hop()));
    if (received.extended_next_hop()) {
        out += "      Address families by peer:\n                   IPv4 Unicast\n";
    }
    out += long_lived(sent, received);
    line(out, "Role", sides(sent.has_role(), received.has_role()));
    line(out, "Route refresh", route_refresh(sent, received));
    line(out, "Enhanced Route Refresh",
         sides(sent.enhanced_route_refresh(), received.enhanced_route_refresh()));
    for (const ipc::AddressFamily family : kFamilies) {
        const std::string name = "Address Family " + family_title(family);
        line(out, name.c_str(),
             sides(has(sent.families(), family), has(received.families(), family)));
    }
    return out + host_name(sent, received) + restart_capability(sent, received);
}

std::string list_families(const ipc::BgpNeighborState& neighbor,
                          bool (ipc::BgpPrefixCounts::*which)() const) {
    std::vector<std::string> names;
    for (const auto& family : neighbor.prefixes()) {
        if ((family.*which)()) names.push_back(family_title(family.family()));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string family_restart(const ipc::BgpNeighborState& neighbor,
                           const ipc::BgpPrefixCounts& family) {
    const auto yes = [](bool value) { return value ? "Yes" : "No"; };
    const auto& preserved = neighbor.capabilities_received().graceful_restart().preserved();
    std::string out = fmt::format(
        "    {}:\n"
        "      F bit: {}\n"
        "      End-of-RIB sent: {}\n"
        "      End-of-RIB received: {}\n"
        "      Timers:\n"
        "        Configured Stale Path Time(sec): {}\n",
        family_title(family.family()), has(preserved, family.family()) ? "True" : "False",
        yes(family.end_of_rib_sent()), yes(family.end_of_rib_received()), neighbor.stale_time());
    if (neighbor.graceful_restart_mode() == "Restart") {
        out += fmt::format("        Configured Selection Deferral Time(sec): {}\n",
                           neighbor.selection_deferral());
    }
    if (family.long_lived()) return out + "      Its routes are kept as a last resort\n";
    if (family.stale()) out += "      Its routes are kept as stale\n";
    return out;
}

std::string graceful_restart(const ipc::BgpNeighborState& neighbor) {
    const auto& restart = neighbor.capabilities_received().graceful_restart();
    std::string out = "  Graceful restart information:\n";
    if (neighbor.has_capabilities_received()) {
        line(out, "End-of-RIB send",
             list_families(neighbor, &ipc::BgpPrefixCounts::end_of_rib_sent));
        line(out, "End-of-RIB received",
             list_families(neighbor, &ipc::BgpPrefixCounts::end_of_rib_received));
    }
    // The star of FRR: the mode is that of the instance.
    out += fmt::format(
        "    Local GR Mode: {}*\n"
        "    Remote GR Mode: {}\n"
        "    R bit: {}\n"
        "    N bit: {}\n"
        "    Timers:\n"
        "      Configured Restart Time(sec): {}\n"
        "      Received Restart Time(sec): {}\n",
        neighbor.graceful_restart_mode(), remote_restart_mode(neighbor),
        restart.restarting() ? "True" : "False", restart.notification() ? "True" : "False",
        neighbor.restart_time(), restart.restart_time());
    for (const auto& family : neighbor.prefixes()) out += family_restart(neighbor, family);
    return out;
}

std::string statistics(const ipc::BgpNeighborState& neighbor) {
    const auto row = [](const char* name, std::uint64_t sent, std::uint64_t received) {
        return fmt::format("    {:<14}{:>11}{:>11}\n", name, sent, received);
    };
    const ipc::BgpMessageCounts& sent = neighbor.sent();
    const ipc::BgpMessageCounts& received = neighbor.received();
    return fmt::format(
        "  Message statistics:\n"
        "    Inq depth is 0\n"
        "    Outq depth is {}\n"
        "                         Sent       Rcvd\n"
        "{}{}{}{}{}{}{}"
        "  Minimum time between advertisement runs is {} seconds\n",
        neighbor.output_queue(), row("Opens:", sent.opens(), received.opens()),
        row("Notifications:", sent.notifications(), received.notifications()),
        row("Updates:", sent.updates(), received.updates()),
        row("Keepalives:", sent.keepalives(), received.keepalives()),
        row("Route Refresh:", sent.route_refreshes(), received.route_refreshes()),
        row("Capability:", 0, 0), row("Total:", sent.total(), received.total()),
        neighbor.advertisement_interval());
}

std::string families(const ipc::BgpNeighborState& neighbor) {
    std::string out;
    for (const auto& counts : neighbor.prefixes()) {
        out += fmt::format("\n For address family: {}\n", family_title(counts.family()));
        for (const NeighborFact& fact : family_facts(neighbor, counts)) out += fact.line;
    }
    return out;
}

std::string last_reset(const ipc::BgpNeighborState& neighbor) {
    if (!neighbor.has_last_reset_seconds()) return "  Last reset never\n";
    std::string why = neighbor.last_reset_reason();
    const bool notified = neighbor.last_reset_code() == kResetNotificationSent ||
                          neighbor.last_reset_code() == kResetNotificationReceived;
    if (notified) {
        const bool sent = neighbor.last_reset_code() == kResetNotificationSent;
        why = fmt::format("Notification {} ({}{})", sent ? "sent" : "received",
                          neighbor.last_notification(),
                          neighbor.last_reset_was_hard() ? ", Hard Reset" : "");
    }
    std::string out =
        fmt::format("  Last reset {},  {}\n", elapsed(neighbor.last_reset_seconds()), why);
    if (!neighbor.last_shutdown_message().empty()) {
        out += fmt::format("    Message: \"{}\"\n", neighbor.last_shutdown_message());
    }
    return out;
}

std::string connection(const ipc::BgpNeighborState& neighbor) {
    std::string out;
    const std::uint32_t hops =
        neighbor.ttl_security_hops() != 0 ? neighbor.ttl_security_hops() : neighbor.hops();
    out += fmt::format("  {} BGP neighbor may be up to {} hops away.\n",
                       neighbor.external() ? "External" : "Internal", hops);
    if (neighbor.local_address().empty()) {
        return out +
               fmt::format("BGP Connect Retry Timer in Seconds: {}\n", neighbor.connect_retry());
    }
    out += fmt::format(
        "Local host: {0}, Local port: {1}\n"
        "Foreign host: {2}, Foreign port: {3}\n"
        "Nexthop: {0}\n"
        "BGP connection: {4}shared network\n"
        "BGP Connect Retry Timer in Seconds: {5}\n",
        neighbor.local_address(), neighbor.local_port(), neighbor.address(), neighbor.remote_port(),
        neighbor.shared_network() ? "" : "non ", neighbor.connect_retry());
    return out;
}

std::string session(const ipc::BgpNeighborState& neighbor) {
    std::string out;
    for (const NeighborFact& fact : session_facts(neighbor)) out += fact.line;
    return out;
}

std::string head(const ipc::BgpNeighborState& neighbor, const std::string& router_id) {
    const bool up = neighbor.state() == "Established";
    std::string out =
        fmt::format("BGP neighbor is {}{}, remote AS {}, local AS {}{}{}, {} link\n",
                    neighbor.dynamic() ? "*" : "", neighbor.address(), neighbor.remote_as(),
                    neighbor.local_as(), neighbor.local_as_no_prepend() ? " no-prepend" : "",
                    neighbor.local_as_replace_as() ? " replace-as" : "",
                    neighbor.external() ? "external" : "internal");
    if (!neighbor.description().empty()) {
        out += fmt::format(" Description: {}\n", neighbor.description());
    }
    if (neighbor.capabilities_received().has_host_name()) {
        out += fmt::format("Hostname: {}\n", neighbor.capabilities_received().host_name());
    }
    if (!neighbor.peer_group().empty()) {
        out +=
            fmt::format(" Member of peer-group {} for session parameters\n", neighbor.peer_group());
    }
    if (neighbor.passive()) out += " Passive: the peer has to connect\n";
    if (neighbor.state() == "Idle (Admin)") out += " Administratively shut down\n";
    out += fmt::format(
        "  BGP version 4, remote router ID {}, local router ID {}\n",
        neighbor.remote_router_id().empty() ? "0.0.0.0" : neighbor.remote_router_id(), router_id);
    out += fmt::format("  BGP state = {}{}\n", neighbor.state(),
                       up ? ", up for " + elapsed(neighbor.state_seconds()) : "");
    out += session(neighbor);
    const auto ago = [](bool ever, std::uint64_t seconds) {
        return ever ? elapsed(seconds) : "never";
    };
    return out + fmt::format(
                     "  Last read {}, Last write {}\n"
                     "  Hold time is {} seconds, keepalive interval is {} seconds\n"
                     "  Configured hold time is {} seconds, keepalive interval is {} seconds\n",
                     ago(neighbor.has_last_read_seconds(), neighbor.last_read_seconds()),
                     ago(neighbor.has_last_write_seconds(), neighbor.last_write_seconds()),
                     neighbor.hold_time(), neighbor.keepalive(), neighbor.configured_hold_time(),
                     neighbor.configured_keepalive());
}

std::string block(const ipc::BgpNeighborState& neighbor, const std::string& router_id) {
    std::string out = head(neighbor, router_id) + capabilities(neighbor) +
                      graceful_restart(neighbor) + statistics(neighbor) + families(neighbor);
    out += fmt::format("\n  Connections established {}; dropped {}\n", neighbor.established_count(),
                       neighbor.dropped_count());
    out += last_reset(neighbor) + connection(neighbor);
    if (neighbor.password()) out += "Peer Authentication Enabled\n";
    return out + "\n";
}

}  // namespace

std::string remote_restart_mode(const ipc::BgpNeighborState& neighbor) {
    if (!neighbor.has_capabilities_received()) return "NotApplicable";
    const ipc::BgpCapabilities& received = neighbor.capabilities_received();
    if (!received.has_graceful_restart()) return "Disable";
    return received.graceful_restart().families().empty() ? "Helper" : "Restart";
}

std::string bgp_neighbors(const ipc::BgpNeighbors& neighbors, const std::string& router_id) {
    if (neighbors.neighbors_size() == 0) return "% No such neighbor\n";
    std::string out;
    for (const auto& neighbor : neighbors.neighbors()) out += block(neighbor, router_id);
    return out;
}

}  // namespace torii::show
