// What other routers taught: a speaker among hand-made nodes, where the moment of each message
// counts and no network blurs it.
#include "controlplane/bgp/update_builder.h"
#include "controlplane/speaker/core.h"
#include "world.h"

#include <gmock/gmock.h>

#include <map>

namespace torii::sim {
namespace {

using bgp::Family;
using speaker::ConnectionHandler;
using speaker::ConnectionInfo;
using testing::ElementsAre;
using testing::IsEmpty;

IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}
Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

// A node that says what the test has it say, and keeps what it hears.
class Node {
public:
    Node(World& world, const char* remote, const char* local, const char* subnet) : world_(world) {
        info.local = address(local);
        info.remote = address(remote);
        info.subnet = prefix(subnet);
        info.local_other = address("fd00::1");
    }

    struct Heard {
        TimePoint when;
        bgp::Message message;
    };

    void dial(speaker::Acceptor& acceptor);
    // Opens the session; End-of-RIB is the test's to say.
    void establish(speaker::Acceptor& acceptor, bool restarts = false);
    void say(const std::vector<std::uint8_t>& octets) {
        ASSERT_NE(handler, nullptr);
        EXPECT_EQ(handler->received(octets), octets.size());
    }
    void announce(const Prefix& route);
    void vanish() {
        if (auto* const told = std::exchange(handler, nullptr)) told->failed();
    }
    [[nodiscard]] std::vector<Heard> updates() const;
    // "10.0.0.0/24 via 10.0.0.1", "-10.0.0.0/24", "End-of-RIB ipv4-unicast"
    [[nodiscard]] std::vector<std::string> told() const;

    ConnectionInfo info;
    ConnectionHandler* handler = nullptr;
    std::vector<Heard> heard;
    unsigned ttl = 0;

private:
    friend class Wire;
    World& world_;
};

// The router's end of a connection to a node.
class Wire final : public speaker::Connection {
public:
    explicit Wire(Node& node) : node_(node) {}
    ~Wire() override { node_.handler = nullptr; }
    void start(ConnectionHandler& handler, const bgp::PeerConfig& peer) override {
        node_.handler = &handler;
        node_.ttl = peer.ttl;
    }
    void send(speaker::SharedOctets octets) override {
        Bytes rest = octets.view();
        while (!rest.empty()) {
            const Bytes frame = bgp::next_frame(rest, bgp::kMessageSizeMax).value().value();
            node_.heard.push_back({node_.world_.now(), bgp::decode(frame, {}).value()});
            rest = rest.subspan(frame.size());
        }
    }
    [[nodiscard]] std::size_t queued() const override { return 0; }
    void finish() override { node_.handler = nullptr; }
    [[nodiscard]] const ConnectionInfo& info() const override { return node_.info; }

private:
    Node& node_;
};

void Node::dial(speaker::Acceptor& acceptor) {
    ASSERT_TRUE(acceptor.expects(info.remote));
    acceptor.incoming(std::make_unique<Wire>(*this));
    ASSERT_NE(handler, nullptr);
}

void Node::establish(speaker::Acceptor& acceptor, bool restarts) {
    dial(acceptor);
    bgp::Open open{bgp::Asn{65001}, Seconds{9}, bgp::RouterId{info.remote.v4_number()}, {}};
    open.capabilities.four_octet_as = open.as;
    open.capabilities.multiprotocol = true;
    open.capabilities.families = bgp::FamilySet::all();
    if (restarts) {
        open.capabilities.graceful_restart = bgp::GracefulRestartCapability{
            false, true, Seconds{15}, bgp::FamilySet::all(), bgp::FamilySet::all()};
    }
    say(bgp::encode(open));
    say(bgp::encode(bgp::Keepalive{}));
}

void Node::announce(const Prefix& route) {
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = info.remote;
    bgp::UpdateBuilder builder(bgp::UpdateContext{});
    builder.announce(route, attributes);
    for (const auto& message : builder.take()) say(message);
}

std::vector<Node::Heard> Node::updates() const {
    std::vector<Heard> found;
    for (const Heard& one : heard) {
        if (std::holds_alternative<bgp::Update>(one.message)) found.push_back(one);
    }
    return found;
}

std::vector<std::string> Node::told() const {
    std::vector<std::string> found;
    for (const Heard& one : updates()) {
        const auto& update = std::get<bgp::Update>(one.message);
        for (const bgp::Unreach& unreach : update.withdrawn) {
            for (const Prefix& route : unreach.prefixes) found.push_back("-" + route.to_string());
        }
        for (const bgp::Reach& reach : update.announced) {
            for (const Prefix& route : reach.prefixes) {
                found.push_back(route.to_string() + " via " + reach.next_hop.to_string());
            }
        }
        if (update.end_of_rib) {
            found.push_back(std::string("End-of-RIB ") + bgp::family_name(*update.end_of_rib));
        }
    }
    return found;
}

// Nothing that it dials ever answers.
class Desk final : public speaker::Transport {
public:
    Result<void> listen(std::uint16_t, speaker::Acceptor& acceptor) override {
        acceptor_ = &acceptor;
        return {};
    }
    Result<void> set_passwords(std::vector<speaker::PeerPassword>) override { return {}; }
    [[nodiscard]] std::unique_ptr<speaker::Connection> dial(const bgp::PeerConfig& peer,
                                                            ConnectionHandler&) override {
        dialed.push_back(peer.address);
        class Unanswered final : public speaker::Connection {
            void start(ConnectionHandler&, const bgp::PeerConfig&) override {}
            void send(speaker::SharedOctets) override {}
            [[nodiscard]] std::size_t queued() const override { return 0; }
            void finish() override {}
            [[nodiscard]] const ConnectionInfo& info() const override { return info_; }
            ConnectionInfo info_;
        };
        return std::make_unique<Unanswered>();
    }
    [[nodiscard]] speaker::Acceptor& acceptor() { return *acceptor_; }

    std::vector<IpAddress> dialed;

private:
    speaker::Acceptor* acceptor_ = nullptr;
};

class Lessons : public testing::Test {
protected:
    // AS 65000, which takes in whoever comes from 10.0.0.0/16.
    static speaker::SpeakerConfig config() {
        speaker::SpeakerConfig config;
        config.as = bgp::Asn{65000};
        config.router_id = bgp::RouterId{1};
        config.families = {{Family::ipv4_unicast, 8, 1}, {Family::ipv6_unicast, 8, 1}};
        bgp::PeerConfig peer;
        peer.local_as = config.as;
        peer.remote_as_rule = bgp::RemoteAsRule::external;
        peer.families = {Family::ipv4_unicast, Family::ipv6_unicast};
        config.dynamic_neighbors = {{prefix("10.0.0.0/16"), peer, 100}};
        return config;
    }
    void start(const speaker::SpeakerConfig& config, std::vector<speaker::LocalRoute> routes = {}) {
        speaker::SpeakerEvents events;
        events.selected = [this](auto routes_of_turn) {
            std::vector<std::string> turn;
            for (const speaker::SelectedRoute& route : routes_of_turn) {
                turn.push_back(fmt::format("{} width {}", route.prefix, route.next_hops.size()));
            }
            std::ranges::sort(turn);
            turns_.push_back(turn);
        };
        events.converged = [this] { ++converged_; };
        core_ =
            std::make_unique<speaker::Core>(world_, desk_, std::move(events), [] { return 1.0; });
        ASSERT_TRUE(core_->configure(config).has_value());
        core_->set_routes(std::move(routes));
        settle();
    }
    // What is due now; no time passes.
    void settle() { world_.run(Duration{0}); }

    World world_{1};
    Desk desk_;
    std::unique_ptr<speaker::Core> core_;
    std::vector<std::vector<std::string>> turns_;  // of selection
    unsigned converged_ = 0;
    Node first_{world_, "10.0.0.2", "10.0.0.1", "10.0.0.0/24"};
    Node second_{world_, "10.0.0.3", "10.0.0.1", "10.0.0.0/24"};
    // On another subnet, so it is told our address as next hop, whoever the source is.
    Node far_{world_, "10.0.1.2", "10.0.1.1", "10.0.1.0/24"};
};

// A node that has restarted sends nothing before it: with FRR's delay it would be seconds.
TEST_F(Lessons, EndOfRibAtOnceForEveryFamilyEvenOfAnEmptyTable) {
    start(config());
    world_.run(Seconds{5});
    first_.establish(desk_.acceptor());
    settle();
    EXPECT_THAT(first_.told(), ElementsAre("End-of-RIB ipv4-unicast", "End-of-RIB ipv6-unicast"));
    for (const Node::Heard& one : first_.updates()) EXPECT_EQ(one.when, world_.now());
}

TEST_F(Lessons, AFreshPeerHasTheTableAtOnceAndEndOfRibBehindIt) {
    start(config(), {{prefix("10.10.1.0/24"), {}}});
    first_.establish(desk_.acceptor());
    settle();
    EXPECT_THAT(first_.told(), ElementsAre("10.10.1.0/24 via 10.0.0.1", "End-of-RIB ipv4-unicast",
                                           "End-of-RIB ipv6-unicast"));
}

TEST_F(Lessons, AChangeGoesOutInTheMomentItComesIn) {
    start(config());
    first_.establish(desk_.acceptor());
    far_.establish(desk_.acceptor());
    settle();
    world_.run(Seconds{2});
    const std::size_t before = far_.told().size();
    first_.announce(prefix("172.20.2.0/24"));
    settle();
    ASSERT_EQ(far_.told().size(), before + 1);
    EXPECT_EQ(far_.told().back(), "172.20.2.0/24 via 10.0.1.1");
    first_.vanish();
    settle();
    EXPECT_EQ(far_.told().back(), "-172.20.2.0/24");
    EXPECT_EQ(far_.updates().back().when, world_.now());
}

TEST_F(Lessons, AnEqualPathThatDiesIsNotToldAgain) {
    start(config());
    for (Node* const node : {&first_, &second_, &far_}) node->establish(desk_.acceptor());
    for (unsigned number = 0; number < 50; ++number) {
        const Prefix service = Prefix::host(IpAddress::v4(0xc0a85a00 + number));
        first_.announce(service);
        second_.announce(service);
    }
    settle();
    const std::size_t before = far_.updates().size();
    first_.vanish();
    settle();
    EXPECT_EQ(turns_.back().size(), 50U) << "the next hops are fewer";
    EXPECT_EQ(far_.updates().size(), before);
    second_.vanish();
    settle();
    EXPECT_GT(far_.updates().size(), before);
}

// A node's default gateway may be an address of another interface of the router.
TEST_F(Lessons, ASessionMayEndAtAnyAddressOfOurs) {
    start(config(), {{prefix("10.10.1.0/24"), {}}});
    Node node(world_, "10.0.2.9", "10.0.0.1", "10.0.2.0/24");
    node.establish(desk_.acceptor());
    settle();
    EXPECT_EQ(node.ttl, 1) << "directly connected, as the peer's address says";
    EXPECT_EQ(node.told().front(), "10.10.1.0/24 via 10.0.0.1") << "the session's own address";
}

// Cilium's nodes never listen: whoever dials them is refused, and waits.
TEST_F(Lessons, NodesOfARangeAreNeverDialed) {
    start(config());
    first_.establish(desk_.acceptor());
    settle();
    first_.vanish();
    world_.run(std::chrono::hours{1});
    EXPECT_THAT(desk_.dialed, IsEmpty());
}

TEST_F(Lessons, WithoutAPolicyANodeIsToldNothingButTheEnd) {
    speaker::SpeakerConfig strict = config();
    strict.ebgp_requires_policy = true;
    start(strict, {{prefix("10.10.1.0/24"), {}}});
    for (Node* const node : {&first_, &far_}) node->establish(desk_.acceptor());
    first_.announce(prefix("172.20.2.0/24"));
    settle();
    EXPECT_THAT(far_.told(), ElementsAre("End-of-RIB ipv4-unicast", "End-of-RIB ipv6-unicast"));
    EXPECT_THAT(turns_, IsEmpty()) << "nor is anything learned (RFC 8212)";
}

TEST_F(Lessons, AfterARestartAllIsSelectedInOneTurnOnceEverybodyHasToldAll) {
    speaker::SpeakerConfig restarted = config();
    restarted.after_restart = true;
    bgp::PeerConfig peer = restarted.dynamic_neighbors[0].peer;
    peer.passive = true;
    for (const Node* const node : {&first_, &second_}) {
        peer.address = node->info.remote;
        restarted.peers.push_back(peer);
    }
    restarted.dynamic_neighbors.clear();  // who else comes from a range cannot be known
    start(restarted);
    const auto end = [](Node& node) {
        for (const Family family : bgp::kFamilies) node.say(bgp::end_of_rib(family));
    };
    first_.establish(desk_.acceptor(), true);
    first_.announce(prefix("192.168.90.1/32"));
    first_.announce(prefix("172.20.2.0/24"));
    end(first_);
    world_.run(Seconds{1});
    EXPECT_THAT(turns_, IsEmpty()) << "the other has not spoken yet";
    EXPECT_THAT(first_.told(), IsEmpty()) << "nor is the end of a table told that is not complete";
    second_.establish(desk_.acceptor(), true);
    second_.announce(prefix("192.168.90.1/32"));
    second_.say(bgp::end_of_rib(Family::ipv6_unicast));
    world_.run(Seconds{1});
    EXPECT_THAT(turns_, IsEmpty()) << "one family is not over";
    EXPECT_EQ(converged_, 0U);
    second_.say(bgp::end_of_rib(Family::ipv4_unicast));
    settle();
    EXPECT_THAT(turns_,
                ElementsAre(ElementsAre("172.20.2.0/24 width 1", "192.168.90.1/32 width 2")));
    EXPECT_EQ(converged_, 1U);
}

}  // namespace
}  // namespace torii::sim
