// The interval between advertisements (RFC 4271 section 9.2.1.1).
#include "desk.h"

#include <map>

namespace torii::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Seconds kInterval{30};
constexpr Duration kMoment = std::chrono::milliseconds(1);
const Prefix kRoute = prefix("172.20.2.0/24");
const Prefix kOther = prefix("172.20.3.0/24");
const Prefix kThird = prefix("172.20.4.0/24");

class IntervalSim : public Desktop {
protected:
    // Of the far node only: the others are of the range.
    [[nodiscard]] speaker::SpeakerConfig with_interval(Seconds interval = kInterval) const {
        speaker::SpeakerConfig with = config();
        bgp::PeerConfig peer = with.dynamic_neighbors[0].peer;
        peer.passive = true;
        peer.address = far_.info.remote;
        peer.advertisement_interval = interval;
        with.peers = {peer};
        return with;
    }
    // Without a hold time: nobody has to keep it alive.
    void establish(Node& node) {
        bgp::Open open = node.open(false);
        open.hold_time = Seconds{0};
        node.establish(desk_.acceptor(), open);
    }
    // The far node's session with a table of one route.
    void begin() {
        start(with_interval());
        establish(first_);
        first_.announce(kRoute);
        establish(far_);
        settle();
    }
    // What the far node was told since the last time.
    [[nodiscard]] std::vector<std::string> news() {
        std::vector<std::string> all = far_.told();
        const std::size_t before = std::exchange(told_, all.size());
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before));
        return all;
    }
    void announce(const Prefix& route, std::uint32_t community) {
        first_.announce(route, {community});
    }
    // The community that the far node has of a route.
    [[nodiscard]] std::map<Prefix, std::uint32_t> far_table() const {
        std::map<Prefix, std::uint32_t> table;
        for (const auto& update : far_.heard_of<bgp::Update>()) {
            for (const bgp::Unreach& unreach : update.withdrawn) {
                for (const Prefix& route : unreach.prefixes) table.erase(route);
            }
            for (const bgp::Reach& reach : update.announced) {
                const auto& communities = bgp::attributes_of(update, reach).communities;
                for (const Prefix& route : reach.prefixes) {
                    table[route] = communities.empty() ? 0 : communities.front();
                }
            }
        }
        return table;
    }

    std::size_t told_ = 0;
};

TEST_F(IntervalSim, TheFirstTableAndItsEndAreNotDelayed) {
    begin();
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1", "End-of-RIB ipv4-unicast",
                                    "End-of-RIB ipv6-unicast"));
    EXPECT_EQ(state(far_).advertisement_interval(), 30U);
}

// A table that goes out in several portions is one, too.
TEST_F(IntervalSim, ALargeTableIsNotDelayed) {
    constexpr std::uint32_t kRoutes = 7000;
    start(with_interval());
    establish(first_);
    for (std::uint32_t number = 0; number < kRoutes; ++number) {
        first_.announce(Prefix::host(IpAddress::v4(0x0a090000U + number)));
    }
    settle();
    establish(far_);
    settle();
    EXPECT_EQ(far_table().size(), kRoutes);
    EXPECT_THAT(far_.told(), testing::Contains("End-of-RIB ipv4-unicast"));
}

TEST_F(IntervalSim, ATableWithoutRoutesIsNoAdvertisement) {
    start(with_interval());
    establish(first_);
    establish(far_);
    settle();
    (void)news();
    first_.announce(kRoute);
    settle();
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1"));
}

TEST_F(IntervalSim, WhatChangesIsToldWhenTheIntervalIsOver) {
    begin();
    (void)news();
    establish(second_);
    first_.announce(kOther);
    world_.run(kInterval - kMoment);
    EXPECT_THAT(news(), IsEmpty());
    EXPECT_THAT(second_.told(), testing::Contains("172.20.3.0/24 via 10.0.0.2"))
        << "others do not wait";
    world_.run(kMoment);
    EXPECT_THAT(news(), ElementsAre("172.20.3.0/24 via 10.0.1.1"));
    // Nothing has changed for longer than that: the next goes at once, the one behind it does not.
    world_.run(2 * kInterval);
    first_.announce(kThird);
    settle();
    EXPECT_THAT(news(), ElementsAre("172.20.4.0/24 via 10.0.1.1"));
    announce(kThird, 1);
    world_.run(kInterval - kMoment);
    EXPECT_THAT(news(), IsEmpty());
    world_.run(kMoment);
    EXPECT_THAT(news(), ElementsAre("172.20.4.0/24 via 10.0.1.1"));
}

TEST_F(IntervalSim, OnlyTheLastStateIsTold) {
    begin();
    (void)news();
    for (std::uint32_t community = 1; community <= 5; ++community) {
        announce(kRoute, community);
        world_.run(Seconds(1));
    }
    first_.announce(kOther);
    first_.withdraw(kOther);
    world_.run(kInterval);
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1"));
    EXPECT_EQ(far_table(), (std::map<Prefix, std::uint32_t>{{kRoute, 5}}));
}

TEST_F(IntervalSim, WithdrawalsGoAtOnce) {
    begin();
    (void)news();
    announce(kRoute, 1);
    settle();
    first_.withdraw(kRoute);
    settle();
    EXPECT_THAT(news(), ElementsAre("-172.20.2.0/24"));
    EXPECT_EQ(state(far_).prefixes(0).sent(), 0U);
    first_.announce(kRoute);
    world_.run(kInterval - kMoment);
    EXPECT_THAT(news(), IsEmpty());
    world_.run(kMoment);
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1"));
    EXPECT_EQ(state(far_).prefixes(0).sent(), 1U);
    first_.vanish();
    settle();
    EXPECT_THAT(news(), ElementsAre("-172.20.2.0/24")) << "the peer that it came from is gone";
}

TEST_F(IntervalSim, AWholeTableIsNotDelayed) {
    begin();
    announce(kRoute, 1);
    first_.announce(kOther);
    settle();
    (void)news();
    far_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshRequest}));
    settle();
    EXPECT_THAT(news(), testing::UnorderedElementsAre("172.20.2.0/24 via 10.0.1.1",
                                                      "172.20.3.0/24 via 10.0.1.1"));
    announce(kRoute, 2);
    settle();
    EXPECT_THAT(news(), IsEmpty()) << "it was an advertisement, too";
}

TEST_F(IntervalSim, AnotherIntervalCountsAtOnce) {
    begin();
    announce(kRoute, 1);
    settle();
    (void)news();
    ASSERT_TRUE(core_->configure(with_interval(Seconds(0))).has_value());
    settle();
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1"));
    announce(kRoute, 2);
    settle();
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1"));
    EXPECT_EQ(state(far_).established_count(), 1U) << "the session does not end";
}

TEST_F(IntervalSim, ASessionThatEndsInThePauseComesBackWithoutOne) {
    begin();
    announce(kRoute, 1);
    settle();
    far_.vanish();
    settle();
    (void)news();
    establish(far_);
    settle();
    EXPECT_THAT(news(), ElementsAre("172.20.2.0/24 via 10.0.1.1", "End-of-RIB ipv4-unicast",
                                    "End-of-RIB ipv6-unicast"));
    world_.run(2 * kInterval);
    EXPECT_THAT(news(), IsEmpty());
}

// What the RFC says, under load: many routes, more than one batch, that change again and again.
TEST_F(IntervalSim, TwoAdvertisementsOfARouteAreNeverCloser) {
    constexpr unsigned kRoutes = 5000;
    for (int round = 0; round < 3; ++round) {
        SCOPED_TRACE(round);
        far_.heard.clear();
        begin();
        std::map<Prefix, std::uint32_t> wanted{{kRoute, 0}};
        for (unsigned step = 0; step < 60; ++step) {
            const unsigned count = step % 20 == 0 ? kRoutes : 50;
            for (unsigned change = 0; change < count; ++change) {
                const auto number = static_cast<std::uint32_t>(world_.chance(kRoutes));
                const Prefix route = Prefix::host(IpAddress::v4(0x0a090000U + number));
                if (world_.chance(4) == 0) {
                    first_.withdraw(route);
                    wanted.erase(route);
                } else {
                    const auto community = static_cast<std::uint32_t>(1 + world_.chance(1000));
                    announce(route, community);
                    wanted[route] = community;
                }
            }
            world_.run(world_.delay(std::chrono::seconds(5)));
        }
        world_.run(3 * kInterval);
        EXPECT_EQ(far_table(), wanted);
        std::map<Prefix, TimePoint> last;
        std::size_t advertised = 0;
        for (const Node::Heard& one : far_.updates()) {
            for (const bgp::Reach& reach : std::get<bgp::Update>(one.message).announced) {
                for (const Prefix& route : reach.prefixes) {
                    const auto [found, first] = last.try_emplace(route, one.when);
                    if (!first) {
                        EXPECT_GE(one.when - found->second, kInterval) << route.to_string();
                    }
                    found->second = one.when;
                    ++advertised;
                }
            }
        }
        EXPECT_GT(advertised, std::size_t{kRoutes}) << "there was something to look at";
        first_.vanish();
        far_.vanish();
    }
}

}  // namespace
}  // namespace torii::sim
