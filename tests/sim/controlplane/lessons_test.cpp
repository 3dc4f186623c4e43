// What other routers taught.
#include "desk.h"

namespace torii::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Lessons = Desktop;

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
    core_.reset();  // it has the other end of this node's connection
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
