#include "mgmt/show/forwarding.h"

#include "mgmt/show/message_json.h"
#include "mgmt/show/text.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace torii::show {
namespace {

template <class Message>
Message parse(const std::string& text) {
    Message message;
    if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
        throw std::runtime_error("not the text of a message");
    }
    return message;
}

ipc::PortStatusList two_ports() {
    return parse<ipc::PortStatusList>(R"(
        ports { name: "eth1" driver: "xdp" mac: "\x02\x00\x00\x00\x00\x01" mtu: 1500 link_up: true
                rx_packets: 1000 rx_bytes: 64000 tx_packets: 900 tx_bytes: 60000
                forwarded_packets: 950 punted_packets: 50 injected_packets: 7 rx_dropped: 3
                tx_dropped: 1 rx_errors: 2 ifindex: 9
                source_validation: SOURCE_VALIDATION_STRICT no_unreachables_v4: true }
        ports { name: "eth9" driver: "kernel" mtu: 1500 })");
}

ipc::ControlplaneConfig configured() {
    return parse<ipc::ControlplaneConfig>(R"(
        interfaces { name: "eth1" enabled: true addresses: "192.168.10.200/24"
                     addresses: "2001:db8::1/64" description: "rack" }
        interfaces { name: "eth2" enabled: true addresses: "192.168.20.200/24" }
        interfaces { name: "loop1" enabled: true loopback: true addresses: "10.10.1.200/24" })");
}

TEST(Interfaces, ConfiguredAndExistingOnesShareATable) {
    EXPECT_EQ(
        interfaces(two_ports(), configured()),
        R"(Interface  Link    Address             MTU  Rx packets  Tx packets  Forwarded  Punted  Injected  Dropped
eth1       up      192.168.10.200/24  1500        1000         900        950      50         7        4
                   2001:db8::1/64
eth2       absent  192.168.20.200/24     -           -           -          -       -         -        -
loop1      up      10.10.1.200/24        -           -           -          -       -         -        -
eth9       down    -                  1500           0           0          0       0         0        0
)");
}

TEST(Interfaces, InBriefAndByTheirCounters) {
    EXPECT_EQ(interfaces_brief(two_ports(), configured()),
              R"(Interface       Status  VRF             Addresses
---------       ------  ---             ---------
eth1            up      default         192.168.10.200/24
                                        + 2001:db8::1/64
eth2            absent  default         192.168.20.200/24
loop1           up      default         10.10.1.200/24
eth9            down    default
)");
    EXPECT_EQ(
        interfaces_counters(two_ports(), configured()),
        R"(Interface  Rx packets  Rx bytes  Rx dropped  Rx errors  Tx packets  Tx bytes  Tx dropped
eth1             1000     64000           3          2         900     60000           1
eth9                0         0           0          0           0         0           0
)");
}

TEST(Interfaces, OneInFull) {
    EXPECT_EQ(interface_detail(two_ports(), configured(), "eth1"), R"(Interface eth1 is up
  Description: rack
  Address 192.168.10.200/24
  Address 2001:db8::1/64
  MTU 1500, MAC 02:00:00:00:00:01, driver xdp, kernel index 9
  Source validation strict, ICMP unreachables for IPv6 only
  Received     1000 packets, 64000 bytes; 3 dropped, 2 errors
    forwarded  950 packets by the packet engine
    punted     50 packets to the kernel
  Transmitted  900 packets, 60000 bytes; 1 dropped
    injected   7 packets from the kernel
)");
    EXPECT_EQ(interface_detail(two_ports(), configured(), "eth7"), "");
}

TEST(Interfaces, JsonJoinsBothSides) {
    const auto json = interfaces_json(two_ports(), configured());
    EXPECT_EQ(json.at("eth1").at("addresses").as_array().size(), 2U);
    EXPECT_EQ(json.at("eth1").at("port").at("forwarded_packets").to_number<int>(), 950);
    EXPECT_EQ(json.at("eth1").at("port").at("mac").as_string(), "02:00:00:00:00:01");
    EXPECT_EQ(json.at("eth2").at("link").as_string(), "absent");
}

ipc::Forwarding ecmp() {
    return parse<ipc::Forwarding>(R"(total_routes: 5
        routes { prefix { address: "\254\020\001\001" length: 32 } group_id: 7 }
        routes { prefix { address: "\n\n\001\310" length: 32 } group_id: 2 }
        groups { id: 7 routes: 1
            members { next_hop_id: 1 kind: NEXT_HOP_GATEWAY address: "\300\250\nd" interface: "eth1"
                      weight: 1 buckets: 256 packets: 10233 resolved: true
                      mac: "\x02\x00\x00\x00\x00\x02" }
            members { next_hop_id: 2 kind: NEXT_HOP_GATEWAY address: "\300\250\024d" interface: "eth2"
                      weight: 1 buckets: 256 packets: 12 } }
        groups { id: 2 routes: 1 members { next_hop_id: 3 kind: NEXT_HOP_LOCAL packets: 4 } })");
}

TEST(Forwarding, RoutesWithTheirNextHops) {
    EXPECT_EQ(forwarding_routes(ecmp()),
              R"(Prefix          Group  Next hop        Interface  MAC                Packets
10.10.1.200/32      2  local           -          -                        4
172.16.1.1/32       7  192.168.10.100  eth1       02:00:00:00:00:02    10233
                       192.168.20.100  eth2       unresolved              12

Displayed 2 of 5 routes
)");
}

TEST(Forwarding, ARouteThatIsCountedSaysHowMuch) {
    ipc::Forwarding one = ecmp();
    one.mutable_routes()->DeleteSubrange(1, 1);
    one.mutable_routes(0)->set_packets(12);
    one.mutable_routes(0)->set_octets(3456);
    EXPECT_EQ(forwarding_routes(one),
              R"(Prefix         Group  Next hop        Interface  MAC                Packets
172.16.1.1/32      7  192.168.10.100  eth1       02:00:00:00:00:02    10233
                      192.168.20.100  eth2       unresolved              12

172.16.1.1/32: 12 packets, 3456 octets by this route

Displayed 1 of 5 routes
)");
}

TEST(Forwarding, RoutesThatAreCounted) {
    ipc::Forwarding counted = ecmp();
    counted.mutable_routes(0)->set_packets(12);
    counted.mutable_routes(0)->set_octets(3456);
    counted.set_uncounted_routes(2);
    EXPECT_EQ(forwarding_route_counters(counted), R"(Prefix          Group  Packets  Octets
10.10.1.200/32      2        0       0
172.16.1.1/32       7       12    3456

2 more are not counted: forwarding route-counters maximum
)");
    EXPECT_THAT(forwarding_route_counters({}), testing::HasSubstr("No route is counted"));
}

TEST(Forwarding, GroupsWithPacketsPerMember) {
    ipc::ForwardingGroups groups;
    *groups.mutable_groups() = ecmp().groups();
    EXPECT_EQ(
        forwarding_groups(groups),
        R"(Group  Routes  Member          Interface  MAC                Weight  Buckets  Packets
    7       1  192.168.10.100  eth1       02:00:00:00:00:02       1      256    10233
               192.168.20.100  eth2       unresolved              1      256       12
    2       1  local           -          -                       1        0        4
)");
}

TEST(Forwarding, DropsByPortAndWorker) {
    EXPECT_EQ(forwarding_drops_of_ports(parse<ipc::Drops>(R"(
        drops { reason: "no_route" packets: 12 ports { port: "eth1" worker: 0 packets: 5 }
                ports { port: "eth2" worker: 1 packets: 7 } }
        drops { reason: "runt" })")),
              "Port  Worker  Packets  Reason\n"
              "eth1       0        5  no_route\n"
              "eth2       1        7  no_route\n");
    EXPECT_EQ(forwarding_drops_of_ports({}), "No packet was dropped.\n");
}

TEST(Forwarding, AdjacenciesAndDrops) {
    const auto adjacencies = parse<ipc::Adjacencies>(R"(
        adjacencies { interface: "eth1" address: "\300\250\nd" mac: "\x02\x00\x00\x00\x00\x02"
                      state: "resolved" }
        adjacencies { interface: "eth2" address: "\300\250\024d" state: "incomplete" held_packets: 3 })");
    EXPECT_EQ(forwarding_adjacencies(adjacencies),
              R"(Interface  Address         MAC                State       Held packets
eth1       192.168.10.100  02:00:00:00:00:02  resolved               0
eth2       192.168.20.100  -                  incomplete             3
)");
    const auto drops = parse<ipc::Drops>(R"(
        drops { reason: "ttl-expired" text: "TTL was 1" packets: 12 }
        drops { reason: "no-route" text: "No route" packets: 0 })");
    EXPECT_EQ(forwarding_drops(drops),
              "Packets  Reason       What it means\n"
              "     12  ttl-expired  TTL was 1\n");
    EXPECT_EQ(forwarding_drops({}), "No packet was dropped.\n");
}

TEST(Forwarding, PuntsWithTheirLimits) {
    const auto punts = parse<ipc::Punts>(R"(
        punts { punt_class: "bgp" text: "BGP sessions" rate: 20000 burst: 5000 packets: 7 }
        punts { punt_class: "arp" text: "ARP" rate: 1000 burst: 500 packets: 900 limited: 12 })");
    EXPECT_EQ(forwarding_punts(punts),
              "Class  Packets  Over limit  Per second  At once  What it is\n"
              "bgp          7           0       20000     5000  BGP sessions\n"
              "arp        900          12        1000      500  ARP\n");
}

TEST(Forwarding, StatusTellsBuffers) {
    const auto status = parse<ipc::DataplaneStatus>(
        "routes_v4: 3 tables_v4: 5 tables_v4_max: 65536 groups: 2 next_hops: 2 fib_version: 9 "
        "buffers: 16384 buffers_in_use: 6150 "
        "ecmp_hash: ECMP_HASH_INNER ecmp_symmetric: true ecmp_seed: 5 "
        "ecmp_selection: ECMP_SELECTION_THRESHOLD counted_routes: 4 uncounted_routes: 1");
    EXPECT_EQ(forwarding_status(status),
              "IPv4 routes 3, IPv6 routes 0\n"
              "Look-up tables of IPv4 5 of 65536, of IPv6 0 of 0\nNext-hop groups 2, next hops 2\n"
              "ECMP by inner symmetric, seed 5, selection threshold\n"
              "Routes counted 4, left out 1\n"
              "Last update from the control plane 9\nPacket buffers 16384, in use 6150\n");
}

TEST(Text, TimePassedAsFrrWritesIt) {
    EXPECT_EQ(elapsed(0), "00:00:00");
    EXPECT_EQ(elapsed(86399), "23:59:59");
    EXPECT_EQ(elapsed(86400), "1d00h00m");
    EXPECT_EQ(elapsed(7 * 86400 + 3 * 86400 + 5 * 3600), "01w3d05h");
}

TEST(MessageJson, PrefixesAreReadable) {
    const auto json = message_json(ecmp());
    EXPECT_EQ(json.at("routes").as_array()[0].at("prefix").as_string(), "172.16.1.1/32");
    EXPECT_EQ(json.at("groups").as_array()[0].at("members").as_array()[0].at("address").as_string(),
              "192.168.10.100");
    EXPECT_EQ(
        pretty(boost::json::object{{"a", boost::json::array{1, 2}}, {"b", boost::json::object{}}}),
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n");
}

}  // namespace
}  // namespace torii::show
