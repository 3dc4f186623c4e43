#include "mgmt/show/packets.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace torii::show {
namespace {

template <class Message>
Message parse(const std::string& text) {
    Message message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
    return message;
}

TEST(Packets, AccessListsAreTables) {
    const auto lists = parse<ipc::AccessLists>(R"(
        lists { name: "EDGE" in: "eth1" in: "eth1.100" out: "eth2" unmatched: 3
          rules { packets: 12 rule { sequence: 10 action: ACCESS_REJECT source: "10.0.0.0/8"
                  protocol: 6 source_ports { first: 1 last: 1023 }
                  destination_ports { first: 80 last: 80 } tcp_flags_set: 2 tcp_flags_clear: 16 } }
          rules { rule { sequence: 20 protocol: 58 icmp_type: 128 } }
          rules { rule { sequence: 30 action: ACCESS_DISCARD protocol: 88 } } }
        lists { name: "EMPTY" })");
    EXPECT_EQ(access_lists(lists), R"(Access list EDGE
  in on eth1, eth1.100
  out on eth2
Rule  Action   Packets  Source      Destination  Protocol  Of it
10    reject        12  10.0.0.0/8  any          tcp       from 1-1023 to 80 syn,!ack
20    accept         0  any         any          icmpv6    type 128
30    discard        0  any         any          88
none  discard        3

Access list EMPTY
Rule  Action   Packets  Source  Destination  Protocol  Of it
none  discard        0
)");
    EXPECT_EQ(access_lists({}), "No access list is configured.\n");
}

TEST(Packets, WorkersAreALineEach) {
    EXPECT_EQ(
        workers(parse<ipc::Workers>(R"(
        workers { worker: 0 cpu: 2 ports: "eth1" ports: "eth2" received_packets: 10
                  forwarded_packets: 7 punted_packets: 2 dropped_packets: 1
                  latency { samples: 5 median: 1450 percentile_99: 20000 max: 1234567 } }
        workers { worker: 1 cpu: 3 })")),
        R"(Worker  CPU  Received  Forwarded  Punted  Dropped  Latency p50  p99   max us  Receives from
     0    2        10          7       2        1  1.4          20.0  1234.6  eth1, eth2
     1    3         0          0       0        0  -            -     -
)");
}

TEST(Packets, ATraceIsALinePerStage) {
    const auto some = parse<ipc::Trace>(R"(
        running: true wanted: 2 lost: 4
        packets { number: 1 worker: 1 steps { stage: "rx" text: "eth1, 98 octets" }
                  steps { stage: "drop" text: "no_route: none" } })");
    EXPECT_EQ(trace(some), R"(Packet 1, worker 1
  rx           eth1, 98 octets
  drop         no_route: none
4 steps more than there is room for.
1 of 2 packets have come; the trace goes on.
)");
    EXPECT_EQ(trace({}), "No trace was started: trace [count NUMBER] [FILTER]\n");
}

TEST(Packets, ACaptureSaysHowFarItIs) {
    EXPECT_EQ(capture(parse<ipc::CaptureStatus>(
                  R"(running: true file: "/f" packets: 3 wanted: 9 bytes: 500 lost: 2)")),
              R"(Capture runs: 3 of 9 packets, 500 bytes
  /f
  2 packets lost: they came faster than they can be written
)");
    EXPECT_EQ(capture(parse<ipc::CaptureStatus>(
                  R"(ended: "is complete" file: "/f" packets: 9 wanted: 9 bytes: 1500)")),
              "Capture is complete: 9 of 9 packets, 1500 bytes\n  /f\n");
    EXPECT_EQ(capture({}), "No capture was started: capture PORT [FILTER]\n");
}

}  // namespace
}  // namespace torii::show
