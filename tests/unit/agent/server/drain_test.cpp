#include "agent/server/drain.h"

#include "tests/support/manual_scheduler.h"

#include <gtest/gtest.h>

#include <vector>

namespace torii::agent {
namespace {

using reconcile::DrainStage;
using std::chrono::seconds;

class DrainTest : public testing::Test {
protected:
    test::ManualScheduler clock;
    std::vector<DrainStage> told;
    DrainOptions options{.announce = seconds(5), .settle = seconds(1)};
    Drain drain{clock, options, [this] { told.push_back(drain.stage()); }};
};

TEST_F(DrainTest, ACordonedNodeSaysSoFirstAndWithdrawsItsServicesThen) {
    drain.set_cordoned(false);
    EXPECT_EQ(drain.stage(), DrainStage::none);
    drain.set_cordoned(true);
    EXPECT_EQ(drain.stage(), DrainStage::none) << "the other nodes have to know first";
    clock.advance(options.notice);
    EXPECT_EQ(drain.stage(), DrainStage::announced);
    clock.advance(seconds(4));
    drain.set_cordoned(true);  // some other change of the cluster
    EXPECT_EQ(drain.stage(), DrainStage::announced);
    clock.advance(seconds(1));
    EXPECT_EQ(told, (std::vector{DrainStage::announced, DrainStage::services_withdrawn}));
    drain.set_cordoned(false);
    EXPECT_EQ(drain.stage(), DrainStage::none);
}

TEST_F(DrainTest, UncordonedInTimeNothingIsWithdrawn) {
    drain.set_cordoned(false);
    drain.set_cordoned(true);
    drain.set_cordoned(false);
    clock.advance(seconds(60));
    EXPECT_EQ(drain.stage(), DrainStage::none);
    EXPECT_TRUE(told.empty());
}

TEST_F(DrainTest, AnAgentThatComesToACordonedNodeAnnouncesNoServices) {
    drain.set_cordoned(true);
    EXPECT_EQ(drain.stage(), DrainStage::services_withdrawn);
}

TEST_F(DrainTest, StoppingWithdrawsEverythingAndWaitsForTheRouters) {
    bool done = false;
    drain.set_cordoned(false);
    drain.stop([&] { done = true; });
    EXPECT_EQ(told, std::vector{DrainStage::announced});
    drain.set_cordoned(true);
    clock.advance(seconds(5));
    EXPECT_EQ(told, (std::vector{DrainStage::announced, DrainStage::withdrawn}));
    EXPECT_FALSE(done);
    clock.advance(seconds(1));
    EXPECT_TRUE(done);
}

TEST_F(DrainTest, StoppingADrainedNodeIsQuick) {
    bool done = false;
    drain.set_cordoned(true);
    drain.stop([&] { done = true; });
    clock.advance(seconds(1));
    EXPECT_TRUE(done);
    EXPECT_EQ(told, std::vector{DrainStage::withdrawn});
}

TEST(DrainOff, CordoningMeansNothing) {
    test::ManualScheduler clock;
    DrainOptions options;
    options.on_cordon = false;
    Drain drain(clock, options, [] { FAIL(); });
    drain.set_cordoned(false);
    drain.set_cordoned(true);
    clock.advance(seconds(60));
    EXPECT_EQ(drain.stage(), DrainStage::none);
}

}  // namespace
}  // namespace torii::agent
