#include "tests/unit/dataplane/support/naive_classifier.h"
#include "tests/unit/dataplane/support/test_router.h"

#include <gmock/gmock.h>

namespace torii::pipeline {
namespace {

using test::address;
using test::Frame;
using test::ipv4;
using test::ipv6;
using test::prefix;

AccessRule accept(std::uint32_t sequence = 10) {
    return {.sequence = sequence, .action = AccessAction::accept};
}

class AccessFilter : public test::TestRouter {
protected:
    // For what comes in by port 0.
    void filter_input(const std::vector<AccessRule>& rules) {
        list_ = test::naive_access_list(rules);
        settings_.ports[0].acl_in = list_;
        publish();
    }
    // For what goes out of port 1.
    void filter_output(const std::vector<AccessRule>& rules) {
        list_ = test::naive_access_list(rules);
        settings_.ports[1].acl_out = list_;
        publish();
    }
    static Frame to_host(std::uint16_t port, const std::string& to = "172.16.1.9") {
        return ipv4({.source = "10.0.0.2", .destination = to, .payload = test::udp(5000, port)});
    }
    void expect_forwarded(const packet::Packet& packet, PortId port) {
        EXPECT_EQ(packet.verdict, Verdict::forward);
        EXPECT_EQ(packet.out_port, port);
    }

    std::shared_ptr<const AccessList> list_;
};

TEST_F(AccessFilter, WhatFitsNoRuleIsDiscarded) {
    AccessRule rule = accept();
    rule.protocol = packet::kProtocolUdp;
    rule.destination_ports = PortRange{80, 90};
    filter_input({rule});
    expect_forwarded(process(to_host(80)), 1);
    expect_forwarded(process(to_host(90)), 1);
    expect_drop(process(to_host(91)), DropReason::acl_in);
    EXPECT_EQ(output_.answered, 0);
    EXPECT_EQ(list_->packets(1), 2U);
    EXPECT_EQ(list_->packets(0), 1U);
    // Another port has no list.
    Frame frame = ipv4({.source = "10.0.2.2",
                        .destination = "172.16.1.9",
                        .to = test::port_mac(2),
                        .payload = test::udp(1, 91)});
    expect_forwarded(process(frame, 2), 1);
}

TEST_F(AccessFilter, RejectTellsTheSenderAndDiscardDoesNot) {
    AccessRule reject = {.sequence = 1, .action = AccessAction::reject};
    reject.destination = prefix("172.16.1.0/24");
    AccessRule discard = {.sequence = 2, .action = AccessAction::discard};
    discard.destination = prefix("172.16.2.0/24");
    filter_input({reject, discard, accept()});
    expect_answer(process(to_host(1)), DropReason::acl_in, IcmpErrorKind::prohibited);
    expect_drop(process(to_host(1, "172.16.2.9")), DropReason::acl_in);
    EXPECT_EQ(output_.answered, 0);
}

TEST_F(AccessFilter, TheRoutersOwnTrafficObeys) {
    AccessRule rule = accept();
    rule.protocol = packet::kProtocolTcp;
    rule.destination_ports = PortRange{179, 179};
    filter_input({rule});
    expect_punt(process(ipv4({.source = "10.0.0.2",
                              .destination = "10.0.0.1",
                              .protocol = packet::kProtocolTcp,
                              .payload = test::tcp(1000, 179)})),
                PuntClass::bgp);
    expect_drop(process(ipv4({.source = "10.0.0.2",
                              .destination = "10.0.0.1",
                              .protocol = packet::kProtocolIcmp,
                              .payload = test::icmp(8)})),
                DropReason::acl_in);
}

TEST_F(AccessFilter, ArpAndNeighborDiscoveryGoOn) {
    filter_input({});
    expect_punt(
        process(test::ethernet(test::kBroadcastMac, test::kHostMac, packet::kEtherArp, Frame(46))),
        PuntClass::arp);
    const auto icmpv6 = [](std::uint8_t type) {
        return ipv6({.source = "fd00:0::2",
                     .destination = "fd00:0::1",
                     .protocol = packet::kProtocolIcmpv6,
                     .hops = 255,
                     .payload = test::icmp(type)});
    };
    expect_punt(process(icmpv6(135)), PuntClass::nd);
    expect_drop(process(icmpv6(128)), DropReason::acl_in);
    // But a rule may say otherwise.
    filter_input({{.sequence = 1, .action = AccessAction::discard}});
    expect_drop(process(icmpv6(135)), DropReason::acl_in);
}

TEST_F(AccessFilter, LaterFragmentsFitNoRuleThatAsksForPorts) {
    AccessRule rule = accept();
    rule.protocol = packet::kProtocolUdp;
    filter_input({rule});
    Frame later = ipv4({.source = "10.0.0.2",
                        .destination = "172.16.1.9",
                        .fragment_word = 0x0010,
                        .payload = test::udp(5000, 80)});
    expect_forwarded(process(later), 1);
    rule.destination_ports = PortRange{80, 80};
    filter_input({rule});
    expect_drop(process(later), DropReason::acl_in);
    later = ipv4({.source = "10.0.0.2",
                  .destination = "172.16.1.9",
                  .fragment_word = 0x2000,  // the first
                  .payload = test::udp(5000, 80)});
    expect_forwarded(process(later), 1);
}

TEST_F(AccessFilter, LooksBehindIpv6ExtensionHeaders) {
    AccessRule rule = accept();
    rule.protocol = packet::kProtocolTcp;
    rule.tcp_flags_set = packet::kTcpSyn;
    rule.tcp_flags_clear = 0x10;
    filter_input({rule});
    const auto frame = [](std::uint8_t flags) {
        Frame options{packet::kProtocolTcp, 0, 1, 4, 0, 0, 0, 0};
        Frame tcp = test::tcp(1000, 2000);
        tcp[packet::kTcpFlags] = flags;
        return ipv6({.source = "fd00::2",
                     .destination = "fd01::9",
                     .protocol = packet::kProtocolDestinationOptions,
                     .payload = test::joined(options, tcp)});
    };
    expect_forwarded(process(frame(0x02)), 1);
    expect_drop(process(frame(0x12)), DropReason::acl_in);
    expect_drop(process(frame(0x10)), DropReason::acl_in);
}

TEST_F(AccessFilter, OutputIsJudgedByThePortItWouldLeaveBy) {
    AccessRule rule = {.sequence = 1, .action = AccessAction::reject};
    rule.protocol = packet::kProtocolUdp;
    rule.destination_ports = PortRange{53, 53};
    filter_output({rule, accept()});
    expect_answer(process(to_host(53)), DropReason::acl_out, IcmpErrorKind::prohibited);
    expect_forwarded(process(to_host(54)), 1);
    expect_forwarded(process(to_host(53, "172.16.2.9")), 2);
    EXPECT_EQ(list_->packets(1), 1U);
    EXPECT_EQ(list_->packets(2), 1U);
    // A packet with options goes by the stages alone.
    Frame with_options = ipv4({.source = "10.0.0.2",
                               .destination = "172.16.1.9",
                               .options = Frame{1, 1, 1, 0},
                               .payload = test::udp(5000, 53)});
    expect_drop(process(with_options), DropReason::acl_out);
    // What is held counts once.
    table_.remove_neighbor(1, address("10.0.1.2"));
    packet::Packet& held = process(to_host(54));
    EXPECT_EQ(held.verdict, Verdict::hold);
    table_.set_neighbor(1, address("10.0.1.2"), host_mac(1));
    again(held);
    expect_forwarded(held, 1);
    EXPECT_EQ(list_->packets(2), 2U);
}

// The others keep their order and their places in the output.
TEST_F(AccessFilter, ABurstIsSortedApart) {
    AccessRule refuse = {.sequence = 1, .action = AccessAction::reject};
    refuse.protocol = packet::kProtocolUdp;
    refuse.destination_ports = PortRange{666, 666};
    filter_input({refuse, accept()});
    std::vector<Frame> frames;
    for (std::uint16_t number = 0; number < 32; ++number) {
        const bool bad = number % 3 == 0;
        frames.push_back(ipv4({.source = "10.0.0.2",
                               .destination = number % 2 == 0 ? "172.16.1.9" : "172.16.2.9",
                               .payload = test::udp(number, bad ? 666 : 80)}));
    }
    std::vector<packet::Packet> burst(32);
    for (std::size_t index = 0; index < burst.size(); ++index) {
        burst[index].data = frames[index].data();
        burst[index].length = static_cast<std::uint32_t>(frames[index].size());
        burst[index].in_port = 0;
    }
    pipeline_.process(burst, now_, output_);
    std::vector<std::uint16_t> forwarded;
    std::vector<std::uint16_t> dropped;
    for (const packet::Packet& packet : burst) {
        const std::uint16_t number = packet::load16(packet.data + 34);
        (packet.verdict == Verdict::forward ? forwarded : dropped).push_back(number);
    }
    EXPECT_THAT(dropped, testing::ElementsAre(0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30));
    EXPECT_TRUE(std::ranges::is_sorted(forwarded));
    EXPECT_EQ(forwarded.size(), 21U);
    EXPECT_EQ(output_.forwarded, 21);
    EXPECT_EQ(output_.dropped, 11);
    EXPECT_EQ(output_.only_port, kNoPort);
    ASSERT_EQ(output_.answered, 11);
    for (const IcmpAnswer& answer : std::span(output_.answers).first(11)) {
        EXPECT_EQ(burst[answer.index].verdict, Verdict::drop);
    }
    EXPECT_EQ(pipeline_.counters().ports[0].received.value(), 32U);
    EXPECT_EQ(pipeline_.counters().ports[0].dropped.value(), 11U);
}

TEST_F(AccessFilter, WhatIsNoValidPacketIsForTheStagesToName) {
    filter_input({});
    Frame frame = to_host(80);
    frame[14] = 0x55;
    expect_drop(process(frame), DropReason::ipv4_bad_version);
    frame = to_host(80);
    frame.resize(20);
    expect_drop(process(frame), DropReason::ipv4_truncated);
}

}  // namespace
}  // namespace torii::pipeline
