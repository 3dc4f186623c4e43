#include "mgmt/show/bgp.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace torii::show {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class Message>
Message parse(const std::string& text) {
    Message message;
    if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
        throw std::runtime_error("not the text of a message");
    }
    return message;
}

// In one portion.
template <class Writer>
std::string written(const ipc::BgpTable& table) {
    Writer writer;
    std::string out = writer.portion(table);
    return out + writer.end();
}
std::string bgp_table(const ipc::BgpTable& table) {
    return written<BgpTableText>(table);
}
boost::json::value bgp_table_json(const ipc::BgpTable& table) {
    return boost::json::parse(written<BgpTableJson>(table));
}

ipc::BgpSummary lab_summary() {
    return parse<ipc::BgpSummary>(R"(
        router_id: "192.168.10.200" local_as: 65000 table_version: 11 rib_entries: 7 peer_groups: 1
        neighbors { address: "192.168.10.100" local_as: 65000 remote_as: 65001 state: "Established"
            state_seconds: 116 ever_established: true received { total: 48 } sent { total: 52 }
            prefixes { family: IPV4_UNICAST received: 2 accepted: 1 sent: 4 } }
        neighbors { address: "192.168.10.101" remote_as: 65001 state: "Active" state_seconds: 5
            description: "rack 2" }
        neighbors { address: "192.168.20.100" remote_as: 65001 state: "Connect" state_seconds: 90061
            ever_established: true output_queue: 3 received { total: 45 } sent { total: 50 } })");
}

TEST(BgpSummary, IsLaidOutAsFrrDoes) {
    EXPECT_EQ(bgp_summary(lab_summary(), ipc::IPV4_UNICAST), R"(
IPv4 Unicast Summary (VRF default):
BGP router identifier 192.168.10.200, local AS number 65000 vrf-id 0
BGP table version 11
RIB entries 7
Peers 3
Peer groups 1

Neighbor        V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc
192.168.10.100  4      65001        48        52        0    0    0 00:01:56            1        4 N/A
192.168.10.101  4      65001         0         0        0    0    0    never       Active        0 rack 2
192.168.20.100  4      65001        45        50        0    0    3 1d01h01m      Connect        0 N/A

Total number of neighbors 3
)");
}

TEST(BgpSummary, CountsAreThoseOfTheFamilyAskedFor) {
    const std::string shown = bgp_summary(lab_summary(), ipc::IPV6_UNICAST);
    EXPECT_THAT(shown, HasSubstr("IPv6 Unicast Summary"));
    EXPECT_THAT(shown, HasSubstr("00:01:56            0        0 N/A"));
}

TEST(BgpSummary, LongAddressesWidenTheFirstColumn) {
    auto summary = lab_summary();
    summary.mutable_neighbors(0)->set_address("2001:db8:1111:2222::200");
    summary.mutable_neighbors(0)->set_dynamic(true);
    const std::string shown = bgp_summary(summary, ipc::IPV4_UNICAST);
    EXPECT_THAT(shown, HasSubstr("\n*2001:db8:1111:2222::200 4      65001 "));
    EXPECT_THAT(shown, HasSubstr("\nNeighbor                 V         AS "));
    EXPECT_THAT(shown, HasSubstr("* - dynamic neighbor"));
}

TEST(BgpSummary, JsonHasFrrsNames) {
    const auto json = bgp_summary_json(lab_summary(), ipc::IPV4_UNICAST);
    const auto& family = json.at("ipv4Unicast");
    EXPECT_EQ(family.at("as").to_number<int>(), 65000);
    EXPECT_EQ(family.at("totalPeers").to_number<int>(), 3);
    EXPECT_EQ(family.at("failedPeers").to_number<int>(), 2);
    const auto& peer = family.at("peers").at("192.168.10.100");
    EXPECT_EQ(peer.at("state").as_string(), "Established");
    EXPECT_EQ(peer.at("pfxRcd").to_number<int>(), 1);
    EXPECT_EQ(peer.at("peerUptime").as_string(), "00:01:56");
}

ipc::BgpTable lab_table() {
    return parse<ipc::BgpTable>(R"(
        router_id: "192.168.10.200" local_as: 65000 table_version: 12
        entries { prefix: "10.10.1.0/24" advertised_to: "192.168.10.100"
            paths { weight: 32768 origin: "IGP" valid: true best: true
                    best_reason: "First path received" } }
        entries { prefix: "172.16.1.1/32"
            paths { next_hop: "192.168.20.100" peer_address: "192.168.20.100"
                    peer_router_id: "192.168.20.100" as_path: "65001" origin: "IGP" valid: true
                    multipath: true age_seconds: 1 }
            paths { next_hop: "192.168.10.100" peer_address: "192.168.10.100"
                    peer_router_id: "192.168.10.100" as_path: "65001" origin: "IGP" valid: true
                    best: true multipath: true best_reason: "Router ID" stale: true
                    communities: "65000:1" communities: "65000:2" } }
        entries { prefix: "172.20.0.0/24"
            paths { next_hop: "10.0.0.9" peer_address: "10.0.0.9" as_path: "65002 65003"
                    origin: "incomplete" internal: true med: 5 local_preference: 200 } })");
}

TEST(BgpTable, IsLaidOutAsFrrDoes) {
    const std::string shown = bgp_table(lab_table());
    EXPECT_THAT(shown, testing::StartsWith(
                           "BGP table version is 12, local router ID is 192.168.10.200, vrf id 0\n"
                           "Default local pref 100, local AS 65000\n"));
    EXPECT_THAT(shown, testing::EndsWith(R"(
   Network          Next Hop            Metric LocPrf Weight Path
*> 10.10.1.0/24     0.0.0.0                  0         32768 i
*= 172.16.1.1/32    192.168.20.100                         0 65001 i
S>                  192.168.10.100                         0 65001 i
  i172.20.0.0/24    10.0.0.9                 5    200      0 65002 65003 ?

Displayed  3 routes and 4 total paths
)"));
}

TEST(BgpTable, LongPrefixesPutTheRestOnTheNextLine) {
    auto table = lab_table();
    table.mutable_entries(0)->set_prefix("2001:db8:1111:2222::/64");
    EXPECT_THAT(bgp_table(table),
                HasSubstr("*> 2001:db8:1111:2222::/64\n                    ::          "));
}

// Several paths of a prefix to one peer (RFC 7911).
TEST(BgpTable, IdentifiersOfPathsHaveAColumnWhereThereAreSome) {
    auto table = lab_table();
    table.mutable_entries(1)->mutable_paths(0)->set_sent_path_id(2);
    table.mutable_entries(1)->mutable_paths(1)->set_sent_path_id(4294967295);
    EXPECT_THAT(bgp_table(table), HasSubstr(R"(
   Network          Next Hop            Metric LocPrf Weight    Path ID Path
*> 10.10.1.0/24     0.0.0.0                  0         32768          0 i
*= 172.16.1.1/32    192.168.20.100                         0          2 65001 i
S>                  192.168.10.100                         0 4294967295 65001 i
)"));
    const auto json = bgp_table_json(table).at("routes").at("172.16.1.1/32");
    EXPECT_EQ(json.at(0).at("addpathTxId").to_number<int>(), 2);
    EXPECT_FALSE(json.at(0).as_object().contains("addpathRxId"));
    table.mutable_entries(1)->mutable_paths(0)->set_path_id(7);
    EXPECT_THAT(bgp_route(table, 0), HasSubstr("\n      AddPath ID: RX 7\n"));
    EXPECT_EQ(bgp_table_json(table)
                  .at("routes")
                  .at("172.16.1.1/32")
                  .at(0)
                  .at("addpathRxId")
                  .to_number<int>(),
              7);
}

TEST(BgpTable, EmptySaysSo) {
    EXPECT_EQ(bgp_table({}), "No BGP prefixes displayed, 0 exist\n");
    EXPECT_EQ(bgp_route({}, 0), "% Network not in table\n");
}

TEST(BgpRoute, ShowsEachPathWithWhyItIsTheBest) {
    setenv("TZ", "UTC", 1);
    auto table = lab_table();
    table.mutable_entries()->DeleteSubrange(2, 1);
    EXPECT_EQ(bgp_route(table, 1795399504), R"(BGP routing table entry for 10.10.1.0/24, version 12
Paths: (1 available, best #1, table default)
  Advertised to non peer-group peers:
  192.168.10.100
  Local
    0.0.0.0 from 0.0.0.0 (192.168.10.200)
      Origin IGP, metric 0, weight 32768, valid, sourced, local, best (First path received)
      Last update: Mon Nov 23 02:05:04 2026
BGP routing table entry for 172.16.1.1/32, version 12
Paths: (2 available, best #2, table default)
  Not advertised to any peer
  65001
    192.168.20.100 from 192.168.20.100 (192.168.20.100)
      Origin IGP, valid, external, multipath
      Last update: Mon Nov 23 02:05:03 2026
  65001, (stale)
    192.168.10.100 from 192.168.10.100 (192.168.10.100)
      Origin IGP, valid, external, multipath, best (Router ID)
      Community: 65000:1 65000:2
      Last update: Mon Nov 23 02:05:04 2026
)");
}

TEST(BgpTable, JsonHasFrrsNames) {
    const auto json = bgp_table_json(lab_table());
    EXPECT_EQ(json.at("localAS").to_number<int>(), 65000);
    const auto& paths = json.at("routes").at("172.16.1.1/32").as_array();
    ASSERT_EQ(paths.size(), 2U);
    EXPECT_EQ(paths[0].at("multipath").as_bool(), true);
    EXPECT_EQ(paths[1].at("selectionReason").as_string(), "Router ID");
    EXPECT_EQ(paths[1].at("nexthops").as_array()[0].at("ip").as_string(), "192.168.10.100");
    EXPECT_EQ(json.at("routes").at("10.10.1.0/24").as_array()[0].at("peerId").as_string(),
              "(unspec)");
}

// The session of a captured example: its node is GoBGP as Cilium has it.
ipc::BgpNeighbors lab_neighbors() {
    return parse<ipc::BgpNeighbors>(R"(neighbors {
        address: "192.168.10.100" peer_group: "CILIUM" local_as: 65000 remote_as: 65001
        remote_router_id: "192.168.10.100" state: "Established" state_seconds: 116
        hold_time: 9 keepalive: 3 configured_hold_time: 180 configured_keepalive: 60 external: true
        last_read_seconds: 2 last_write_seconds: 2 hops: 1 connect_retry: 120 shared_network: true
        sent_communities: "all" graceful_restart_mode: "Restart" restart_time: 120 stale_time: 360
        selection_deferral: 360
        capabilities_sent {
            four_octet_as: true extended_message: true route_refresh: true
            enhanced_route_refresh: true families: IPV4_UNICAST add_path_receive: IPV4_UNICAST
            host_name: "vm" graceful_restart { restart_time: 120 families: IPV4_UNICAST }
            long_lived: true long_lived_families { family: IPV4_UNICAST } }
        capabilities_received {
            four_octet_as: true extended_next_hop: true route_refresh: true
            families: IPV4_UNICAST host_name: "vm"
            graceful_restart { restart_time: 15 restarting: true notification: true
                               families: IPV4_UNICAST preserved: IPV4_UNICAST } }
        sent { opens: 1 updates: 12 keepalives: 39 total: 52 }
        received { opens: 1 updates: 8 keepalives: 39 total: 48 }
        established_count: 2 dropped_count: 1
        last_reset_seconds: 122 last_reset_reason: "BGP Notification received" last_reset_code: 13
        last_notification: "Cease/Administrative Shutdown" last_notification_code: 1538
        last_shutdown_message: "back at five"
        local_address: "192.168.10.200" local_port: 179 remote_port: 40647
        prefixes { family: IPV4_UNICAST received: 2 accepted: 1 sent: 4
                   end_of_rib_sent: true end_of_rib_received: true } })");
}

constexpr const char* kLabNeighbor =
    R"(BGP neighbor is 192.168.10.100, remote AS 65001, local AS 65000, external link
Hostname: vm
 Member of peer-group CILIUM for session parameters
  BGP version 4, remote router ID 192.168.10.100, local router ID 192.168.10.200
  BGP state = Established, up for 00:01:56
  Last read 00:00:02, Last write 00:00:02
  Hold time is 9 seconds, keepalive interval is 3 seconds
  Configured hold time is 180 seconds, keepalive interval is 60 seconds
  Neighbor capabilities:
    4 Byte AS: advertised and received
    Extended Message: advertised
    AddPath:
      IPv4 Unicast: RX advertised
    Extended nexthop: received
      Address families by peer:
                   IPv4 Unicast
    Long-lived Graceful Restart: advertised
    Route refresh: advertised and received(new)
    Enhanced Route Refresh: advertised
    Address Family IPv4 Unicast: advertised and received
    Hostname Capability: advertised (name: vm,domain name: n/a) received (name: vm,domain name: n/a)
    Graceful Restart Capability: advertised and received
      Remote Restart timer is 15 seconds
      Address families by peer:
        IPv4 Unicast(preserved)
  Graceful restart information:
    End-of-RIB send: IPv4 Unicast
    End-of-RIB received: IPv4 Unicast
    Local GR Mode: Restart*
    Remote GR Mode: Restart
    R bit: True
    N bit: True
    Timers:
      Configured Restart Time(sec): 120
      Received Restart Time(sec): 15
    IPv4 Unicast:
      F bit: True
      End-of-RIB sent: Yes
      End-of-RIB received: Yes
      Timers:
        Configured Stale Path Time(sec): 360
        Configured Selection Deferral Time(sec): 360
  Message statistics:
    Inq depth is 0
    Outq depth is 0
                         Sent       Rcvd
    Opens:                  1          1
    Notifications:          0          0
    Updates:               12          8
    Keepalives:            39         39
    Route Refresh:          0          0
    Capability:             0          0
    Total:                 52         48
  Minimum time between advertisement runs is 0 seconds

 For address family: IPv4 Unicast
  CILIUM peer-group member
  Community attribute sent to this neighbor(all)
  1 accepted prefixes, 2 received, 4 sent

  Connections established 2; dropped 1
  Last reset 00:02:02,  Notification received (Cease/Administrative Shutdown)
    Message: "back at five"
  External BGP neighbor may be up to 1 hops away.
Local host: 192.168.10.200, Local port: 179
Foreign host: 192.168.10.100, Foreign port: 40647
Nexthop: 192.168.10.200
BGP connection: shared network
BGP Connect Retry Timer in Seconds: 120

)";

TEST(BgpNeighbors, IsLaidOutAsFrrDoes) {
    EXPECT_EQ(bgp_neighbors(lab_neighbors(), "192.168.10.200"), kLabNeighbor);
}

TEST(BgpNeighbors, OneThatWasNeverUp) {
    const auto neighbors = parse<ipc::BgpNeighbors>(R"x(neighbors {
        address: "10.0.0.2" local_as: 64999 local_as_no_prepend: true local_as_replace_as: true
        remote_as: 65001 external: true state: "Idle (Admin)" ttl_security_hops: 2 hops: 255
        passive: true password: true graceful_restart_mode: "Helper" prefixes { family: IPV6_UNICAST } })x");
    const std::string shown = bgp_neighbors(neighbors, "10.0.0.1");
    for (const char* line :
         {"remote AS 65001, local AS 64999 no-prepend replace-as, external link\n",
          " Passive: the peer has to connect\n", " Administratively shut down\n",
          "  BGP state = Idle (Admin)\n", "  Last read never, Last write never\n",
          "    Remote GR Mode: NotApplicable\n", "  Last reset never\n",
          "  External BGP neighbor may be up to 2 hops away.\n", "Peer Authentication Enabled\n"}) {
        EXPECT_THAT(shown, HasSubstr(line));
    }
    EXPECT_THAT(shown, Not(HasSubstr("Neighbor capabilities")));
    EXPECT_THAT(shown, Not(HasSubstr("Local host")));
    const auto json = bgp_neighbors_json(neighbors, "10.0.0.1").at("10.0.0.2");
    EXPECT_EQ(json.at("passive").as_bool(), true);
}

TEST(BgpNeighbors, JsonHasFrrsNames) {
    const auto json = bgp_neighbors_json(lab_neighbors(), "192.168.10.200");
    const auto& neighbor = json.at("192.168.10.100");
    EXPECT_EQ(neighbor.at("nbrExternalLink").as_bool(), true);
    EXPECT_EQ(neighbor.at("bgpTimerUpMsec").to_number<int>(), 116000);
    EXPECT_EQ(neighbor.at("bgpTimerHoldTimeMsecs").to_number<int>(), 9000);
    const auto& capabilities = neighbor.at("neighborCapabilities");
    EXPECT_EQ(capabilities.at("4byteAs").as_string(), "advertisedAndReceived");
    EXPECT_EQ(capabilities.at("routeRefresh").as_string(), "advertisedAndReceivedNew");
    EXPECT_EQ(capabilities.at("addPath").at("ipv4Unicast").at("rxAdvertised").as_bool(), true);
    EXPECT_EQ(capabilities.at("hostName").at("rcvHostName").as_string(), "vm");
    EXPECT_EQ(capabilities.at("gracefulRestartRemoteTimerMsecs").to_number<int>(), 15000);
    const auto& restart = neighbor.at("gracefulRestartInfo");
    EXPECT_EQ(restart.at("remoteGrMode").as_string(), "Restart");
    EXPECT_EQ(restart.at("ipv4Unicast").at("endOfRibStatus").at("endOfRibSend").as_bool(), true);
    EXPECT_EQ(neighbor.at("messageStats").at("keepalivesRecv").to_number<int>(), 39);
    EXPECT_EQ(
        neighbor.at("addressFamilyInfo").at("ipv4Unicast").at("sentPrefixCounter").to_number<int>(),
        4);
    EXPECT_EQ(neighbor.at("connectionsDropped").to_number<int>(), 1);
    EXPECT_EQ(neighbor.at("lastErrorCodeSubcode").as_string(), "0602");
    EXPECT_EQ(neighbor.at("lastShutdownDescription").as_string(), "back at five");
    EXPECT_EQ(neighbor.at("externalBgpNbrMaxHopsAway").to_number<int>(), 1);
    EXPECT_EQ(neighbor.at("portForeign").to_number<int>(), 40647);
}

TEST(BgpNeighbors, UnknownOneIsSaidToBe) {
    EXPECT_EQ(bgp_neighbors({}, "10.0.0.1"), "% No such neighbor\n");
}

// RFC 8212, and what a limit of prefixes did, in FRR's words.
TEST(ShowBgp, SummaryOfSessionsThatExchangeNothing) {
    auto summary = lab_summary();
    auto& up = *summary.mutable_neighbors(0);
    up.mutable_prefixes(0)->set_import_policy_missing(true);
    up.mutable_prefixes(0)->set_export_policy_missing(true);
    summary.mutable_neighbors(1)->set_state("Idle (PfxCt)");
    const std::string shown = bgp_summary(summary, ipc::IPV4_UNICAST);
    EXPECT_THAT(shown, HasSubstr("     (Policy) (Policy) "));
    EXPECT_THAT(shown, HasSubstr(" Idle (PfxCt)        0 "));
}

TEST(ShowBgp, NeighborWithPoliciesAndALimit) {
    const auto neighbors = parse<ipc::BgpNeighbors>(R"(neighbors {
        address: "10.0.0.1" maximum_prefixes: 9 maximum_prefixes_threshold: 75
        maximum_prefixes_restart: 3 maximum_prefixes_exceeded: true
        prefixes { export_policy_missing: true import_policies: ["A", "B"] } })");
    const std::string shown = bgp_neighbors(neighbors, "10.0.0.9");
    EXPECT_THAT(shown, HasSubstr("  Outbound updates discarded due to missing policy\n"
                                 "  Route map for incoming advertisements is A B\n"));
    EXPECT_THAT(shown, HasSubstr("  Maximum prefixes allowed 9\n"
                                 "  Threshold for warning message 75%, restart interval 3 min\n"
                                 "  Maximum prefixes exceeded: held down"));
    const auto neighbor = bgp_neighbors_json(neighbors, "10.0.0.9").at("10.0.0.1");
    EXPECT_EQ(neighbor.at("addressFamilyInfo").at("ipv4Unicast"), boost::json::parse(R"({
        "outboundEbgpRequiresPolicy": "Outbound updates discarded due to missing policy",
        "routeMapForIncomingAdvertisements": "A B",
        "acceptedPrefixCounter": 0, "receivedPrefixCounter": 0, "sentPrefixCounter": 0,
        "prefixAllowedMax": 9, "prefixAllowedWarningThresh": 75,
        "prefixAllowedRestartIntervalMsecs": 180000, "prefixAllowedMaxExceeded": true})"));
}

TEST(ShowBgp, TextAndJsonOfAFamilyHaveTheSameFacts) {
    const auto neighbors = parse<ipc::BgpNeighbors>(R"(neighbors {
        address: "10.0.0.1" peer_group: "G" sent_communities: "all" maximum_prefixes: 9
        maximum_prefixes_threshold: 50 maximum_prefixes_warning_only: true
        maximum_prefixes_force: true
        prefixes { import_policy_missing: true export_policies: "OUT" accepted: 1 received: 2
                   sent: 3 } })");
    EXPECT_THAT(bgp_neighbors(neighbors, "10.0.0.9"), HasSubstr(R"(
 For address family: IPv4 Unicast
  G peer-group member
  Community attribute sent to this neighbor(all)
  Inbound updates discarded due to missing policy
  Route map for outgoing advertisements is OUT
  1 accepted prefixes, 2 received, 3 sent
  Maximum prefixes allowed 9 (warning-only) (force)
  Threshold for warning message 50%
)"));
    const auto neighbor = bgp_neighbors_json(neighbors, "10.0.0.9").at("10.0.0.1");
    EXPECT_EQ(neighbor.at("addressFamilyInfo").at("ipv4Unicast"), boost::json::parse(R"({
        "peerGroupMember": "G", "commAttriSentToNbr": "all",
        "inboundEbgpRequiresPolicy": "Inbound updates discarded due to missing policy",
        "routeMapForOutgoingAdvertisements": "OUT",
        "acceptedPrefixCounter": 1, "receivedPrefixCounter": 2, "sentPrefixCounter": 3,
        "prefixAllowedMax": 9, "prefixAllowedMaxWarning": true, "prefixAllowedMaxForce": true,
        "prefixAllowedWarningThresh": 50})"));
}

TEST(ShowBgp, FilteredRoutesAreMarked) {
    auto table = lab_table();
    table.mutable_entries(0)->mutable_paths(0)->set_filtered(true);
    const std::string shown = bgp_table(table);
    EXPECT_THAT(shown, HasSubstr("f filtered"));
    EXPECT_THAT(shown, HasSubstr("\nf"));
    EXPECT_THAT(bgp_table(lab_table()), testing::Not(HasSubstr("f filtered")));
}

// An entry a portion, as a large table comes.
template <class Writer>
std::string in_portions(const ipc::BgpTable& table) {
    Writer writer;
    std::string out;
    for (const auto& entry : table.entries()) {
        ipc::BgpTable one = table;
        one.clear_entries();
        *one.add_entries() = entry;
        out += writer.portion(one);
    }
    return out + writer.end();
}

TEST(BgpTable, ComesInPortionsAsItDoesAtOnce) {
    const ipc::BgpTable table = lab_table();
    ASSERT_GT(table.entries_size(), 1);
    EXPECT_EQ(in_portions<BgpTableText>(table), written<BgpTableText>(table));
    EXPECT_EQ(in_portions<BgpTableJson>(table), written<BgpTableJson>(table));
    const std::string text = written<BgpTableJson>(table);
    EXPECT_EQ(pretty(boost::json::parse(text)), text) << "as everything else is printed";
    const std::string none = written<BgpTableJson>({});
    EXPECT_EQ(pretty(boost::json::parse(none)), none);
}

}  // namespace
}  // namespace torii::show
