// What toriictl prints. The tables are those of the walkthrough.
#include "agent/ctl/report.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace torii::agent {
namespace {

ipc::AgentPeers peers(const char* node, const char* state) {
    ipc::AgentPeers answer;
    answer.set_node(node);
    ipc::AgentPeer& peer = *answer.add_peers();
    peer.set_instance("instance-65001");
    peer.set_peer_name("tor-switch");
    peer.mutable_state()->set_address("192.168.10.200");
    peer.mutable_state()->set_local_as(65001);
    peer.mutable_state()->set_remote_as(65000);
    peer.mutable_state()->set_state(state);
    peer.mutable_state()->set_state_seconds(3723);
    ipc::BgpPrefixCounts& counts = *peer.mutable_state()->add_prefixes();
    counts.set_family(ipc::IPV4_UNICAST);
    counts.set_received(2);
    counts.set_sent(1);
    return answer;
}

ipc::AgentRoutes routes(const char* node, const char* prefix) {
    ipc::AgentRoutes answer;
    answer.set_node(node);
    ipc::AgentRoute& route = *answer.add_routes();
    route.set_instance("instance-65001");
    route.set_local_as(65001);
    route.set_prefix(prefix);
    route.set_next_hop("0.0.0.0");
    route.set_age_seconds(948);
    route.set_attributes("[{Origin: i} {Nexthop: 0.0.0.0}]");
    return answer;
}

RouteQuery query(const std::vector<std::string>& words) {
    const auto parsed = parse_route_query(words);
    EXPECT_TRUE(parsed.has_value());
    return parsed.value_or(RouteQuery{});
}

TEST(Report, PeersByNode) {
    EXPECT_EQ(
        report_peers({peers("k8s-w1", "Active"), peers("k8s-ctr", "Established")}, Output::table),
        "Node      Local AS   Peer AS   Peer Address     Session State   Uptime   Family         "
        "Received   Advertised\n"
        "k8s-ctr   65001      65000     192.168.10.200   established     1h2m3s   ipv4/unicast   "
        "2          1\n"
        "k8s-w1    65001      65000     192.168.10.200   active          0s       ipv4/unicast   "
        "2          1\n");
}

TEST(Report, MoreFamiliesStandAlone) {
    ipc::AgentPeers answer = peers("n", "Established");
    answer.mutable_peers(0)->mutable_state()->add_prefixes()->set_family(ipc::IPV6_UNICAST);
    const std::string text = report_peers({answer}, Output::table);
    EXPECT_NE(text.find("\n" + std::string(70, ' ') + "ipv6/unicast   0          0\n"),
              std::string::npos)
        << text;
}

TEST(Report, PeersAsJson) {
    const std::string text = report_peers({peers("n", "Established")}, Output::json);
    EXPECT_TRUE(text.starts_with(R"({"n":[{"instance":"instance-65001","name":"tor-switch",)"))
        << text;
    EXPECT_NE(text.find(R"("session-state":"established","uptime-nanoseconds":3723000000000)"),
              std::string::npos)
        << text;
}

TEST(Report, RoutesOfTheWalkthrough) {
    EXPECT_EQ(report_routes({routes("k8s-w0", "172.20.2.0/24"), routes("k8s-ctr", "172.20.0.0/24")},
                            query({"available"}), Output::table),
              "Node      VRouter   Prefix          NextHop   Age      Attrs\n"
              "k8s-ctr   65001     172.20.0.0/24   0.0.0.0   15m48s   "
              "[{Origin: i} {Nexthop: 0.0.0.0}]\n"
              "k8s-w0    65001     172.20.2.0/24   0.0.0.0   15m48s   "
              "[{Origin: i} {Nexthop: 0.0.0.0}]\n");
}

TEST(Report, WithoutWordsItSaysWhatItShows) {
    EXPECT_TRUE(report_routes({}, query({}), Output::table)
                    .starts_with("(Defaulting to `available ipv4 unicast` routes, please see help "
                                 "for more options)\n\nNode"));
    EXPECT_EQ(report_routes({}, query({}), Output::json), "{}\n");
}

TEST(Report, AdvertisedRoutesHaveThePeerAndFilters) {
    ipc::AgentRoutes answer = routes("n", "10.0.0.0/24");
    answer.mutable_routes(0)->set_peer_address("192.0.2.1");
    *answer.add_routes() = answer.routes(0);
    answer.mutable_routes(1)->set_peer_address("192.0.2.2");
    answer.mutable_routes(1)->set_local_as(65002);
    const auto lines = [&](const std::vector<std::string>& words) {
        const std::string text = report_routes({answer}, query(words), Output::table);
        return std::ranges::count(text, '\n');
    };
    EXPECT_EQ(lines({"advertised"}), 3);
    EXPECT_EQ(lines({"advertised", "ipv4", "unicast", "peer", "192.0.2.2"}), 2);
    EXPECT_EQ(lines({"advertised", "vrouter", "65001"}), 2);
    EXPECT_EQ(lines({"advertised", "vrouter", "65001", "peer", "192.0.2.2"}), 1);
}

TEST(RouteQuery, Words) {
    EXPECT_TRUE(query({}).defaulted);
    EXPECT_FALSE(query({"available"}).defaulted);
    EXPECT_TRUE(query({"advertised", "ipv6"}).advertised);
    EXPECT_EQ(query({"advertised", "ipv6"}).afi, "ipv6");
    EXPECT_EQ(query({"ipv4", "unicast", "vrouter", "65001"}).vrouter, 65001U);
}

TEST(RouteQuery, MistakesAreNamed) {
    const auto problem = [](const std::vector<std::string>& words) {
        const auto parsed = parse_route_query(words);
        return parsed ? "none" : parsed.error().message;
    };
    EXPECT_EQ(problem({"vrouter"}), "vrouter: a value is missing");
    EXPECT_EQ(problem({"vrouter", "x"}), "vrouter x: not an AS");
    EXPECT_EQ(problem({"advertised", "peer", "tor"}), "peer tor: not an address");
    EXPECT_EQ(problem({"available", "peer", "192.0.2.1"}),
              "peer: only of advertised or received routes");
    EXPECT_TRUE(
        problem({"recieved"}).starts_with("recieved: expected [available|advertised|received]"));
}

TEST(Report, Conditions) {
    ipc::AgentPeers answer;
    answer.set_node("n");
    answer.add_conditions("a.yaml: wrong");
    answer.add_conditions("b.yaml: wrong, too");
    EXPECT_EQ(report_conditions({answer}, Output::table),
              "Node   Condition\nn      a.yaml: wrong\n       b.yaml: wrong, too\n");
}

}  // namespace
}  // namespace torii::agent
