#include "agent/server/drain.h"

#include "tests/support/manual_scheduler.h"

#include <gtest/gtest.h>

#include <vector>

namespace torii::agent {
namespace {

using reconcile::DrainStage;
using std::chrono::seconds;
using Absence = Drain::Absence;

class DrainTest : public testing::Test {
protected:
    // An event of the cluster; what the node told is there by then.
    void update(bool cordoned) { drain.update(cordoned, drain.absence()); }
    void stop() {
        drain.stop([this] { done = true; });
    }
    // A node that is not cordoned, with what it told last.
    void open(Absence before = Absence::none) { drain.update(false, before); }
    void drained() {
        open();
        update(true);
        update(true);
        clock.advance(options.notice + options.announce);
        ASSERT_EQ(drain.stage(), DrainStage::services_withdrawn);
        told.clear();
    }

    test::ManualScheduler clock;
    std::vector<DrainStage> told;
    bool done = false;
    DrainOptions options{.announce = seconds(5), .settle = seconds(1)};
    Drain drain{clock, options, [this] { told.push_back(drain.stage()); }};
};

TEST_F(DrainTest, ACordonedNodeSaysSoFirstAndWithdrawsItsServicesThen) {
    open();
    EXPECT_EQ(drain.stage(), DrainStage::none);
    drain.update(true, Absence::none);
    EXPECT_EQ(drain.absence(), Absence::leaving) << "the other nodes have to know first";
    clock.advance(seconds(1));
    EXPECT_EQ(drain.stage(), DrainStage::none) << "the store has not said it yet";
    update(true);
    EXPECT_EQ(drain.stage(), DrainStage::none) << "they know, and act";
    clock.advance(options.notice);
    EXPECT_EQ(drain.stage(), DrainStage::announced);
    clock.advance(seconds(4));
    update(true);  // some other change of the cluster
    EXPECT_EQ(drain.stage(), DrainStage::announced);
    clock.advance(seconds(1));
    EXPECT_EQ(told, (std::vector{DrainStage::announced, DrainStage::services_withdrawn}));
    EXPECT_EQ(drain.absence(), Absence::leaving);
}

TEST_F(DrainTest, UncordonedItTellsTheOthersBeforeItsServicesAreBack) {
    drained();
    drain.update(false, Absence::leaving);
    EXPECT_EQ(drain.absence(), Absence::back);
    EXPECT_EQ(drain.stage(), DrainStage::services_withdrawn);
    update(false);
    clock.advance(options.notice);
    EXPECT_EQ(drain.stage(), DrainStage::none);
    EXPECT_EQ(drain.absence(), Absence::back);
    clock.advance(options.handover);
    EXPECT_EQ(drain.absence(), Absence::none)
        << "connections of others are not handed over for ever";
    EXPECT_EQ(told, (std::vector{DrainStage::none, DrainStage::none}));
}

TEST_F(DrainTest, AStoreThatDoesNotAnswerHoldsNothingUp) {
    open();
    drain.update(true, Absence::none);
    clock.advance(Drain::kPatience);
    EXPECT_EQ(drain.stage(), DrainStage::announced);
    clock.advance(options.announce);
    drain.update(false, Absence::none);
    clock.advance(Drain::kPatience);
    EXPECT_EQ(drain.stage(), DrainStage::none);
}

TEST_F(DrainTest, ManyEventsOfTheClusterDoNotPutItOff) {
    open();
    drain.update(true, Absence::none);
    for (int number = 0; number < 10; ++number) {
        update(true);
        clock.advance(options.notice / 5);
    }
    EXPECT_EQ(drain.stage(), DrainStage::announced);
}

TEST_F(DrainTest, UncordonedInTimeNothingIsWithdrawn) {
    open();
    update(true);
    update(false);
    EXPECT_EQ(drain.absence(), Absence::none);
    clock.advance(seconds(60));
    EXPECT_EQ(drain.stage(), DrainStage::none);
    EXPECT_TRUE(told.empty());
}

TEST_F(DrainTest, AnAgentThatComesToACordonedNodeAnnouncesNoServices) {
    drain.update(true, Absence::leaving);
    EXPECT_EQ(drain.stage(), DrainStage::services_withdrawn);
    EXPECT_EQ(drain.absence(), Absence::leaving);
    clock.advance(seconds(60));
    EXPECT_EQ(drain.stage(), DrainStage::services_withdrawn);
}

TEST_F(DrainTest, AnAgentThatComesAfterOneThatLeftSaysThatItIsBackFirst) {
    open(Absence::leaving);
    EXPECT_EQ(drain.stage(), DrainStage::services_withdrawn);
    EXPECT_EQ(drain.absence(), Absence::back);
    update(false);
    clock.advance(options.notice);
    EXPECT_EQ(drain.stage(), DrainStage::none);
}

TEST_F(DrainTest, AnAgentThatComesToANodeThatIsBackWaitsForNothing) {
    open(Absence::back);
    EXPECT_EQ(drain.stage(), DrainStage::none);
    EXPECT_EQ(drain.absence(), Absence::back);
    clock.advance(options.handover);
    EXPECT_EQ(drain.absence(), Absence::none);
}

TEST_F(DrainTest, StoppingWithdrawsEverythingAndWaitsForTheRouters) {
    open();
    stop();
    EXPECT_EQ(drain.absence(), Absence::leaving);
    EXPECT_EQ(told, std::vector{DrainStage::none}) << "it is to be told";
    update(true);
    clock.advance(options.notice);
    EXPECT_EQ(drain.stage(), DrainStage::announced);
    clock.advance(seconds(5));
    EXPECT_EQ(told, (std::vector{DrainStage::none, DrainStage::announced, DrainStage::withdrawn}));
    EXPECT_FALSE(done);
    clock.advance(seconds(1));
    EXPECT_TRUE(done);
    EXPECT_EQ(drain.absence(), Absence::leaving) << "until the next agent";
}

TEST_F(DrainTest, StoppingADrainedNodeIsQuick) {
    drained();
    stop();
    clock.advance(seconds(1));
    EXPECT_TRUE(done);
    EXPECT_EQ(told, std::vector{DrainStage::withdrawn});
}

TEST_F(DrainTest, StoppingANodeThatIsComingBackTellsTheOthersAgain) {
    drained();
    update(false);
    stop();
    EXPECT_EQ(drain.absence(), Absence::leaving);
    update(false);
    clock.advance(options.notice + options.announce + options.settle);
    EXPECT_TRUE(done);
}

TEST(DrainOff, CordoningMeansNothing) {
    test::ManualScheduler clock;
    DrainOptions options;
    options.on_cordon = false;
    Drain drain(clock, options, [] { FAIL(); });
    drain.update(false, Absence::none);
    drain.update(true, Absence::none);
    clock.advance(seconds(60));
    EXPECT_EQ(drain.stage(), DrainStage::none);
    EXPECT_EQ(drain.absence(), Absence::none);
}

TEST(DrainOff, WhoHandsNothingOverTellsNothing) {
    test::ManualScheduler clock;
    DrainOptions options;
    options.tells = false;
    Drain drain(clock, options, [] {});
    drain.update(false, Absence::none);
    drain.update(true, Absence::none);
    clock.advance(options.announce);
    EXPECT_EQ(drain.stage(), DrainStage::services_withdrawn);
    EXPECT_EQ(drain.absence(), Absence::none);
    drain.update(false, Absence::none);
    clock.advance(seconds(0));
    EXPECT_EQ(drain.stage(), DrainStage::none);
}

}  // namespace
}  // namespace torii::agent
