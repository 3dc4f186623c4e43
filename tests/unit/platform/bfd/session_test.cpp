#include "platform/bfd/session.h"

#include "tests/support/manual_scheduler.h"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <random>
#include <vector>

namespace torii::bfd {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

// One end of a wire that takes a millisecond and may be cut.
struct End {
    End(test::ManualScheduler& scheduler, std::uint32_t discriminator, const Parameters& parameters)
        : time(scheduler),
          session(scheduler, discriminator, parameters, true,
                  {[this](const ControlPacket& packet) { transmit(packet); },
                   [this] { states.push_back(session.state()); },
                   [this] { return std::uniform_real_distribution<double>(0, 1)(random); }}) {}

    void transmit(const ControlPacket& packet) {
        sent.push_back(packet);
        sent_at.push_back(time.now());
        if (cut || peer == nullptr) return;
        wires.push_back(time.after(1ms, [to = peer, octets = encode(packet)] {
            const auto decoded = decode(octets);
            ASSERT_TRUE(decoded) << decoded.error().message;
            to->session.receive(*decoded);
        }));
    }
    [[nodiscard]] std::vector<Duration> gaps() const {
        std::vector<Duration> result;
        for (std::size_t index = 1; index < sent_at.size(); ++index) {
            result.push_back(sent_at[index] - sent_at[index - 1]);
        }
        return result;
    }
    void forget() {
        sent.clear();
        sent_at.clear();
        states.clear();
    }

    test::ManualScheduler& time;
    std::mt19937 random{7};
    bool cut = false;
    End* peer = nullptr;
    std::vector<ControlPacket> sent;
    std::vector<TimePoint> sent_at;
    std::vector<State> states;
    std::vector<Timer> wires;
    Session session;
};

class Sessions : public ::testing::Test {
protected:
    void connect(const Parameters& left_parameters = {}, const Parameters& right_parameters = {}) {
        left = std::make_unique<End>(time, 1, left_parameters);
        right = std::make_unique<End>(time, 2, right_parameters);
        left->peer = right.get();
        right->peer = left.get();
    }
    void come_up() {
        time.advance(3s);
        ASSERT_EQ(left->session.state(), State::up);
        ASSERT_EQ(right->session.state(), State::up);
        left->forget();
        right->forget();
    }
    void cut() { left->cut = right->cut = true; }

    test::ManualScheduler time;
    std::unique_ptr<End> left;
    std::unique_ptr<End> right;
};

TEST_F(Sessions, ComeUpByThreeWaysOfTalking) {
    connect();
    time.advance(3s);
    EXPECT_THAT(left->states, ElementsAre(State::init, State::up));
    EXPECT_EQ(right->states.back(), State::up);
    EXPECT_EQ(left->session.remote().discriminator, 2U);
    EXPECT_EQ(left->session.counters().ups, 1U);
    EXPECT_FALSE(left->session.failed());
}

TEST_F(Sessions, SendSlowlyUntilTheyAreUp) {
    left = std::make_unique<End>(time, 1, Parameters{});
    time.advance(20s);
    ASSERT_GT(left->sent.size(), 15U);
    EXPECT_THAT(left->gaps(), Each(Ge(Duration(750ms))));
    EXPECT_THAT(left->gaps(), Each(Le(Duration(1s))));
    EXPECT_EQ(left->sent.front().desired_min_tx, Microseconds(1'000'000));
}

TEST_F(Sessions, SendAtTheSlowerOfBothIntervalsWithJitter) {
    connect({100ms, 50ms, 3, false}, {50ms, 200ms, 3, false});
    come_up();
    time.advance(10s);
    EXPECT_EQ(left->session.transmit_interval(), 200ms);  // what right wants to receive
    EXPECT_EQ(right->session.transmit_interval(), 50ms);
    EXPECT_EQ(left->session.detection_time(), 3 * 50ms);  // of right's multiplier and intervals
    EXPECT_EQ(right->session.detection_time(), 3 * 200ms);
    EXPECT_THAT(left->gaps(), Each(Ge(Duration(150ms))));
    EXPECT_THAT(left->gaps(), Each(Le(Duration(200ms))));
}

TEST_F(Sessions, WithOnePacketToLoseOneTenthIsSpared) {
    connect({100ms, 100ms, 1, false}, {100ms, 100ms, 3, false});
    come_up();
    time.advance(10s);
    EXPECT_THAT(left->gaps(), Each(Le(Duration(90ms))));
}

TEST_F(Sessions, FailWhenNothingComesForTheDetectionTime) {
    connect();
    come_up();
    const TimePoint last = right->time.now();
    cut();
    time.advance(899ms - 300ms);
    EXPECT_EQ(left->session.state(), State::up);
    time.advance(302ms);
    EXPECT_EQ(left->session.state(), State::down);
    EXPECT_LE(left->session.since() - last, 901ms);
    EXPECT_EQ(left->session.diagnostic(), Diagnostic::detection_time_expired);
    EXPECT_TRUE(left->session.failed());
    EXPECT_EQ(left->session.remote().discriminator, 0U);
    EXPECT_EQ(left->session.counters().downs, 1U);
}

TEST_F(Sessions, SayWhyAndComeBack) {
    connect();
    come_up();
    left->cut = true;  // right hears nothing, left does
    time.advance(2s);
    EXPECT_EQ(right->session.diagnostic(), Diagnostic::detection_time_expired);
    EXPECT_EQ(left->session.diagnostic(), Diagnostic::neighbor_signaled_down);
    EXPECT_TRUE(left->session.failed());
    EXPECT_EQ(left->session.remote().diagnostic, Diagnostic::detection_time_expired);
    left->cut = false;
    time.advance(3s);
    EXPECT_EQ(left->session.state(), State::up);
    EXPECT_EQ(right->session.state(), State::up);
    EXPECT_FALSE(left->session.failed());
}

TEST_F(Sessions, ThePeersAdministratorIsNoFailure) {
    connect();
    come_up();
    left->session.close();
    time.advance(10ms);
    EXPECT_EQ(left->sent.back().state, State::admin_down);
    EXPECT_EQ(right->session.state(), State::down);
    EXPECT_EQ(right->session.diagnostic(), Diagnostic::neighbor_signaled_down);
    EXPECT_FALSE(right->session.failed());
    left->forget();
    time.advance(5s);
    EXPECT_THAT(left->sent, ::testing::SizeIs(Ge(4U))) << "one may have been lost";
    EXPECT_EQ(right->session.state(), State::down);
}

TEST_F(Sessions, APassiveOneWaits) {
    connect({300ms, 300ms, 3, true}, {300ms, 300ms, 3, true});
    time.advance(10s);
    EXPECT_THAT(left->sent, IsEmpty());
    connect({300ms, 300ms, 3, true}, {});
    come_up();
    cut();
    time.advance(1s);
    left->forget();
    time.advance(10s);
    EXPECT_THAT(left->sent, IsEmpty()) << "the peer has gone: it waits again";
}

TEST_F(Sessions, FasterIsAtOnceAndSlowerOnceThePeerKnows) {
    connect();
    come_up();
    left->session.set_parameters({1s, 50ms, 3, false});
    EXPECT_EQ(left->session.transmit_interval(), 300ms) << "not confirmed";
    EXPECT_EQ(left->session.detection_time(), 3 * 300ms);
    ASSERT_FALSE(left->sent.empty());
    EXPECT_TRUE(left->sent.back().poll);
    EXPECT_EQ(left->sent.back().desired_min_tx, Microseconds(1'000'000));
    time.advance(5ms);
    EXPECT_TRUE(right->sent.back().final);
    EXPECT_EQ(left->session.transmit_interval(), 1s);
    EXPECT_EQ(left->session.detection_time(), 3 * 300ms) << "right sends no faster than that";
    time.advance(20s);
    EXPECT_THAT(left->states, IsEmpty()) << "no flap";
    EXPECT_THAT(right->states, IsEmpty());
    EXPECT_FALSE(left->sent.back().poll);
    left->session.set_parameters({50ms, 50ms, 3, false});
    EXPECT_EQ(left->session.transmit_interval(), 300ms) << "what right is ready to receive";
}

TEST_F(Sessions, AQuestionIsAnsweredAtOnce) {
    connect();
    come_up();
    ControlPacket question = right->sent.empty() ? ControlPacket{} : right->sent.back();
    question.state = State::up;
    question.detect_multiplier = 3;
    question.my_discriminator = 2;
    question.your_discriminator = 1;
    question.desired_min_tx = question.required_min_rx = Microseconds(300'000);
    question.poll = true;
    left->forget();
    left->session.receive(question);
    ASSERT_EQ(left->sent.size(), 1U);
    EXPECT_TRUE(left->sent[0].final);
    EXPECT_FALSE(left->sent[0].poll);
}

TEST_F(Sessions, WhoWantsNothingGetsNothing) {
    connect();
    come_up();
    ControlPacket wish;
    wish.state = State::up;
    wish.detect_multiplier = 3;
    wish.my_discriminator = 2;
    wish.your_discriminator = 1;
    wish.desired_min_tx = Microseconds(60'000'000);
    wish.required_min_rx = Microseconds(0);
    cut();
    left->session.receive(wish);
    left->forget();
    time.advance(10s);
    EXPECT_THAT(left->sent, IsEmpty());
    EXPECT_EQ(left->session.transmit_interval(), Duration::zero());
}

// Cuts at random: with what is sent before and after, none is as long as the detection time.
TEST_F(Sessions, StandLosses) {
    connect();
    come_up();
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        cut();
        time.advance(std::chrono::milliseconds(random() % 290));
        left->cut = right->cut = false;
        time.advance(301ms);
    }
    EXPECT_THAT(left->states, IsEmpty());
    EXPECT_THAT(right->states, IsEmpty());
}

}  // namespace
}  // namespace torii::bfd
