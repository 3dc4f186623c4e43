#include "mgmt/show/recording.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace torii::show {
namespace {

template <class Message>
Message read(const char* text) {
    Message message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
    return message;
}

TEST(ShowBmp, StationsAndTheirCounters) {
    const auto stations = read<ipc::BmpStations>(R"(
        stations { name: "one" address: "10.0.0.7" port: 5000 local_address: "10.0.0.1" state: "Up"
                   state_seconds: 65 statistics_interval: 60 buffer_limit: 1048576 queued: 12
                   tables_pending: 3 connections: 2 overruns: 1 messages_sent: 7 octets_sent: 890
                   last_error: "does not keep up: 1048570 octets wait" }
        stations { name: "two" address: "fd00::7" port: 5001 state: "Down" retry_seconds: 4
                   connect_failures: 5 buffer_limit: 1048576 last_error: "cannot connect" })");
    EXPECT_EQ(bmp_stations(stations), R"(BMP state:

  Station "one" 10.0.0.7:5000
    State: Up, for 00:01:05
    Local address: 10.0.0.1
    Route Monitoring IPv4 Unicast pre-policy, IPv6 Unicast pre-policy
    Statistics reports every 60 s
    Tables yet to be sent: 3
    Connections: 2, attempts that failed: 0, dropped as too slow: 1
    Last error: does not keep up: 1048570 octets wait

  Station "two" [fd00::7]:5001
    State: Down, for 00:00:00, next attempt in 4 s
    Local address: (unspec)
    Route Monitoring IPv4 Unicast pre-policy, IPv6 Unicast pre-policy
    Statistics reports are off
    Connections: 0, attempts that failed: 5, dropped as too slow: 0
    Last error: cannot connect

remote          uptime    state  MonSent  ByteSent  ByteQ  ByteLimit
10.0.0.7:5000   00:01:05  Up           7       890     12    1048576
[fd00::7]:5001  -         Down         0         0      0    1048576
)");
    EXPECT_EQ(bmp_stations({}), "No BMP station is configured.\n");
}

TEST(ShowMrt, FilesAndWhatBecameOfThem) {
    const auto state = read<ipc::MrtState>(R"(
        files { kind: "routes-mrt" pattern: "/rib.%H" interval: 3600 next_seconds: 9 files: 2
                failures: 1 last { file: "/rib.07" records: 5 octets: 300 } last_seconds: 61
                last_error: "cannot write /rib.08: No space left on device" writing: true }
        files { kind: "updates" })");
    EXPECT_EQ(mrt_files(state), R"(routes-mrt: /rib.%H every 3600 s, next in 9 s
  Files written: 2, failures: 1, one is being written
  Last: /rib.07 00:01:01 ago, 5 records, 300 octets
  Error: cannot write /rib.08: No space left on device

updates: not configured
  Files written: 0, failures: 0
)");
    EXPECT_EQ(mrt_written(state.files(0).last()), "/rib.07: 5 records, 300 octets\n");
}

}  // namespace
}  // namespace torii::show
