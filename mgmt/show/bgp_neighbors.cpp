#include "mgmt/show/bgp.h"
#include "mgmt/show/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace torii::show {
namespace {

std::string state_line(const ipc::BgpNeighborState& neighbor) {
    if (neighbor.state() == "Established") {
        return fmt::format("  BGP state = Established, up for {}\n",
                           elapsed(neighbor.state_seconds()));
    }
    return fmt::format("  BGP state = {}, for {}\n", neighbor.state(),
                       elapsed(neighbor.state_seconds()));
}

// "Route refresh: advertised and received" for each that either side has.
std::string capabilities(const ipc::BgpNeighborState& neighbor) {
    const auto& sent = neighbor.capabilities_sent();
    const auto& received = neighbor.capabilities_received();
    std::vector<std::string> names(sent.begin(), sent.end());
    for (const std::string& name : received) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    if (names.empty()) return {};
    std::string out = "  Neighbor capabilities:\n";
    for (const std::string& name : names) {
        const bool ours = std::ranges::find(sent, name) != sent.end();
        const bool theirs = std::ranges::find(received, name) != received.end();
        out += fmt::format("    {}: {}\n", name,
                           ours && theirs ? "advertised and received"
                           : ours         ? "advertised"
                                          : "received");
    }
    return out;
}

std::string graceful_restart(const ipc::BgpNeighborState& neighbor) {
    std::string out;
    if (neighbor.graceful_restart_time() != 0) {
        out += fmt::format("    Remote Restart timer is {} seconds\n",
                           neighbor.graceful_restart_time());
    }
    if (neighbor.restarting()) out += "    The peer restarts: its routes are kept as stale\n";
    return out.empty() ? out : "  Graceful restart information:\n" + out;
}

std::string statistics(const ipc::BgpNeighborState& neighbor) {
    const auto line = [](const char* name, std::uint64_t sent, std::uint64_t received) {
        return fmt::format("    {:<14}{:>12}{:>11}\n", name, sent, received);
    };
    return fmt::format(
        "  Message statistics:\n"
        "    Inq depth is 0\n"
        "    Outq depth is {}\n"
        "                         Sent       Rcvd\n"
        "{}{}{}",
        neighbor.output_queue(),
        line("Notifications:", neighbor.notifications_sent(), neighbor.notifications_received()),
        line("Updates:", neighbor.updates_sent(), neighbor.updates_received()),
        line("Total:", neighbor.messages_sent(), neighbor.messages_received()));
}

std::string families(const ipc::BgpNeighborState& neighbor) {
    std::string out;
    for (const auto& counts : neighbor.prefixes()) {
        out += fmt::format("\n For address family: {}\n", family_title(counts.family()));
        if (!neighbor.peer_group().empty()) {
            out += fmt::format("  {} peer-group member\n", neighbor.peer_group());
        }
        out += fmt::format("  {} received, {} accepted, {} sent prefixes\n", counts.received(),
                           counts.accepted(), counts.sent());
    }
    return out;
}

std::string block(const ipc::BgpNeighborState& neighbor, const std::string& router_id) {
    std::string out =
        fmt::format("BGP neighbor is {}{}, remote AS {}, local AS {}, {} link\n",
                    neighbor.dynamic() ? "*" : "", neighbor.address(), neighbor.remote_as(),
                    neighbor.local_as(), neighbor.external() ? "external" : "internal");
    if (!neighbor.description().empty()) {
        out += fmt::format(" Description: {}\n", neighbor.description());
    }
    if (!neighbor.peer_group().empty()) {
        out +=
            fmt::format(" Member of peer-group {} for session parameters\n", neighbor.peer_group());
    }
    out += fmt::format(
        "  BGP version 4, remote router ID {}, local router ID {}\n",
        neighbor.remote_router_id().empty() ? "0.0.0.0" : neighbor.remote_router_id(), router_id);
    out += state_line(neighbor);
    out += fmt::format(
        "  Hold time is {} seconds, keepalive interval is {} seconds\n"
        "  Configured hold time is {} seconds, keepalive interval is {} seconds\n",
        neighbor.hold_time(), neighbor.keepalive(), neighbor.configured_hold_time(),
        neighbor.configured_keepalive());
    out += capabilities(neighbor) + graceful_restart(neighbor) + statistics(neighbor) +
           families(neighbor);
    const std::uint64_t ended =
        neighbor.established_count() - (neighbor.state() == "Established" ? 1 : 0);
    out += fmt::format("\n  Connections established {}; dropped {}\n", neighbor.established_count(),
                       neighbor.established_count() == 0 ? 0 : ended);
    if (!neighbor.last_error().empty())
        out += fmt::format("  Last reset: {}\n", neighbor.last_error());
    if (!neighbor.local_address().empty()) {
        out += fmt::format("Local host: {}, Local port: {}\nForeign host: {}, Foreign port: {}\n",
                           neighbor.local_address(), neighbor.local_port(), neighbor.address(),
                           neighbor.remote_port());
    }
    return out + "\n";
}

}  // namespace

std::string bgp_neighbors(const ipc::BgpNeighbors& neighbors, const std::string& router_id) {
    if (neighbors.neighbors_size() == 0) return "% No such neighbor\n";
    std::string out;
    for (const auto& neighbor : neighbors.neighbors()) out += block(neighbor, router_id);
    return out;
}

}  // namespace torii::show
