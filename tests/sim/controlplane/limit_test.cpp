// Limits of prefixes, to the prefix and to the minute.
#include "desk.h"

namespace torii::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Prefix kRoute = prefix("172.20.2.0/24");
const Prefix kOther = prefix("172.20.3.0/24");

class Limits : public Desktop {
protected:
    static speaker::SpeakerConfig with(const bgp::PrefixLimit& limit) {
        speaker::SpeakerConfig result = config();
        result.dynamic_neighbors[0].peer.prefix_limit = limit;
        return result;
    }
    void configure(const bgp::PrefixLimit& limit) {
        ASSERT_TRUE(core_->configure(with(limit)).has_value());
        settle();
    }
    // The node comes and announces two routes.
    void announce_two() {
        first_.establish(desk_.acceptor());
        first_.announce(kRoute);
        first_.announce(kOther);
        settle();
    }
    [[nodiscard]] std::string state() const {
        const auto states = core_->neighbors(first_.info.remote);
        return states.empty() ? "unknown" : states.front().state();
    }
};

constexpr const char* kHeldDown = "Idle (PfxCt)";

TEST_F(Limits, AsManyAsAllowedAreAllowed) {
    start(with({2, 75, false, minutes(1)}));
    announce_two();
    EXPECT_EQ(state(), "Established");
    first_.announce(prefix("172.20.4.0/24"));
    settle();
    EXPECT_EQ(state(), kHeldDown);
}

TEST_F(Limits, AWarningIsNoMore) {
    start(with({1, 75, true, minutes(1)}));
    announce_two();
    EXPECT_EQ(state(), "Established");
}

TEST_F(Limits, AfterTheRestartIntervalTheSessionMayComeAgain) {
    start(with({1, 75, false, minutes(2)}));
    announce_two();
    EXPECT_EQ(state(), kHeldDown);
    world_.run(seconds(119));
    EXPECT_EQ(state(), kHeldDown);
    EXPECT_FALSE(first_.try_dial(desk_.acceptor()));
    world_.run(seconds(2));
    EXPECT_NE(state(), kHeldDown);
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    settle();
    EXPECT_EQ(state(), "Established");
    EXPECT_EQ(core_->neighbors(first_.info.remote).front().prefixes(0).received(), 1U);
}

TEST_F(Limits, WithoutARestartIntervalItStaysDown) {
    start(with({1, 75, false, minutes(0)}));
    announce_two();
    world_.run(hours(24));
    EXPECT_EQ(state(), kHeldDown);
    EXPECT_FALSE(first_.try_dial(desk_.acceptor()));
}

TEST_F(Limits, ANewLimitIsANewBeginning) {
    start(with({1, 75, false, minutes(2)}));
    announce_two();
    EXPECT_EQ(state(), kHeldDown);
    configure({2, 75, false, minutes(2)});
    announce_two();
    EXPECT_EQ(state(), "Established");
    configure({1, 75, false, minutes(0)});
    EXPECT_EQ(state(), kHeldDown) << "a lower one counts what is there";
    world_.run(minutes(5));
    EXPECT_EQ(state(), kHeldDown) << "nothing is left of the first restart interval";
}

// A peer of a range is forgotten while it is away, with all that waited for it; this one is not.
TEST_F(Limits, ANewLimitOfAConfiguredPeerEndsTheFirstRestartInterval) {
    const auto with_peer = [this](const bgp::PrefixLimit& limit) {
        speaker::SpeakerConfig result = config();
        bgp::PeerConfig peer = result.dynamic_neighbors[0].peer;
        peer.address = first_.info.remote;
        peer.passive = true;
        peer.prefix_limit = limit;
        result.peers = {peer};
        return result;
    };
    start(with_peer({1, 75, false, minutes(2)}));
    announce_two();
    EXPECT_EQ(state(), kHeldDown);
    ASSERT_TRUE(core_->configure(with_peer({2, 75, false, minutes(2)})).has_value());
    settle();
    announce_two();
    EXPECT_EQ(state(), "Established");
    ASSERT_TRUE(core_->configure(with_peer({1, 75, false, minutes(0)})).has_value());
    settle();
    EXPECT_EQ(state(), kHeldDown);
    world_.run(minutes(5));
    EXPECT_EQ(state(), kHeldDown);
}

// RFC 4486 section 4.
TEST_F(Limits, ThePeerIsToldWhichAndHowMany) {
    start(with({1, 75, false, minutes(0)}));
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = address("fd00::2");
    bgp::UpdateBuilder builder(bgp::UpdateContext{});
    builder.announce(prefix("fd01::/64"), attributes);
    builder.announce(prefix("fd02::/64"), attributes);
    for (const auto& message : builder.take()) first_.say(message);
    settle();
    const auto told = first_.heard_of<bgp::Notification>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(bgp::text(told[0]), "6/1 Cease/Maximum Number of Prefixes Reached");
    EXPECT_EQ(told[0].data, (std::vector<std::uint8_t>{0, 2, 1, 0, 0, 0, 1})) << "IPv6, 1";
}

// Whoever has announced most gives way, and the others stay.
TEST_F(Limits, WithoutMemoryForMoreTheLargestSessionEndsForAMinute) {
    constexpr std::uint32_t kMany = 9000;
    start(with({}));
    second_.establish(desk_.acceptor());
    second_.announce(kRoute);
    memory_short_ = true;
    first_.establish(desk_.acceptor());
    for (std::uint32_t number = 0; number < kMany; ++number) {
        if (first_.handler == nullptr) break;
        first_.announce(Prefix::covering(IpAddress::v4(0x15000000U + number), 32));
        if (number % 1000 == 999) settle();
    }
    settle();
    memory_short_ = false;
    EXPECT_EQ(state(), kHeldDown);
    const auto told = first_.heard_of<bgp::Notification>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(bgp::text(told[0]), "6/8 Cease/Out of Resources");
    EXPECT_EQ(Desktop::state(second_).state(), "Established");
    EXPECT_EQ(core_->prefixes(bgp::Family::ipv4_unicast), std::vector<Prefix>{kRoute});
    EXPECT_FALSE(first_.try_dial(desk_.acceptor()));
    world_.run(seconds(61));
    EXPECT_TRUE(first_.try_dial(desk_.acceptor()));
}

}  // namespace
}  // namespace torii::sim
