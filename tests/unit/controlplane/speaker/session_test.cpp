#include "private_network.h"

#include <gmock/gmock.h>

namespace torii::speaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kVip = "192.168.90.1/32";

std::vector<LocalRoute> node_routes(unsigned host) {
    return {{prefix("172.20." + std::to_string(host) + ".0/24"), {}},
            {prefix(kVip), {65001U << 16U | 100U}}};
}

TEST_F(Sessions, ThreeAgentsShareAServiceAddress) {
    const auto router = start(router_config(), {{prefix("10.10.1.0/24"), {}}});
    std::vector<std::unique_ptr<Node>> agents;
    for (unsigned host = 2; host <= 4; ++host) {
        agents.push_back(start(agent_config(host), node_routes(host)));
    }
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 3; }));
    EXPECT_THAT(router->next_hops(kVip), ElementsAre("10.0.0.2", "10.0.0.3", "10.0.0.4"));
    EXPECT_THAT(router->next_hops("172.20.3.0/24"), ElementsAre("10.0.0.3"));
    EXPECT_TRUE(router->routes.at(prefix(kVip)).front().external);

    const ipc::BgpTable table = router->speaker->table({}, prefix(kVip));
    ASSERT_EQ(table.entries_size(), 1);
    EXPECT_EQ(table.entries(0).paths_size(), 3);
    for (const ipc::BgpPath& path : table.entries(0).paths()) {
        EXPECT_TRUE(path.valid() && path.multipath());
        EXPECT_EQ(path.as_path(), "65001");
        EXPECT_EQ(path.communities(0), "65001:100");
    }
    EXPECT_EQ(router->speaker->longest_match(address("172.20.4.9")), prefix("172.20.4.0/24"));

    agents[1]->speaker->set_routes({node_routes(3).front()});
    ASSERT_TRUE(until([&] { return router->next_hops(kVip).size() == 2; }));
    EXPECT_THAT(router->next_hops(kVip), ElementsAre("10.0.0.2", "10.0.0.4"));
    EXPECT_THAT(router->next_hops("172.20.3.0/24"), ElementsAre("10.0.0.3"));
}

// Nodes share an AS: of what the router tells them, they take its own networks only.
TEST_F(Sessions, OwnAsIsALoopUnlessAllowed) {
    const auto router = start(router_config(), {{prefix("10.10.1.0/24"), {}}});
    const auto strict = start(agent_config(2), node_routes(2));
    SpeakerConfig lenient_config = agent_config(3);
    lenient_config.peers[0].allow_own_as = 1;
    const auto lenient = start(lenient_config, {{prefix("172.20.3.0/24"), {}}});

    ASSERT_TRUE(until([&] { return lenient->routes.size() == 3; }));
    ASSERT_TRUE(until([&] { return strict->routes.size() == 1; }));
    EXPECT_THAT(strict->next_hops("10.10.1.0/24"), ElementsAre("10.0.0.1"));
    EXPECT_THAT(lenient->next_hops("172.20.2.0/24"), ElementsAre("10.0.0.2"))
        << "third-party next hop on the shared subnet";
    // It is told the other node's route, counts it and does not use it.
    ASSERT_TRUE(until([&] { return strict->neighbor("10.0.0.1").prefixes(0).received() == 2; }));
    EXPECT_EQ(strict->neighbor("10.0.0.1").prefixes(0).accepted(), 1U);
    EXPECT_THAT(strict->next_hops("172.20.3.0/24"), IsEmpty());
}

TEST_F(Sessions, ANodeIsNoTransit) {
    SpeakerConfig config = agent_config(2);
    config.peers[0].allow_own_as = 1;
    bgp::PeerConfig second = config.peers[0];
    second.address = address("10.0.0.5");
    second.remote_as = bgp::Asn{65005};
    config.peers.push_back(second);
    SpeakerConfig other = router_config();
    other.as = bgp::Asn{65005};
    other.router_id = bgp::RouterId{0x0a000005};
    other.listen_port = 0;
    other.dynamic_neighbors.clear();
    bgp::PeerConfig to_node = config.peers[0];
    to_node.address = address("10.0.0.2");
    to_node.local_address = address("10.0.0.5");
    to_node.local_as = other.as;
    to_node.remote_as = bgp::Asn{65001};
    to_node.graceful_restart.restarting = false;
    other.peers.push_back(to_node);
    config.listen_port = 179;
    SpeakerConfig first = router_config();
    first.listen_port = 1179;
    config.peers[0].remote_port = 1179;
    config.peers[1].passive = true;

    const auto router = start(first, {{prefix("10.10.1.0/24"), {}}});
    const auto upstream = start(other, {{prefix("10.50.0.0/16"), {}}});
    const auto node = start(config, node_routes(2));
    ASSERT_TRUE(until([&] { return node->routes.size() == 2; }));
    ASSERT_TRUE(until([&] { return upstream->routes.size() == 2 && router->routes.size() == 2; }));
    const ipc::BgpTable sent = node->speaker->table(
        {bgp::Family::ipv4_unicast, TableView::Routes::advertised, address("10.0.0.1")});
    EXPECT_EQ(sent.entries_size(), 2);
    EXPECT_THAT(router->next_hops("10.50.0.0/16"), IsEmpty());
    EXPECT_THAT(upstream->next_hops("10.10.1.0/24"), IsEmpty());
}

TEST_F(Sessions, ARouteForSomePeersIsToldToThemOnly) {
    const auto router =
        start(router_config(),
              {{prefix("10.10.1.0/24"), {}}, {prefix("10.10.2.0/24"), {}, {address("10.0.0.3")}}});
    const auto second = start(agent_config(2), {});
    const auto third = start(agent_config(3), {});
    ASSERT_TRUE(until([&] { return third->routes.size() == 2; }));
    ASSERT_TRUE(until([&] { return second->converged == 1; }));
    EXPECT_THAT(second->next_hops("10.10.2.0/24"), IsEmpty());
    EXPECT_EQ(router->neighbor("10.0.0.2").prefixes(0).sent(), 1U);
    EXPECT_EQ(router->neighbor("10.0.0.3").prefixes(0).sent(), 2U);

    router->speaker->set_routes(
        {{prefix("10.10.1.0/24"), {}}, {prefix("10.10.2.0/24"), {}, {address("10.0.0.2")}}});
    ASSERT_TRUE(until([&] { return second->routes.size() == 2 && third->routes.size() == 1; }));
    EXPECT_THAT(third->next_hops("10.10.2.0/24"), IsEmpty());
}

TEST_F(Sessions, IPv6RoutesUseTheOtherAddressOfTheInterface) {
    const auto router = start(router_config(), {});
    const auto agent = start(agent_config(2), {{prefix("fd10:1::/64"), {}}});
    ASSERT_TRUE(until([&] { return router->routes.contains(prefix("fd10:1::/64")); }));
    const auto next_hops = router->next_hops("fd10:1::/64");
    ASSERT_EQ(next_hops.size(), 1U);
    EXPECT_THAT(next_hops.front(), HasSubstr("fd00::"));
}

TEST_F(Sessions, ASessionOverIPv6) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].prefix = prefix("fd00::/64");
    const auto router = start(config, {});
    SpeakerConfig agent = agent_config(2);
    agent.peers[0].address = address("fd00::1");
    agent.peers[0].local_address = address("fd00::2");
    const auto node = start(agent, {{prefix("fd10:1::/64"), {}}});
    ASSERT_TRUE(until([&] { return router->routes.contains(prefix("fd10:1::/64")); }));
    EXPECT_THAT(router->next_hops("fd10:1::/64"), ElementsAre("fd00::2"));
}

TEST_F(Sessions, NobodyUnexpectedIsTalkedTo) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].prefix = prefix("10.0.0.2/32");
    const auto router = start(config, {});
    const auto stranger = start(agent_config(3), node_routes(3));
    const auto expected = start(agent_config(2), node_routes(2));
    ASSERT_TRUE(until([&] { return router->routes.size() == 2; }));
    EXPECT_FALSE(router->established("10.0.0.3"));
    EXPECT_EQ(router->speaker->neighbors({}).size(), 1U);
}

TEST_F(Sessions, TwoSpeakersCannotShareAPort) {
    const auto first = start(router_config(), {});
    Node second(loop_);
    const auto configured = second.speaker->configure(router_config());
    ASSERT_FALSE(configured.has_value());
    EXPECT_THAT(configured.error().message, HasSubstr("TCP port 179"));
}

// More than fits into the sockets: the queue is bounded and goes on when it has drained.
TEST_F(Sessions, ALargeTableArrivesWhole) {
    constexpr unsigned kRoutes = 120000;
    std::vector<LocalRoute> routes;
    for (unsigned index = 0; index < kRoutes; ++index) {
        // Communities of their own, so that every route takes a message.
        const std::uint32_t community = 65001U << 16U | (index & 0xffffU);
        routes.push_back(
            {Prefix::covering(IpAddress::v4(0x14000000 + (index << 8U)), 24), {community, index}});
    }
    const auto router = start(router_config(), {});
    const auto agent = start(agent_config(2), std::move(routes));
    ASSERT_TRUE(until([&] { return router->routes.size() == kRoutes; }, Seconds{30}));
    EXPECT_TRUE(router->established("10.0.0.2"));
    EXPECT_EQ(agent->neighbor("10.0.0.1").prefixes(0).sent(), kRoutes);
}

}  // namespace
}  // namespace torii::speaker
