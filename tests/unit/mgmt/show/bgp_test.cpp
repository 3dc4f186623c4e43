#include "mgmt/show/bgp.h"

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

ipc::BgpSummary lab_summary() {
    return parse<ipc::BgpSummary>(R"(
        router_id: "192.168.10.200" local_as: 65000 table_version: 11 rib_entries: 7 peer_groups: 1
        neighbors { address: "192.168.10.100" local_as: 65000 remote_as: 65001 state: "Established"
            state_seconds: 116 ever_established: true messages_received: 48 messages_sent: 52
            prefixes { family: IPV4_UNICAST received: 1 accepted: 1 sent: 4 } }
        neighbors { address: "192.168.10.101" remote_as: 65001 state: "Active" state_seconds: 5
            description: "rack 2" }
        neighbors { address: "192.168.20.100" remote_as: 65001 state: "Connect" state_seconds: 90061
            ever_established: true output_queue: 3 messages_received: 45 messages_sent: 50 })");
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

TEST(BgpNeighbors, ShowsWhatBothSidesAgreedOn) {
    const auto neighbors = parse<ipc::BgpNeighbors>(R"(neighbors {
        address: "192.168.10.100" peer_group: "CILIUM" local_as: 65000 remote_as: 65001
        remote_router_id: "192.168.10.100" state: "Established" state_seconds: 116
        hold_time: 9 keepalive: 3 configured_hold_time: 90 configured_keepalive: 30 external: true
        capabilities_sent: "4 Byte AS" capabilities_sent: "Route refresh"
        capabilities_received: "4 Byte AS" capabilities_received: "Extended nexthop"
        messages_sent: 52 messages_received: 48 established_count: 2 graceful_restart_time: 15
        last_error: "Hold Timer Expired" local_address: "192.168.10.200" local_port: 179
        remote_port: 40647 prefixes { family: IPV4_UNICAST received: 2 accepted: 1 sent: 4 } })");
    const std::string shown = bgp_neighbors(neighbors, "192.168.10.200");
    for (const char* line :
         {"BGP neighbor is 192.168.10.100, remote AS 65001, local AS 65000, external link\n",
          " Member of peer-group CILIUM for session parameters\n",
          "  BGP version 4, remote router ID 192.168.10.100, local router ID 192.168.10.200\n",
          "  BGP state = Established, up for 00:01:56\n",
          "  Hold time is 9 seconds, keepalive interval is 3 seconds\n",
          "  Configured hold time is 90 seconds, keepalive interval is 30 seconds\n",
          "    4 Byte AS: advertised and received\n", "    Route refresh: advertised\n",
          "    Extended nexthop: received\n", "    Remote Restart timer is 15 seconds\n",
          "    Total:                  52         48\n", " For address family: IPv4 Unicast\n",
          "  2 received, 1 accepted, 4 sent prefixes\n", "  Connections established 2; dropped 1\n",
          "  Last reset: Hold Timer Expired\n",
          "Foreign host: 192.168.10.100, Foreign port: 40647\n"}) {
        EXPECT_THAT(shown, HasSubstr(line));
    }
    EXPECT_THAT(shown, Not(HasSubstr("stale")));
}

TEST(BgpNeighbors, UnknownOneIsSaidToBe) {
    EXPECT_EQ(bgp_neighbors({}, "10.0.0.1"), "% No such neighbor\n");
}

}  // namespace
}  // namespace torii::show
