#include "mgmt/server/packet_options.h"

#include <gmock/gmock.h>

namespace torii::mgmt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

TEST(PacketOptions, OfATrace) {
    const auto options =
        read_trace_options(Words{"count", "5", "host", "10.0.0.1", "source", "10.0.0.0/8",
                                 "protocol", "udp", "port", "53", "interface", "eth1"});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->count, 5U);
    EXPECT_EQ(options->filter.host(), "10.0.0.1/32");
    EXPECT_EQ(options->filter.source(), "10.0.0.0/8");
    EXPECT_EQ(options->filter.protocol(), 17U);
    EXPECT_EQ(options->filter.transport_port(), 53U);
    EXPECT_EQ(options->filter.port(), "eth1");
}

TEST(PacketOptions, OfACapture) {
    const auto options = read_capture_options(
        Words{"at", "drop", "at", "punt", "file", "a.pcapng", "length", "64", "dest", "fd00::1"});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_THAT(options->points, ElementsAre(ipc::CAPTURE_DROP, ipc::CAPTURE_PUNT));
    EXPECT_EQ(options->file, "a.pcapng");
    EXPECT_EQ(options->snap_length, 64U);
    EXPECT_EQ(options->filter.destination(), "fd00::1/128");
}

TEST(PacketOptions, ErrorsSayWhatThereIs) {
    const auto said = [](const Words& words) { return read_trace_options(words).error().message; };
    EXPECT_THAT(said({"colour", "red"}),
                HasSubstr("\"colour\" is not known here; there are count"));
    EXPECT_THAT(said({"file", "x"}), HasSubstr("\"file\" is not known here"));
    EXPECT_THAT(said({"count"}), HasSubstr("count needs a value"));
    EXPECT_THAT(said({"count", "0"}), HasSubstr("count must be 1 or more"));
    EXPECT_THAT(said({"port", "70000"}), HasSubstr("port: \"70000\" is no number up to 65535"));
    EXPECT_THAT(said({"host", "10.0.0.1/8"}), HasSubstr("host: "));
    EXPECT_THAT(read_capture_options(Words{"at", "sea"}).error().message,
                HasSubstr("there are rx, tx, drop and punt"));
    EXPECT_THAT(read_capture_options(Words{"interface", "eth1"}).error().message,
                HasSubstr("is not known"));
}

TEST(PacketOptions, Completion) {
    EXPECT_EQ(trace_choices(Words{}).front().word, "count");
    EXPECT_EQ(capture_choices(Words{"at"}).size(), 4U);
    EXPECT_TRUE(trace_choices(Words{"count"}).empty());
}

}  // namespace
}  // namespace torii::mgmt
