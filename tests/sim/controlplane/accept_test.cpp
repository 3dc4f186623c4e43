// Whose connections are taken in, how many of those that say nothing, and for how long.
#include "desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace torii::sim {
namespace {

class Accepting : public Desktop {};

TEST_F(Accepting, WhoSaysNothingIsSentAwayAfterTenSeconds) {
    start(config());
    first_.dial(desk_.acceptor());
    world_.run(Seconds{9});
    EXPECT_NE(first_.handler, nullptr);
    world_.run(Seconds{2});
    EXPECT_EQ(first_.handler, nullptr);
}

// Silent connections from many addresses.
class Crowds : public Accepting {
protected:
    void TearDown() override { core_.reset(); }  // it has the other ends of the connections

    void connect(unsigned count) {
        for (unsigned number = 0; number < count; ++number) {
            const std::string remote =
                fmt::format("10.0.{}.{}", 2 + number / 200, 1 + number % 200);
            crowd_.push_back(
                std::make_unique<Node>(world_, remote.c_str(), "10.0.0.1", "10.0.0.0/16"));
            accepted_ += crowd_.back()->try_dial(desk_.acceptor()) ? 1 : 0;
            settle();
        }
    }
    [[nodiscard]] long open() const {
        return std::ranges::count_if(crowd_,
                                     [](const auto& node) { return node->handler != nullptr; });
    }

    std::vector<std::unique_ptr<Node>> crowd_;
    unsigned accepted_ = 0;
};

TEST_F(Crowds, AreBoundedAndTheOldestGoFirst) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].limit = 1000;
    start(with);
    connect(300);
    EXPECT_EQ(accepted_, 300U);
    EXPECT_EQ(open(), 256);
    EXPECT_EQ(crowd_[43]->handler, nullptr);
    EXPECT_NE(crowd_[44]->handler, nullptr);
    EXPECT_EQ(core_->rejected_connections(), 44U);
    first_.establish(desk_.acceptor());
    EXPECT_EQ(state(first_).state(), "Established") << "who speaks gets in";
    world_.run(Seconds{6});
    first_.say(bgp::encode(bgp::Keepalive{}));
    world_.run(Seconds{5});
    EXPECT_EQ(open(), 0);
    EXPECT_EQ(core_->neighbors(std::nullopt).size(), 1U) << "and nothing is left of the others";
}

TEST_F(Crowds, DoNotUseUpTheLimitOfARange) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].limit = 10;
    start(with);
    first_.establish(desk_.acceptor());
    connect(20);
    EXPECT_EQ(open(), 9);
    EXPECT_EQ(crowd_[10]->handler, nullptr);
    EXPECT_NE(crowd_[11]->handler, nullptr);
    second_.establish(desk_.acceptor());
    EXPECT_EQ(state(second_).state(), "Established");
    EXPECT_EQ(state(first_).state(), "Established") << "nobody that speaks has to go for it";
    EXPECT_EQ(open(), 8);
}

TEST_F(Accepting, ALimitOfARangeIsOfPeersThatSpeak) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].limit = 1;
    start(with);
    first_.establish(desk_.acceptor(), true);
    first_.announce(prefix("172.20.1.0/24"));
    EXPECT_FALSE(second_.try_dial(desk_.acceptor()));
    first_.vanish();
    settle();
    EXPECT_FALSE(second_.try_dial(desk_.acceptor())) << "its routes are kept: it may come back";
    world_.run(Seconds{16});
    EXPECT_TRUE(second_.try_dial(desk_.acceptor()));
    EXPECT_EQ(core_->neighbors(std::nullopt).size(), 1U);
}

TEST_F(Accepting, WhoErredInARangeIsNotLetInForAWhile) {
    start(config());
    first_.dial(desk_.acceptor());
    bgp::Open wrong = first_.open(false);
    wrong.as = wrong.capabilities.four_octet_as.emplace(65000);
    first_.say(bgp::encode(wrong));
    ASSERT_EQ(first_.handler, nullptr);
    settle();
    EXPECT_FALSE(first_.try_dial(desk_.acceptor()));
    EXPECT_EQ(state(first_).last_error(), "2/2 OPEN Message Error/Bad Peer AS");
    world_.run(bgp::PeerConfig{}.idle_hold);
    EXPECT_TRUE(core_->neighbors(std::nullopt).empty());
    EXPECT_TRUE(first_.try_dial(desk_.acceptor()));
}

TEST_F(Accepting, WhoComesFromTooFarIsNotHeard) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].peer.ttl_min = 255;
    start(with);
    second_.info.ttl = 254;
    EXPECT_FALSE(second_.try_dial(desk_.acceptor()));
    EXPECT_TRUE(core_->neighbors(std::nullopt).empty());
    first_.establish(desk_.acceptor());
    EXPECT_EQ(state(first_).state(), "Established");
}

}  // namespace
}  // namespace torii::sim
