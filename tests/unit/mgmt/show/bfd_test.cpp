#include "mgmt/show/bfd.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace torii::show {
namespace {

ipc::BfdSessionStates sessions() {
    ipc::BfdSessionStates states;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
        sessions {
            path { peer: "10.0.0.2" local: "10.0.0.1" }
            parameters { profile: "fast" transmit_interval: 100 receive_interval: 100
                         detect_multiplier: 3 }
            discriminator: 17 state: "up" diagnostic: "ok" age: 93785000
            transmit_interval: 100000 detection_time: 300000
            remote { discriminator: 18 state: "up" diagnostic: "ok" detect_multiplier: 4
                     transmit_interval: 100000 receive_interval: 62500 }
            received_packets: 12 sent_packets: 13 ups: 1 }
        sessions {
            path { peer: "2001:db8::9" multihop: true }
            parameters { transmit_interval: 300 receive_interval: 300 detect_multiplier: 3
                         passive: true }
            discriminator: 19 state: "down" diagnostic: "control detection time expired" age: 9000
            remote { diagnostic: "ok" }
            downs: 1 ups: 1 })",
                                                              &states));
    return states;
}

TEST(BfdPeers, HaveFrrsLayout) {
    EXPECT_EQ(bfd_peers(sessions()),
              "BFD Peers:\n"
              "\tpeer 10.0.0.2 local-address 10.0.0.1\n"
              "\t\tID: 17\n"
              "\t\tRemote ID: 18\n"
              "\t\tActive mode\n"
              "\t\tStatus: up\n"
              "\t\tUptime: 1 day(s), 2 hour(s), 3 minute(s), 5 second(s)\n"
              "\t\tDiagnostics: ok\n"
              "\t\tRemote diagnostics: ok\n"
              "\t\tProfile: fast\n"
              "\t\tLocal timers:\n"
              "\t\t\tDetect-multiplier: 3\n"
              "\t\t\tReceive interval: 100ms\n"
              "\t\t\tTransmission interval: 100ms\n"
              "\t\t\tEcho receive interval: disabled\n"
              "\t\t\tEcho transmission interval: disabled\n"
              "\t\tRemote timers:\n"
              "\t\t\tDetect-multiplier: 4\n"
              "\t\t\tReceive interval: 62.5ms\n"
              "\t\t\tTransmission interval: 100ms\n"
              "\t\t\tEcho receive interval: disabled\n"
              "\t\tIn effect: sends every 100ms, peer gone after 300ms\n"
              "\n"
              "\tpeer 2001:db8::9 multihop\n"
              "\t\tID: 19\n"
              "\t\tRemote ID: 0\n"
              "\t\tPassive mode\n"
              "\t\tStatus: down\n"
              "\t\tDowntime: 9 second(s)\n"
              "\t\tDiagnostics: control detection time expired\n"
              "\t\tRemote diagnostics: ok\n"
              "\t\tLocal timers:\n"
              "\t\t\tDetect-multiplier: 3\n"
              "\t\t\tReceive interval: 300ms\n"
              "\t\t\tTransmission interval: 300ms\n"
              "\t\t\tEcho receive interval: disabled\n"
              "\t\t\tEcho transmission interval: disabled\n"
              "\t\tRemote timers:\n"
              "\t\t\tDetect-multiplier: 0\n"
              "\t\t\tReceive interval: disabled\n"
              "\t\t\tTransmission interval: disabled\n"
              "\t\t\tEcho receive interval: disabled\n"
              "\t\tIn effect: sends every disabled, peer gone after disabled\n"
              "\n");
}

TEST(BfdPeers, InShort) {
    EXPECT_EQ(bfd_brief(sessions()),
              "Session count: 2\n"
              "SessionId   LocalAddress                             PeerAddress"
              "                              Status\n"
              "=========   ============                             ==========="
              "                              ======\n"
              "17          10.0.0.1                                 10.0.0.2"
              "                                 up\n"
              "19          unset                                    2001:db8::9"
              "                              down\n");
}

TEST(BfdPeers, Counters) {
    EXPECT_EQ(bfd_counters(sessions()),
              "BFD Peers:\n"
              "\tpeer 10.0.0.2 local-address 10.0.0.1\n"
              "\t\tControl packet input: 12 packets\n"
              "\t\tControl packet output: 13 packets\n"
              "\t\tSession up events: 1\n"
              "\t\tSession down events: 0\n"
              "\n"
              "\tpeer 2001:db8::9 multihop\n"
              "\t\tControl packet input: 0 packets\n"
              "\t\tControl packet output: 0 packets\n"
              "\t\tSession up events: 1\n"
              "\t\tSession down events: 1\n"
              "\n");
}

}  // namespace
}  // namespace torii::show
