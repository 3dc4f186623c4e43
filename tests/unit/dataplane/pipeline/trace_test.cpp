#include "dataplane/pipeline/trace.h"

#include "dataplane/pipeline/capture.h"
#include "tests/unit/dataplane/support/test_router.h"

#include <gmock/gmock.h>

namespace torii::pipeline {
namespace {

using test::Frame;
using test::ipv4;
using test::prefix;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Frame datagram(const std::string& to, std::uint8_t hops = 64) {
    return ipv4(
        {.source = "10.0.0.2", .destination = to, .hops = hops, .payload = test::udp(5000, 80)});
}

class TraceTest : public test::TestRouter {
protected:
    void trace(const PacketFilter& filter, std::uint32_t count) {
        trace_ = std::make_shared<Trace>(filter, count, 1);
        settings_.trace = trace_;
        settings_.ports[0].name = "eth0";
        publish();
    }
    std::vector<std::string> stages(std::uint32_t packet) const {
        std::vector<std::string> out;
        for (const TraceLine& line : trace_->lines(0)) {
            if (line.packet == packet) out.emplace_back(line.stage);
        }
        return out;
    }
    std::string text(std::uint32_t packet, const std::string& stage) const {
        for (const TraceLine& line : trace_->lines(0)) {
            if (line.packet == packet && line.stage == stage) return line.text.data();
        }
        return "none";
    }

    std::shared_ptr<Trace> trace_;
};

TEST_F(TraceTest, TellsWhatEveryStageDid) {
    trace({}, 2);
    EXPECT_EQ(process(datagram("172.16.0.9")).verdict, Verdict::forward);
    process(datagram("8.8.8.8"));
    process(datagram("172.16.0.9"));  // no more
    EXPECT_THAT(stages(1), ElementsAre("rx", "ethernet", "ip", "route", "tx"));
    EXPECT_EQ(text(1, "rx"), "eth0, 54 octets");
    EXPECT_EQ(text(1, "ip"), "10.0.0.2 -> 172.16.0.9, protocol 17, TTL 64, 40 octets");
    EXPECT_THAT(text(1, "route"), HasSubstr("2 members: gateway 10.0."));
    EXPECT_THAT(stages(2), ElementsAre("rx", "ethernet", "ip", "drop", "icmp"));
    EXPECT_THAT(text(2, "drop"), HasSubstr("no_route: "));
    EXPECT_EQ(text(2, "icmp"), "the sender is told");
    EXPECT_TRUE(trace_->complete());
    EXPECT_EQ(trace_->lost(), 0U);
}

TEST_F(TraceTest, PuntsHoldsAndSourcesAreTold) {
    settings_.ports[0].source_validation = SourceValidation::strict;
    trace({}, 4);
    process(ipv4({.source = "10.0.0.2",
                  .destination = "10.0.0.1",
                  .protocol = packet::kProtocolIcmp,
                  .payload = test::icmp(8)}));
    EXPECT_THAT(stages(1), ElementsAre("rx", "ethernet", "ip", "source", "route", "punt"));
    process(datagram("10.0.1.77"));
    EXPECT_THAT(text(2, "hold"), HasSubstr("10.0.1.77"));
    process(ipv4({.source = "10.0.1.9", .destination = "172.16.1.9", .payload = test::udp(1, 2)}));
    EXPECT_EQ(text(3, "source"), "cannot come from here");
}

TEST_F(TraceTest, OnlyWhatFitsIsTraced) {
    PacketFilter filter;
    filter.destination = prefix("172.16.1.0/24");
    filter.port = 0;
    trace(filter, 1);
    process(datagram("172.16.2.9"));
    EXPECT_FALSE(trace_->complete());
    process(datagram("172.16.1.9"));
    EXPECT_TRUE(trace_->complete());
    EXPECT_THAT(text(1, "ip"), HasSubstr("172.16.1.9"));
}

TEST_F(TraceTest, WhatThereIsNoRoomForIsCounted) {
    const auto small = std::make_shared<Trace>(PacketFilter{}, 1, 1);
    for (int line = 0; line < 20; ++line) small->write(0, 1, "test", "{}", line);
    EXPECT_EQ(small->lines(0).size(), 12U);
    EXPECT_EQ(small->lost(), 8U);
    small->write(0, 1, "test", "{}", std::string(500, 'x'));
}

TEST(PacketFilterTest, EveryConditionCounts) {
    const Frame frame = datagram("172.16.1.9");
    const auto fits = [&](auto change) {
        PacketFilter filter;
        change(filter);
        return filter.matches(frame);
    };
    EXPECT_TRUE(fits([](PacketFilter&) {}));
    EXPECT_TRUE(fits([](PacketFilter& f) { f.host = prefix("10.0.0.2/32"); }));
    EXPECT_TRUE(fits([](PacketFilter& f) { f.host = prefix("172.16.1.0/24"); }));
    EXPECT_FALSE(fits([](PacketFilter& f) { f.host = prefix("172.16.2.0/24"); }));
    EXPECT_FALSE(fits([](PacketFilter& f) { f.source = prefix("172.16.1.0/24"); }));
    EXPECT_FALSE(fits([](PacketFilter& f) { f.destination = prefix("10.0.0.0/8"); }));
    EXPECT_TRUE(fits([](PacketFilter& f) { f.protocol = 17; }));
    EXPECT_FALSE(fits([](PacketFilter& f) { f.protocol = 6; }));
    EXPECT_TRUE(fits([](PacketFilter& f) { f.transport_port = 5000; }));
    EXPECT_TRUE(fits([](PacketFilter& f) { f.transport_port = 80; }));
    EXPECT_FALSE(fits([](PacketFilter& f) { f.transport_port = 81; }));
    EXPECT_FALSE(fits([](PacketFilter& f) { f.host = prefix("fd00::/8"); }));
    Frame tagged = frame;
    tagged.insert(tagged.begin() + 12, {0x81, 0, 0, 5});
    PacketFilter udp;
    udp.transport_port = 80;
    EXPECT_TRUE(udp.matches(tagged));
    // Whatever is cut off, nothing is read beyond it.
    for (std::size_t size = 0; size < tagged.size(); ++size) {
        (void)udp.matches(Bytes(tagged).first(size));
    }
}

TEST(CaptureTest, CopiesWhatFitsUntilThereIsEnough) {
    Frame frame = datagram("172.16.1.9");
    packet::Packet packet;
    packet.data = frame.data();
    packet.length = static_cast<std::uint32_t>(frame.size());
    packet.verdict = Verdict::drop;
    packet.detail = 3;
    PacketFilter filter;
    filter.port = 4;
    Capture capture(filter, kCaptureRx | kCaptureDrop, 3, 20, 2);
    const auto look = [&](unsigned worker, CapturePoint point, PortId port) {
        capture.look_at(worker, point, port, std::span(&packet, 1));
    };
    look(0, kCaptureRx, 4);
    look(0, kCaptureRx, 5);  // another port
    look(0, kCaptureTx, 4);  // not asked for
    look(1, kCaptureDrop, 4);
    packet.verdict = Verdict::punt;
    look(1, kCaptureDrop, 4);  // was not dropped
    look(0, kCaptureRx, 4);
    look(0, kCaptureRx, 4);  // more than wanted
    std::vector<CapturedPacket> taken;
    capture.take_out([&](const CapturedPacket& one) { taken.push_back(one); });
    ASSERT_EQ(taken.size(), 3U);
    EXPECT_TRUE(capture.complete());
    EXPECT_EQ(taken[0].length, frame.size());
    EXPECT_EQ(taken[0].kept, 20);
    EXPECT_TRUE(std::equal(frame.begin(), frame.begin() + 20, taken[0].octets.begin()));
    EXPECT_EQ(capture.lost(), 0U);
}

TEST(CaptureTest, WhatDoesNotFitIsLostAndCounted) {
    Frame frame(60);
    packet::Packet packet;
    packet.data = frame.data();
    packet.length = 60;
    Capture capture({}, kCaptureTx, 5000, 2000, 1);
    for (int count = 0; count < 1500; ++count) {
        capture.look_at(0, kCaptureTx, 1, std::span(&packet, 1));
    }
    EXPECT_EQ(capture.lost(), 476U);
    std::size_t taken = 0;
    capture.take_out([&](const CapturedPacket&) { ++taken; });
    EXPECT_EQ(taken, 1024U);
    capture.look_at(0, kCaptureTx, 1, std::span(&packet, 1));
    capture.take_out([&](const CapturedPacket&) { ++taken; });
    EXPECT_EQ(taken, 1025U);
}

}  // namespace
}  // namespace torii::pipeline
