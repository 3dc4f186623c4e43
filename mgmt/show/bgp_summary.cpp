#include "mgmt/show/bgp.h"
#include "mgmt/show/text.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace torii::show {
namespace {

namespace json = boost::json;

constexpr std::size_t kNeighborWidth = 16;

bool is_established(const ipc::BgpNeighborState& neighbor) {
    return neighbor.state() == "Established";
}

ipc::BgpPrefixCounts counts_of(const ipc::BgpNeighborState& neighbor, ipc::AddressFamily family) {
    for (const auto& counts : neighbor.prefixes()) {
        if (counts.family() == family) return counts;
    }
    return {};
}

std::string name_of(const ipc::BgpNeighborState& neighbor) {
    return (neighbor.dynamic() ? "*" : "") + neighbor.address();
}

std::string up_down(const ipc::BgpNeighborState& neighbor) {
    return neighbor.ever_established() ? elapsed(neighbor.state_seconds()) : "never";
}

std::string row(const ipc::BgpNeighborState& neighbor, ipc::AddressFamily family,
                std::size_t width) {
    const auto counts = counts_of(neighbor, family);
    const bool up = is_established(neighbor);
    return fmt::format("{:<{}}4 {:>10} {:>9} {:>9} {:>8} {:>4} {:>4} {:>8} {:>12} {:>8} {}\n",
                       name_of(neighbor), width, neighbor.remote_as(), neighbor.received().total(),
                       neighbor.sent().total(), 0, 0, neighbor.output_queue(), up_down(neighbor),
                       !up                              ? neighbor.state()
                       : counts.import_policy_missing() ? "(Policy)"
                                                        : std::to_string(counts.accepted()),
                       counts.export_policy_missing() && up ? "(Policy)"
                       : up                                 ? std::to_string(counts.sent())
                                                            : "0",
                       neighbor.description().empty() ? "N/A" : neighbor.description());
}

// As FRR says it of update-delay.
std::string update_delay(const ipc::BgpSummary& summary) {
    if (summary.update_delay() == 0) return {};
    std::string out =
        fmt::format("Read-only mode update-delay limit: {} seconds\n", summary.update_delay());
    if (summary.update_delay_establish_wait() != 0) {
        out += fmt::format("                   Establish wait: {} seconds\n",
                           summary.update_delay_establish_wait());
    }
    return out + (summary.update_delay_in_progress() ? "    Delay in progress\n" : "");
}

void put_update_delay(const ipc::BgpSummary& summary, json::object& out) {
    if (summary.update_delay() == 0) return;
    out["updateDelayLimit"] = summary.update_delay();
    if (summary.update_delay_establish_wait() != 0) {
        out["updateDelayEstablishWait"] = summary.update_delay_establish_wait();
    }
    if (summary.update_delay_in_progress()) out["updateDelayInProgress"] = true;
}

}  // namespace

const char* family_name(ipc::AddressFamily family) {
    return family == ipc::IPV6_UNICAST ? "ipv6-unicast" : "ipv4-unicast";
}

std::string family_title(ipc::AddressFamily family) {
    return family == ipc::IPV6_UNICAST ? "IPv6 Unicast" : "IPv4 Unicast";
}

std::string bgp_summary(const ipc::BgpSummary& summary, ipc::AddressFamily family) {
    std::string out = fmt::format(
        "\n{} Summary (VRF default):\n"
        "BGP router identifier {}, local AS number {} vrf-id 0\n"
        "{}"
        "BGP table version {}\n"
        "RIB entries {}\n"
        "Peers {}\n",
        family_title(family), summary.router_id(), summary.local_as(), update_delay(summary),
        summary.table_version(), summary.rib_entries(), summary.neighbors_size());
    if (summary.peer_groups() != 0) out += fmt::format("Peer groups {}\n", summary.peer_groups());
    if (summary.neighbors_size() == 0) return out + "\nNo neighbor has this address family.\n";
    std::size_t width = kNeighborWidth;
    bool dynamic = false;
    for (const auto& neighbor : summary.neighbors()) {
        width = std::max(width, name_of(neighbor).size() + 1);
        dynamic = dynamic || neighbor.dynamic();
    }
    out += fmt::format(
        "\n{:<{}}V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down "
        "State/PfxRcd   PfxSnt Desc\n",
        "Neighbor", width);
    for (const auto& neighbor : summary.neighbors()) out += row(neighbor, family, width);
    out += fmt::format("\nTotal number of neighbors {}\n", summary.neighbors_size());
    if (dynamic) out += "* - dynamic neighbor\n";
    return out;
}

json::value bgp_summary_json(const ipc::BgpSummary& summary, ipc::AddressFamily family) {
    json::object peers;
    std::size_t failed = 0;
    std::size_t dynamic = 0;
    for (const auto& neighbor : summary.neighbors()) {
        const auto counts = counts_of(neighbor, family);
        json::object peer{
            {"remoteAs", neighbor.remote_as()},
            {"localAs", neighbor.local_as()},
            {"version", 4},
            {"msgRcvd", neighbor.received().total()},
            {"msgSent", neighbor.sent().total()},
            {"tableVersion", 0},
            {"outq", neighbor.output_queue()},
            {"inq", 0},
            {"peerUptime", up_down(neighbor)},
            {"peerUptimeMsec", neighbor.ever_established() ? neighbor.state_seconds() * 1000 : 0},
            {"pfxRcd", counts.accepted()},
            {"pfxSnt", counts.sent()},
            {"state", neighbor.state()},
            {"connectionsEstablished", neighbor.established_count()}};
        if (!neighbor.description().empty()) peer["desc"] = neighbor.description();
        if (neighbor.dynamic()) ++dynamic;
        if (!is_established(neighbor)) ++failed;
        peers[neighbor.address()] = std::move(peer);
    }
    const char* name = family == ipc::IPV6_UNICAST ? "ipv6Unicast" : "ipv4Unicast";
    json::object out{{"routerId", summary.router_id()},
                     {"as", summary.local_as()},
                     {"vrfId", 0},
                     {"vrfName", "default"},
                     {"tableVersion", summary.table_version()},
                     {"ribCount", summary.rib_entries()},
                     {"peerCount", summary.neighbors_size()},
                     {"peerGroupCount", summary.peer_groups()},
                     {"peers", std::move(peers)},
                     {"failedPeers", failed},
                     {"totalPeers", summary.neighbors_size()},
                     {"dynamicPeers", dynamic}};
    put_update_delay(summary, out);
    return json::object{{name, std::move(out)}};
}

}  // namespace torii::show
