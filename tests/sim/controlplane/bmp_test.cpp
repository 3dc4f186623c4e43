// What BMP stations are told, and how little they can do about us.
#include "collector.h"
#include "desk.h"

#include <fmt/format.h>

namespace torii::sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class Bmp : public Desktop {
protected:
    void monitor(std::size_t buffer_limit = std::size_t{1} << 20U, Seconds statistics = {}) {
        config_.system_name = "tor";
        config_.stations = {
            {"one", address("10.0.9.9"), 5000, std::nullopt, statistics, buffer_limit}};
        if (!monitor_) {
            monitor_ = std::make_unique<monitoring::BmpMonitor>(world_, collector_, *core_, [this] {
                return std::chrono::duration_cast<monitoring::UnixTime>(
                    world_.now().time_since_epoch());
            });
        }
        monitor_->configure(config_);
        settle();
    }
    [[nodiscard]] ipc::BmpStationState station() const { return monitor_->stations().stations(0); }
    void TearDown() override { monitor_.reset(); }

    static Prefix route(unsigned number) {
        return Prefix::covering(IpAddress::v4(0xac140000 + (number << 8U)), 24);
    }
    // Each with attributes of its own, so that each is a message.
    void announce_many(Node& node, unsigned count) {
        for (unsigned number = 0; number < count; ++number) {
            node.announce(route(number), {number});
        }
        settle();
    }
    static void withdraw(Node& node, const Prefix& prefix) {
        bgp::UpdateBuilder builder(bgp::UpdateContext{});
        builder.withdraw(prefix);
        for (const auto& message : builder.take()) node.say(message);
    }
    // What has arrived since the last call.
    [[nodiscard]] std::vector<std::string> news() {
        std::vector<std::string> fresh(
            collector_.told.begin() +
                static_cast<std::ptrdiff_t>(std::min(seen_, collector_.told.size())),
            collector_.told.end());
        seen_ = collector_.told.size();
        return fresh;
    }

    Collector collector_{world_};
    monitoring::BmpConfig config_;
    std::unique_ptr<monitoring::BmpMonitor> monitor_;
    std::size_t seen_ = 0;
};

TEST_F(Bmp, AStationIsToldWhereWeStandAndThenWhatIsNew) {
    start(config());
    first_.establish(desk_.acceptor());
    first_.announce(route(2));
    monitor();
    EXPECT_THAT(news(),
                ElementsAre("initiation tor", "up 10.0.0.2 as 65001", "10.0.0.2 +172.20.2.0/24",
                            "10.0.0.2 end ipv4-unicast", "10.0.0.2 end ipv6-unicast"));
    EXPECT_EQ(collector_.target.remote_port, 5000);
    first_.announce(route(3));
    second_.establish(desk_.acceptor());
    second_.announce(route(4));
    second_.say(bgp::end_of_rib(Family::ipv4_unicast));
    withdraw(first_, route(2));
    settle();
    EXPECT_THAT(news(), ElementsAre("10.0.0.2 +172.20.3.0/24", "up 10.0.0.3 as 65001",
                                    "10.0.0.3 +172.20.4.0/24", "10.0.0.3 end ipv4-unicast",
                                    "10.0.0.2 -172.20.2.0/24"));
    first_.vanish();
    settle();
    EXPECT_THAT(news(), ElementsAre("down 10.0.0.2 reason 4"));
    EXPECT_EQ(station().state(), "Up");
    EXPECT_EQ(station().messages_sent(), 11U);
}

// RFC 7854 section 4.10: both OPENs as they were sent.
TEST_F(Bmp, PeerUpHasBothOpens) {
    start(config());
    monitor();
    first_.establish(desk_.acceptor());
    settle();
    std::vector<std::uint8_t> opens = bgp::encode(first_.heard_of<bgp::Open>().front());
    const std::vector<std::uint8_t> received = bgp::encode(first_.open(false));
    opens.insert(opens.end(), received.begin(), received.end());
    EXPECT_EQ(collector_.last_up, opens);
}

TEST_F(Bmp, WhyASessionEndedIsTold) {
    start(config());
    monitor();
    first_.establish(desk_.acceptor());
    first_.say(bgp::encode(bgp::cease(bgp::Cease::administrative_reset)));
    second_.establish(desk_.acceptor());
    settle();
    static_cast<void>(core_->clear({}, speaker::ClearKind::hard));
    settle();
    EXPECT_THAT(collector_.told,
                IsSupersetOf({"down 10.0.0.2 reason 3", "down 10.0.0.3 reason 1"}));
}

TEST_F(Bmp, WhatPolicyRejectsIsToldTooForItIsBeforePolicy) {
    start(config());
    first_.establish(desk_.acceptor());
    first_.announce_with_path(route(2), {bgp::Asn{65001}, bgp::Asn{65000}});
    monitor();
    EXPECT_THAT(collector_.told, Contains("10.0.0.2 +172.20.2.0/24"));
    EXPECT_EQ(core_->neighbors(first_.info.remote)[0].prefixes(0).accepted(), 0U);
}

// RFC 7606: a station that believed the octets would have a route that we do not have.
TEST_F(Bmp, AnUpdateWithErrorsIsToldAsItCounts) {
    start(config());
    monitor(std::size_t{1} << 20U, Seconds{10});
    first_.establish(desk_.acceptor());
    first_.announce(route(2));
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = first_.info.remote;
    bgp::UpdateBuilder builder(bgp::UpdateContext{});
    builder.announce(route(2), attributes);
    std::vector<std::uint8_t> message = builder.take().front();
    ASSERT_EQ(message[24], 1U) << "ORIGIN";
    message[26] = 7;
    first_.say(message);
    settle();
    EXPECT_THAT(news(), ElementsAre("initiation tor", "up 10.0.0.2 as 65001",
                                    "10.0.0.2 +172.20.2.0/24", "10.0.0.2 -172.20.2.0/24"));
    first_.announce(route(3));
    for (int half_second = 0; half_second < 21; ++half_second) {
        world_.run(std::chrono::milliseconds(500));
        if (half_second % 4 == 0) first_.say(bgp::encode(bgp::Keepalive{}));
    }
    EXPECT_THAT(news(),
                ElementsAre("10.0.0.2 +172.20.3.0/24", "statistics 10.0.0.2 routes 1 errors 1"));
}

TEST_F(Bmp, AStationThatIsNotThereIsTriedEverMoreRarely) {
    start(config());
    collector_.accepts = false;
    monitor();
    world_.run(Seconds{300});
    std::vector<std::int64_t> pauses;
    for (std::size_t index = 1; index < collector_.dialed.size(); ++index) {
        const Duration pause = collector_.dialed[index] - collector_.dialed[index - 1];
        pauses.push_back(std::chrono::duration_cast<Seconds>(pause).count());
    }
    EXPECT_THAT(pauses, ElementsAre(1, 2, 4, 8, 16, 32, 60, 60, 60));
    EXPECT_EQ(station().state(), "Down");
    EXPECT_EQ(station().last_error(), "cannot connect");
    collector_.accepts = true;
    world_.run(Seconds{60});
    EXPECT_THAT(collector_.told, ElementsAre("initiation tor"));
}

TEST_F(Bmp, AStationThatDoesNotReadIsBegunAnew) {
    start(config());
    first_.establish(desk_.acceptor());
    monitor();
    collector_.reads = false;
    for (unsigned round = 0; station().overruns() == 0 && round < 100; ++round) {
        announce_many(first_, 200);
    }
    EXPECT_EQ(station().overruns(), 1U);
    EXPECT_EQ(station().state(), "Down");
    EXPECT_EQ(station().queued(), 0U) << "nothing is kept for it";
    collector_.reads = true;
    world_.run(Seconds{2});
    EXPECT_EQ(station().state(), "Up");
    EXPECT_EQ(station().connections(), 2U);
    EXPECT_EQ(collector_.routes["10.0.0.2"].size(), 200U);
}

// However slow it is, as long as it takes something, the tables alone never overrun it.
TEST_F(Bmp, TablesGoAsFastAsTheStationReads) {
    start(config());
    first_.establish(desk_.acceptor());
    announce_many(first_, 8000);
    collector_.reads = false;
    monitor();
    std::size_t most = 0;
    unsigned rounds = 0;
    for (; station().tables_pending() != 0 || station().queued() != 0; ++rounds) {
        ASSERT_LT(rounds, 2000U);
        most = std::max<std::size_t>(most, station().queued());
        collector_.read(4096);
        settle();
    }
    EXPECT_EQ(collector_.routes["10.0.0.2"].size(), 8000U);
    EXPECT_EQ(station().overruns(), 0U);
    EXPECT_LT(most, 2 * monitoring::BmpStation::kAhead);
    EXPECT_GT(rounds, 100U);
}

TEST_F(Bmp, AStationThatHangsIsGivenUp) {
    start(config());
    monitor();
    collector_.reads = false;
    first_.establish(desk_.acceptor());
    settle();
    EXPECT_GT(station().queued(), 0U);
    world_.run(monitoring::BmpStation::kStalled - Seconds{1});
    EXPECT_EQ(station().overruns(), 0U);
    world_.run(Seconds{2});
    EXPECT_EQ(station().overruns(), 1U);
    EXPECT_THAT(station().last_error(), testing::HasSubstr("took nothing for 90 s"));
}

TEST_F(Bmp, ASessionThatEndsWhileItsTableIsSentIsNotToldAnyMore) {
    start(config());
    first_.establish(desk_.acceptor());
    announce_many(first_, 8000);
    collector_.reads = false;
    monitor();
    EXPECT_EQ(station().tables_pending(), 2U);
    first_.vanish();
    settle();
    first_.establish(desk_.acceptor());
    first_.announce(route(9));
    settle();
    collector_.reads = true;
    collector_.read_all();
    world_.run(Seconds{1});
    EXPECT_EQ(station().tables_pending(), 0U);
    EXPECT_THAT(collector_.told, Not(Contains("of a peer that is down: 10.0.0.2")));
    const auto down = std::ranges::find(collector_.told, "down 10.0.0.2 reason 4");
    ASSERT_NE(down, collector_.told.end());
    EXPECT_THAT(std::vector<std::string>(down + 1, collector_.told.end()),
                ElementsAre("up 10.0.0.2 as 65001", "10.0.0.2 +172.20.9.0/24"));
}

// RFC 4724: what is kept for a peer that restarts has not been said in its new session.
TEST_F(Bmp, StaleRoutesAreNotOfTheNewSession) {
    speaker::SpeakerConfig helping = config();
    helping.dynamic_neighbors[0].peer.graceful_restart.restarting = true;
    start(helping);
    first_.establish(desk_.acceptor(), true);
    first_.announce(route(2));
    settle();
    first_.vanish();
    first_.establish(desk_.acceptor(), true);
    first_.announce(route(3));
    monitor();
    EXPECT_EQ(core_->neighbors(first_.info.remote)[0].prefixes(0).received(), 2U);
    EXPECT_THAT(collector_.routes["10.0.0.2"], ElementsAre("172.20.3.0/24"));
}

// RFC 7313: a route that is not repeated is gone, without a withdrawal.
TEST_F(Bmp, WhatIsNotRepeatedInARefreshIsToldAsWithdrawn) {
    start(config());
    monitor();
    bgp::Open open = first_.open(false);
    open.capabilities.route_refresh = true;
    open.capabilities.enhanced_route_refresh = true;
    first_.establish(desk_.acceptor(), open);
    first_.announce(route(2));
    first_.announce(route(3));
    settle();
    first_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshBegin}));
    first_.announce(route(3));
    first_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshEnd}));
    settle();
    EXPECT_EQ(collector_.told.back(), "10.0.0.2 -172.20.2.0/24");
    EXPECT_THAT(collector_.routes["10.0.0.2"], ElementsAre("172.20.3.0/24"));
}

TEST_F(Bmp, TheEndIsTold) {
    start(config());
    monitor();
    monitor_->configure(config_);
    settle();
    EXPECT_EQ(collector_.dialed.size(), 1U) << "nothing has changed";
    config_.stations[0].port = 5001;
    monitor_->configure(config_);
    settle();
    EXPECT_TRUE(collector_.ended);
    EXPECT_EQ(collector_.dialed.size(), 2U);
    collector_.ended = false;
    config_.stations.clear();
    monitor_->configure(config_);
    EXPECT_TRUE(collector_.ended);
    EXPECT_EQ(monitor_->stations().stations_size(), 0);
    first_.establish(desk_.acceptor());
    world_.run(Seconds{100});
    EXPECT_EQ(collector_.dialed.size(), 2U);
}

// Whatever happens in whatever order, a station that reads to the end knows what we know.
TEST_F(Bmp, StationsAndTablesAgreeInTheEnd) {
    start(config());
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        std::mt19937_64 chance(seed);
        std::vector<Node*> nodes{&first_, &second_};
        for (Node* node : nodes) {
            if (node->handler == nullptr) node->establish(desk_.acceptor());
        }
        collector_.reads = false;
        config_.stations.clear();
        if (monitor_) monitor_->configure(config_);
        for (unsigned step = 0; step < 300; ++step) {
            Node& node = *nodes[chance() % 2];
            const Prefix prefix = route(static_cast<unsigned>(chance() % 2000));
            if (step == chance() % 20) monitor(std::size_t{64} << 20U);
            if (chance() % 100 == 0) node.vanish();
            if (node.handler == nullptr) node.establish(desk_.acceptor());
            if (chance() % 3 == 0) {
                withdraw(node, prefix);
            } else {
                node.announce(prefix, {static_cast<std::uint32_t>(chance())});
            }
            if (chance() % 4 == 0) collector_.read(chance() % 3000);
            if (chance() % 2 == 0) settle();
        }
        monitor(std::size_t{64} << 20U);
        while (station().queued() != 0 || station().tables_pending() != 0) {
            collector_.read_all();
            settle();
        }
        ASSERT_THAT(collector_.told, Not(Contains(testing::HasSubstr("is down:"))));
        const ipc::BgpTable table = core_->table({}, std::nullopt);
        std::map<std::string, std::set<std::string>> expected{{"10.0.0.2", {}}, {"10.0.0.3", {}}};
        for (const auto& entry : table.entries()) {
            for (const auto& path : entry.paths()) {
                expected[path.peer_address()].insert(entry.prefix());
            }
        }
        ASSERT_EQ(collector_.routes, expected) << "seed " << seed;
    }
}

}  // namespace
}  // namespace torii::sim
