#include "dataplane/server/packet_watch.h"

#include "dataplane/pipeline/drop_reason.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <iterator>

namespace torii::dataplane {
namespace {

using ::testing::HasSubstr;

class PacketWatchTest : public ::testing::Test {
protected:
    PacketWatchTest() {
        packet_.data = frame_.data();
        packet_.length = static_cast<std::uint32_t>(frame_.size());
        packet_.in_port = 2;
    }
    ipc::StartCapture capture(std::uint32_t count) const {
        ipc::StartCapture message;
        message.mutable_filter()->set_port("eth1");
        message.set_count(count);
        return message;
    }
    // As a worker does, by the settings it was given.
    void look_at(pipeline::CapturePoint point) {
        if (settings_.capture) settings_.capture->look_at(0, point, 2, std::span(&packet_, 1));
    }
    std::string file(const std::string& name) const {
        std::ifstream in(folder_.path() / "capture" / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    test::TemporaryFolder folder_;
    test::ManualScheduler scheduler_;
    pipeline::Settings settings_;
    std::vector<std::uint8_t> frame_ = std::vector<std::uint8_t>(61, 0xab);
    packet::Packet packet_;
    PacketWatch watch_{scheduler_,
                       folder_.path() / "capture",
                       {[](const std::string& name) {
                            return name == "eth1" ? std::optional(PortId{2}) : std::nullopt;
                        },
                        [this] {
                            settings_ = {};
                            watch_.fill(settings_);
                        }}};
};

TEST_F(PacketWatchTest, CapturesUntilThereAreEnough) {
    ASSERT_TRUE(watch_.start_capture(capture(2), 1));
    EXPECT_TRUE(watch_.capture_status().running());
    look_at(pipeline::kCaptureRx);
    scheduler_.advance(std::chrono::milliseconds(10));
    EXPECT_EQ(watch_.capture_status().packets(), 1U);
    look_at(pipeline::kCaptureTx);
    look_at(pipeline::kCaptureTx);
    scheduler_.advance(std::chrono::milliseconds(10));
    const ipc::CaptureStatus status = watch_.capture_status();
    EXPECT_FALSE(status.running());
    EXPECT_EQ(status.ended(), "is complete");
    EXPECT_EQ(status.packets(), 2U);
    EXPECT_EQ(settings_.capture, nullptr);
    const std::string written = file("eth1.pcapng");
    EXPECT_EQ(written.size(), status.bytes());
    // Blocks follow each other to the end, each with its length in front and behind.
    std::size_t blocks = 0;
    for (std::size_t at = 0; at < written.size(); ++blocks) {
        std::uint32_t length = 0;
        std::uint32_t again = 0;
        std::memcpy(&length, &written[at + 4], 4);
        ASSERT_LE(at + length, written.size());
        ASSERT_EQ(length % 4, 0U);
        std::memcpy(&again, &written[at + length - 4], 4);
        ASSERT_EQ(again, length);
        at += length;
    }
    EXPECT_EQ(blocks, 4U);  // section, interface, two packets
}

TEST_F(PacketWatchTest, DropsComeWithTheirReason) {
    ipc::StartCapture message = capture(0);
    message.add_points(ipc::CAPTURE_DROP);
    message.set_file("drops.pcapng");
    message.set_snap_length(1);
    ASSERT_TRUE(watch_.start_capture(message, 1));
    packet_.verdict = packet::Verdict::drop;
    packet_.detail = static_cast<std::uint8_t>(pipeline::DropReason::no_route);
    look_at(pipeline::kCaptureRx);
    look_at(pipeline::kCaptureDrop);
    EXPECT_EQ(watch_.stop_capture().ended(), "was stopped");
    EXPECT_EQ(watch_.capture_status().packets(), 1U);
    EXPECT_EQ(watch_.capture_status().wanted(), 1000U);
    EXPECT_THAT(file("drops.pcapng"), HasSubstr("drop: no_route"));
}

TEST_F(PacketWatchTest, RefusesWhatCannotBe) {
    const auto refusal = [&](auto change) {
        ipc::StartCapture message = capture(1);
        change(message);
        const auto started = watch_.start_capture(message, 1);
        return started ? "started" : started.error().message;
    };
    using M = ipc::StartCapture;
    EXPECT_THAT(refusal([](M& m) { m.mutable_filter()->set_port("eth9"); }),
                HasSubstr("no interface eth9"));
    EXPECT_THAT(refusal([](M& m) { m.mutable_filter()->clear_port(); }), HasSubstr("of one"));
    for (const char* name : {"../x", "a/b", ".x", "a b"}) {
        EXPECT_THAT(refusal([&](M& m) { m.set_file(name); }), HasSubstr("a name has up to 64"));
    }
    EXPECT_THAT(refusal([](M& m) { m.mutable_filter()->set_host("x"); }), HasSubstr("x"));
    EXPECT_EQ(refusal([](M&) {}), "started");
    EXPECT_THAT(refusal([](M&) {}), HasSubstr("is under way: capture stop"));
    ipc::StartTrace trace;
    trace.set_count(201);
    EXPECT_THAT(watch_.start_trace(trace, 1).error().message, HasSubstr("200 packets"));
}

TEST_F(PacketWatchTest, ATraceEndsWhenItIsAskedForOrComplete) {
    ASSERT_TRUE(watch_.start_trace({}, 2));
    ASSERT_NE(settings_.trace, nullptr);
    EXPECT_TRUE(watch_.trace(false).running());
    EXPECT_EQ(settings_.trace->take(packet_), 1U);
    settings_.trace->write(1, 1, "rx", "here");
    const ipc::Trace trace = watch_.trace(false);
    EXPECT_FALSE(trace.running());
    EXPECT_EQ(settings_.trace, nullptr);
    ASSERT_EQ(trace.packets_size(), 1);
    EXPECT_EQ(trace.packets(0).worker(), 1U);
    EXPECT_EQ(trace.packets(0).steps(0).text(), "here");
    ASSERT_TRUE(watch_.start_trace({}, 1));
    EXPECT_FALSE(watch_.trace(true).running());
    EXPECT_EQ(settings_.trace, nullptr);
}

}  // namespace
}  // namespace torii::dataplane
