#include "mgmt/show/routes.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace torii::show {
namespace {

using testing::HasSubstr;

ipc::Routes parse(const std::string& text) {
    ipc::Routes message;
    if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
        throw std::runtime_error("not the text of a message");
    }
    return message;
}

template <class Writer>
std::string written(const ipc::Routes& table) {
    Writer writer;
    std::string out = writer.portion(table);
    return out + writer.end();
}
std::string routes(const ipc::Routes& table) {
    return written<RoutesText>(table);
}
boost::json::value routes_json(const ipc::Routes& table) {
    return boost::json::parse(written<RoutesJson>(table));
}

ipc::Routes ecmp_route() {
    return parse(R"(routes { prefix: "172.16.1.1/32" protocol: "bgp" distance: 20 selected: true
        installed: true age_seconds: 12 group_id: 7
        next_hops { address: "192.168.10.100" interface: "eth1" weight: 1 resolved: true installed: true }
        next_hops { address: "192.168.20.100" interface: "eth2" weight: 1 resolved: true installed: true } })");
}

TEST(Routes, AreLaidOutAsFrrDoes) {
    auto list = parse(R"(
        routes { prefix: "10.10.1.0/24" protocol: "connected" selected: true installed: true
                 age_seconds: 124 next_hops { interface: "loop1" resolved: true installed: true } })");
    list.MergeFrom(ecmp_route());
    list.MergeFrom(parse(R"(
        routes { prefix: "172.20.0.0/24" protocol: "bgp" distance: 20 selected: true stale: true
                 age_seconds: 2 next_hops { address: "192.168.10.101" interface: "eth1" weight: 1
                 resolved: true } }
        routes { prefix: "172.30.0.0/16" protocol: "static" distance: 1
                 next_hops { address: "10.9.9.9" weight: 3 } }
        routes { prefix: "192.0.2.0/24" protocol: "static" distance: 1 selected: true
                 installed: true discard: true })"));
    EXPECT_THAT(routes(list), testing::EndsWith(R"(
C>* 10.10.1.0/24 is directly connected, loop1, 00:02:04
B>* 172.16.1.1/32 [20/0] via 192.168.10.100, eth1, weight 1, 00:00:12
  *                      via 192.168.20.100, eth2, weight 1, 00:00:12
B>q 172.20.0.0/24 [20/0] via 192.168.10.101, eth1, weight 1, 00:00:02, stale
S   172.30.0.0/16 [1/0] via 10.9.9.9 inactive, weight 3, 00:00:00
S>* 192.0.2.0/24 [1/0] unreachable (blackhole), 00:00:00
)"));
    EXPECT_THAT(routes(list), testing::StartsWith("Codes: C - connected, L - local"));
}

TEST(Routes, CanBeComparedWithThoseOfLinux) {
    auto list = parse(R"(
        routes { prefix: "10.10.1.0/24" protocol: "connected" selected: true installed: true
                 next_hops { interface: "loop1" resolved: true installed: true } }
        routes { prefix: "10.10.1.200/32" protocol: "local" selected: true
                 next_hops { interface: "loop1" } })");
    list.MergeFrom(ecmp_route());
    list.MergeFrom(parse(R"(
        routes { prefix: "172.20.0.0/24" protocol: "bgp" selected: true
                 next_hops { address: "192.168.10.101" interface: "eth1" weight: 1 } }
        routes { prefix: "172.20.0.0/24" protocol: "static"
                 next_hops { address: "192.168.10.102" interface: "eth1" } }
        routes { prefix: "0.0.0.0/0" protocol: "static" selected: true
                 next_hops { address: "192.168.30.1" interface: "eth3" } }
        routes { prefix: "2001:db8::1/128" protocol: "bgp" selected: true
                 next_hops { address: "fe80::1" interface: "eth1" } }
        routes { prefix: "192.0.2.0/24" protocol: "static" selected: true discard: true })"));
    EXPECT_EQ(written<RoutesLinux>(list),
              "10.10.1.0/24 dev loop1 proto kernel scope link\n"
              "172.16.1.1 proto bgp metric 20\n"
              "\tnexthop via 192.168.10.100 dev eth1 weight 1\n"
              "\tnexthop via 192.168.20.100 dev eth2 weight 1\n"
              "172.20.0.0/24 via 192.168.10.101 dev eth1 proto bgp metric 20\n"
              "default via 192.168.30.1 dev eth3 proto static metric 20\n"
              "2001:db8::1 via fe80::1 dev eth1 proto bgp metric 20\n"
              "blackhole 192.0.2.0/24 proto static metric 20\n");
}

TEST(Routes, AreCountedByProtocol) {
    auto list = ecmp_route();
    list.MergeFrom(parse(R"(
        routes { prefix: "172.20.0.0/24" protocol: "bgp" selected: true }
        routes { prefix: "172.20.0.0/24" protocol: "static" installed: true })"));
    EXPECT_EQ(written<RoutesSummary>(list),
              R"(Route Source         Routes               FIB  (vrf default)
bgp                  2                    1
static               1                    0
------
Totals               3                    1
)");
    const auto data = boost::json::parse(written<RoutesSummaryJson>(list));
    EXPECT_EQ(data.at("routesTotal").to_number<int>(), 3);
    EXPECT_EQ(data.at("routes").at(0).at("fib").to_number<int>(), 1);
}

TEST(Routes, NoneShowNothingAndOneThatIsMissingSaysSo) {
    EXPECT_EQ(routes({}), "");
    EXPECT_EQ(route_detail({}), "% Network not in table\n");
}

TEST(Routes, OneInFull) {
    EXPECT_EQ(route_detail(ecmp_route()), R"(Routing entry for 172.16.1.1/32
  Known via "bgp", distance 20, metric 0, best
  Last update 00:00:12 ago
  * 192.168.10.100, via eth1, weight 1
  * 192.168.20.100, via eth2, weight 1
  Forwarding group 7

)");
}

TEST(Routes, JsonHasFrrsNames) {
    const auto json = routes_json(ecmp_route());
    const auto& entry = json.at("172.16.1.1/32").as_array().at(0);
    EXPECT_EQ(entry.at("protocol").as_string(), "bgp");
    EXPECT_EQ(entry.at("selected").as_bool(), true);
    ASSERT_EQ(entry.at("nexthops").as_array().size(), 2U);
    EXPECT_EQ(entry.at("nexthops").as_array()[1].at("ip").as_string(), "192.168.20.100");
    EXPECT_EQ(entry.at("nexthops").as_array()[1].at("interfaceName").as_string(), "eth2");
}

TEST(Status, RemarksWhatTheKernelDoesNotGet) {
    ipc::ControlplaneStatus status;
    EXPECT_EQ(status_remark(status), "has no connection to the packet engine");
    status.set_dataplane_connected(true);
    status.set_bgp_routes(1'000'000);
    status.set_kernel_bgp_limit(100'000);
    EXPECT_EQ(status_remark(status), "");
    status.set_kernel_bgp_limit_exceeded(true);
    EXPECT_EQ(status_remark(status),
              "the kernel gets none of the 1000000 BGP routes: its limit is 100000");
    status.set_dataplane_connected(false);
    EXPECT_THAT(status_remark(status), HasSubstr("packet engine; the kernel gets none"));
}

TEST(Routes, OfOnePrefixAreOneListAndPortionsGoOn) {
    auto first = ecmp_route();
    first.MergeFrom(ecmp_route());
    first.mutable_routes(1)->set_protocol("static");
    auto second = ecmp_route();
    second.mutable_routes(0)->set_prefix("172.16.1.2/32");
    RoutesJson json;
    RoutesText text;
    std::string whole = json.portion(first);
    whole += json.portion(second);
    const auto value = boost::json::parse(whole + json.end());
    EXPECT_EQ(value.at("172.16.1.1/32").as_array().size(), 2U);
    EXPECT_EQ(value.at("172.16.1.2/32").as_array().size(), 1U);
    EXPECT_THAT(text.portion(first), testing::StartsWith("Codes:"));
    EXPECT_THAT(text.portion(second), testing::StartsWith("B>* 172.16.1.2/32"));
    EXPECT_EQ(routes_json({}), boost::json::object());
}

}  // namespace
}  // namespace torii::show
