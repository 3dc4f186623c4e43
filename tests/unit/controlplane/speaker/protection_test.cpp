// What keeps others out of a session: TCP MD5, GTSM, and the cap on silent connections.
#include "controlplane/speaker/socket_transport.h"
#include "private_network.h"

#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torii::speaker {
namespace {

using testing::HasSubstr;

class Protection : public Sessions {
protected:
    // A refused connection is one that has not come up in this time; signed ones take milliseconds.
    [[nodiscard]] bool comes_up(const Node& router, const std::string& peer, Duration within) {
        return until([&] { return router.established(peer); }, within);
    }

    static constexpr Seconds kRefused{2};
    static constexpr Seconds kAccepted{10};
};

SpeakerConfig with_password(SpeakerConfig agent, const std::string& password) {
    agent.peers[0].password = password;
    return agent;
}

TEST_F(Protection, APasswordOfARangeIsAskedOfAllInIt) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.password = "canary-secret";
    const auto router = start(config, {});
    const auto signed_node = start(with_password(agent_config(2), "canary-secret"), {});
    const auto plain = start(agent_config(3), {});
    const auto wrong = start(with_password(agent_config(4), "another"), {});
    ASSERT_TRUE(comes_up(*router, "10.0.0.2", kAccepted));
    EXPECT_FALSE(comes_up(*router, "10.0.0.3", kRefused));
    EXPECT_FALSE(router->established("10.0.0.4"));

    // Taken away from the listeners with the configuration, the others get in.
    config.dynamic_neighbors[0].peer.password.clear();
    ASSERT_TRUE(router->speaker->configure(config).has_value());
    EXPECT_TRUE(comes_up(*router, "10.0.0.3", kAccepted));
}

TEST_F(Protection, APasswordOfOneNeighborOverIPv6) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors.clear();
    for (const char* const peer : {"fd00::2", "fd00::3"}) {
        bgp::PeerConfig neighbor = router_config().dynamic_neighbors[0].peer;
        neighbor.address = address(peer);
        neighbor.passive = true;
        neighbor.password = "canary-secret";
        config.peers.push_back(neighbor);
    }
    const auto router = start(config, {});
    const auto agent = [](unsigned host, const std::string& password) {
        SpeakerConfig result = with_password(agent_config(host), password);
        result.peers[0].address = address("fd00::1");
        result.peers[0].local_address = address("fd00::" + std::to_string(host));
        return result;
    };
    const auto right = start(agent(2, "canary-secret"), {});
    const auto wrong = start(agent(3, "wrong"), {});
    ASSERT_TRUE(comes_up(*router, "fd00::2", kAccepted));
    EXPECT_FALSE(comes_up(*router, "fd00::3", kRefused));
}

TEST_F(Protection, APasswordThatTheKernelDoesNotTakeIsNotInTheError) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.password = std::string(81, 'x');
    Node router(loop_);
    const auto configured = router.speaker->configure(config);
    ASSERT_FALSE(configured.has_value());
    EXPECT_THAT(configured.error().message, HasSubstr("more than 80 octets"));
    EXPECT_THAT(configured.error().message, testing::Not(HasSubstr("xxx")));
}

// RFC 5082: the router takes segments with a TTL of 255 only, and only one node sends those.
TEST_F(Protection, SegmentsThatMayHaveCrossedARouterAreDropped) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].peer.ttl = 255;
    config.dynamic_neighbors[0].peer.ttl_min = 255;
    const auto router = start(config, {});
    SpeakerConfig near = agent_config(2);
    near.peers[0].ttl = 255;
    near.peers[0].ttl_min = 255;
    const auto direct = start(near, {});
    SpeakerConfig far = agent_config(3);
    far.peers[0].ttl = 254;
    const auto distant = start(far, {});
    ASSERT_TRUE(comes_up(*router, "10.0.0.2", kAccepted));
    EXPECT_FALSE(comes_up(*router, "10.0.0.3", kRefused));
    // Its OPEN may have been there before the router looked at the hops.
    EXPECT_EQ(distant->neighbor("10.0.0.1").received().opens(), 0U) << "it is not talked to";
}

// And the dialing side: its peer answers with a TTL of 1.
TEST_F(Protection, TheDialingSideLooksAtTheHopsTooOverIPv6) {
    SpeakerConfig config = router_config();
    config.dynamic_neighbors[0].prefix = prefix("fd00::/64");
    const auto router = start(config, {});
    SpeakerConfig strict = agent_config(2);
    SpeakerConfig lenient = agent_config(3);
    for (SpeakerConfig* each : {&strict, &lenient}) {
        each->peers[0].address = address("fd00::1");
        each->peers[0].ttl = 255;
    }
    strict.peers[0].local_address = address("fd00::2");
    lenient.peers[0].local_address = address("fd00::3");
    strict.peers[0].ttl_min = 255;
    const auto first = start(strict, {});
    const auto second = start(lenient, {});
    ASSERT_TRUE(comes_up(*router, "fd00::3", kAccepted));
    EXPECT_FALSE(comes_up(*router, "fd00::2", kRefused));
}

// Connections that say nothing.
class Silent {
public:
    explicit Silent(const std::string& from) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in local{};
        local.sin_family = AF_INET;
        ::inet_pton(AF_INET, from.c_str(), &local.sin_addr);
        sockaddr_in router = local;
        ::inet_pton(AF_INET, "10.0.0.1", &router.sin_addr);
        router.sin_port = htons(179);
        const bool connected =
            ::bind(socket_, reinterpret_cast<sockaddr*>(&local), sizeof(local)) == 0 &&
            ::connect(socket_, reinterpret_cast<sockaddr*>(&router), sizeof(router)) == 0;
        EXPECT_TRUE(connected) << from;
    }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    ~Silent() { ::close(socket_); }

    // The router has hung up: everything it sent (an OPEN, if that) is followed by the end.
    [[nodiscard]] bool closed() const {
        char octets[512];
        while (true) {
            const ssize_t got = ::recv(socket_, octets, sizeof(octets), MSG_DONTWAIT);
            if (got == 0) return true;
            if (got < 0) return errno != EAGAIN;
        }
    }

private:
    int socket_;
};

TEST_F(Protection, OnlyTwoSilentConnectionsOfOneAddressAreKept) {
    const auto router = start(router_config(), {});
    std::vector<std::unique_ptr<Silent>> all;
    for (int count = 0; count < 10; ++count) all.push_back(std::make_unique<Silent>("10.0.0.5"));
    const auto open = [&] {
        return std::ranges::count_if(all, [](const auto& each) { return !each->closed(); });
    };
    EXPECT_TRUE(until([&] { return open() == 2; }));
    const auto node = start(agent_config(2), {});
    EXPECT_TRUE(comes_up(*router, "10.0.0.2", kAccepted)) << "others are not kept out";
}

}  // namespace
}  // namespace torii::speaker
