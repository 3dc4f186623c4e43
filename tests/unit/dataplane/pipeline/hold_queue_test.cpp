#include "dataplane/pipeline/hold_queue.h"

#include "tests/unit/dataplane/support/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace torii::pipeline {
namespace {

using std::chrono::seconds;
using test::address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HoldQueueTest : public ::testing::Test {
protected:
    // Packets are told apart by their length.
    static packet::Packet numbered(std::uint32_t number, PortId in_port = 0) {
        packet::Packet packet;
        packet.length = number;
        packet.in_port = in_port;
        packet.verdict = packet::Verdict::hold;
        return packet;
    }
    static TimePoint at(int second) { return TimePoint(seconds(second)); }
    HoldQueue::Calls calls() {
        return {[this](PortId port, const IpAddress& neighbor) {
                    asked_.push_back(std::to_string(port) + " " + neighbor.to_string());
                },
                [this](const packet::Packet& packet) {
                    EXPECT_EQ(packet.verdict, packet::Verdict::none);
                    retried_.push_back(packet.length);
                    flags_.push_back(packet.flags);
                },
                [this](const packet::Packet& packet) { discarded_.push_back(packet.length); }};
    }

    std::vector<std::string> asked_;
    std::vector<std::uint32_t> retried_;
    std::vector<int> flags_;
    std::vector<std::uint32_t> discarded_;
    HoldQueue queue_{{2, 3, seconds(3)}, calls()};
    IpAddress first_ = address("10.0.1.5");
    IpAddress second_ = address("fd00::5");
};

TEST_F(HoldQueueTest, AsksOnceAndReleasesInOrder) {
    queue_.hold(1, first_, numbered(1), at(0));
    queue_.hold(1, first_, numbered(2), at(1));
    queue_.hold(2, first_, numbered(3), at(1));
    EXPECT_THAT(asked_, ElementsAre("1 10.0.1.5", "2 10.0.1.5"));
    EXPECT_EQ(queue_.packets(), 3U);
    queue_.resolved(1, first_);
    EXPECT_THAT(retried_, ElementsAre(1, 2));
    EXPECT_THAT(flags_, ElementsAre(0, 0));
    EXPECT_EQ(queue_.packets(), 1U);
    queue_.resolved(1, first_);
    EXPECT_EQ(retried_.size(), 2U);
}

TEST_F(HoldQueueTest, KeepsTheLatestOfANeighbor) {
    for (std::uint32_t number = 1; number <= 4; ++number) {
        queue_.hold(1, first_, numbered(number), at(0));
    }
    EXPECT_THAT(discarded_, ElementsAre(1, 2));
    EXPECT_EQ(queue_.overflows(), 2U);
    EXPECT_EQ(queue_.packets(), 2U);
    queue_.resolved(1, first_);
    EXPECT_THAT(retried_, ElementsAre(3, 4));
}

TEST_F(HoldQueueTest, BoundsTheNeighborsItWaitsFor) {
    for (std::uint32_t number = 1; number <= 4; ++number) {
        queue_.hold(1, IpAddress::v4(0x0a000000 + number), numbered(number), at(0));
    }
    EXPECT_THAT(discarded_, ElementsAre(4));
    EXPECT_EQ(asked_.size(), 3U);
    EXPECT_EQ(queue_.neighbors(), 3U);
    EXPECT_EQ(queue_.overflows(), 1U);
}

TEST_F(HoldQueueTest, GivesUpAfterItsTime) {
    queue_.hold(1, first_, numbered(1), at(10));
    queue_.hold(1, second_, numbered(2), at(12));
    EXPECT_EQ(queue_.next_expiry(), at(13));
    queue_.expire(at(12));
    EXPECT_THAT(retried_, IsEmpty());
    queue_.expire(at(13));
    EXPECT_THAT(retried_, ElementsAre(1));
    EXPECT_THAT(flags_, ElementsAre(packet::kNeighborFailed));
    EXPECT_EQ(queue_.next_expiry(), at(15));
    queue_.failed(1, second_);
    EXPECT_THAT(retried_, ElementsAre(1, 2));
    EXPECT_FALSE(queue_.next_expiry());
    EXPECT_EQ(queue_.packets(), 0U);
}

TEST_F(HoldQueueTest, ForgetsAPort) {
    queue_.hold(1, first_, numbered(1, 0), at(0));
    queue_.hold(2, first_, numbered(2, 1), at(0));
    queue_.hold(2, first_, numbered(3, 0), at(0));
    queue_.remove_port(1);
    EXPECT_THAT(discarded_, ElementsAre(1, 2));
    EXPECT_EQ(queue_.packets(), 1U);
    queue_.resolved(2, first_);
    EXPECT_THAT(retried_, ElementsAre(3));
}

TEST_F(HoldQueueTest, LeavesNoBufferBehind) {
    {
        HoldQueue queue({8, 8, seconds(3)}, calls());
        queue.hold(1, first_, numbered(1), at(0));
        queue.hold(1, second_, numbered(2), at(0));
    }
    EXPECT_THAT(discarded_, ElementsAre(1, 2));
}

// The packet comes back at once when the worker still does not know the neighbor.
TEST_F(HoldQueueTest, CanHoldAgainWhileItRetries) {
    HoldQueue* self = nullptr;
    HoldQueue::Calls again = calls();
    again.retry = [&](const packet::Packet& packet) { self->hold(1, first_, packet, at(5)); };
    HoldQueue queue({8, 8, seconds(3)}, std::move(again));
    self = &queue;
    queue.hold(1, first_, numbered(1), at(0));
    queue.hold(1, first_, numbered(2), at(0));
    queue.resolved(1, first_);
    EXPECT_EQ(queue.packets(), 2U);
    EXPECT_EQ(queue.next_expiry(), at(8));
}

}  // namespace
}  // namespace torii::pipeline
