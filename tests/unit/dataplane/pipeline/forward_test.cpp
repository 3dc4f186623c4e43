#include "dataplane/pipeline/burst.h"
#include "tests/unit/dataplane/support/test_router.h"

#include <set>

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;
using test::Frame;
using test::Packing;
using test::port_mac;

class Forward : public test::TestRouter {
protected:
    static Frame v4(const std::string& destination, std::uint8_t ttl = 64) {
        Packing packing{"10.0.0.2", destination};
        packing.hops = ttl;
        packing.payload = test::udp(1, 2);
        return test::ipv4(packing);
    }
    static Frame v6(const std::string& destination, std::uint8_t hops = 64) {
        Packing packing{"fd00::2", destination};
        packing.hops = hops;
        packing.payload = test::udp(1, 2);
        return test::ipv6(packing);
    }
    static Frame sized_v4(std::size_t length, std::uint16_t fragment_word) {
        Packing packing{"10.0.0.2", "172.16.1.9"};
        packing.fragment_word = fragment_word;
        packing.payload = test::udp(1, 2, length - packet::kIpv4Size - packet::kUdpSize);
        return test::ipv4(packing);
    }
    [[nodiscard]] std::uint64_t member_packets(std::uint32_t group) const {
        return table_.group_status(group)->members[0].packets;
    }
};

TEST_F(Forward, RewritesToTheGateway) {
    const Frame before = v4("172.16.1.9");
    const Packet& packet = process(before);
    ASSERT_EQ(packet.verdict, Verdict::forward);
    EXPECT_EQ(packet.out_port, 1);
    EXPECT_EQ(packet.length, before.size());
    EXPECT_EQ(packet::destination_mac(packet.data), host_mac(1));
    EXPECT_EQ(packet::source_mac(packet.data), port_mac(1));
    EXPECT_EQ(packet::ether_type(packet.data), packet::kEtherIpv4);
    const packet::Ipv4View ip(packet.data + kEthernetSize);
    EXPECT_EQ(ip.ttl(), 63);
    EXPECT_TRUE(ip.checksum_good());
    // All the rest is as it was.
    EXPECT_TRUE(std::equal(before.begin() + kEthernetSize + 12, before.end(),
                           packet.data + kEthernetSize + 12));
    EXPECT_EQ(member_packets(kVia1), 1U);
}

TEST_F(Forward, RewritesIpv6ToTheGateway) {
    const Packet& packet = process(v6("fd02::9"));
    ASSERT_EQ(packet.verdict, Verdict::forward);
    EXPECT_EQ(packet.out_port, 2);
    EXPECT_EQ(packet::destination_mac(packet.data), host_mac(2));
    EXPECT_EQ(packet::source_mac(packet.data), port_mac(2));
    EXPECT_EQ(packet::Ipv6View(packet.data + kEthernetSize).hop_limit(), 63);
}

TEST_F(Forward, SendsToAttachedHosts) {
    const Packet& packet4 = process(v4("10.0.2.2"));
    ASSERT_EQ(packet4.verdict, Verdict::forward);
    EXPECT_EQ(packet4.out_port, 2);
    EXPECT_EQ(packet::destination_mac(packet4.data), host_mac(2));
    const Packet& packet6 = process(v6("fd00:1::2"));
    ASSERT_EQ(packet6.verdict, Verdict::forward);
    EXPECT_EQ(packet6.out_port, 1);
    EXPECT_EQ(packet::destination_mac(packet6.data), host_mac(1));
}

TEST_F(Forward, CutsPaddingOff) {
    Frame padded = v4("172.16.1.9");
    const std::size_t length = padded.size();
    padded.resize(length + 20);
    EXPECT_EQ(process(padded).length, length);
    Frame padded6 = v6("fd01::9");
    const std::size_t length6 = padded6.size();
    padded6.resize(length6 + 3);
    EXPECT_EQ(process(padded6).length, length6);
}

TEST_F(Forward, AnswersNoRoute) {
    expect_answer(process(v4("192.0.2.1")), DropReason::no_route,
                  IcmpErrorKind::network_unreachable);
    expect_answer(process(v6("2001:db8::1")), DropReason::no_route,
                  IcmpErrorKind::network_unreachable);
    EXPECT_EQ(drops(DropReason::no_route), 2U);
}

TEST_F(Forward, DiscardsSilently) {
    expect_drop(process(v4("198.51.100.1")), DropReason::discard_route);
    EXPECT_EQ(output_.answered, 0);
    expect_drop(process(v6("2001:db8:1::1")), DropReason::discard_route);
    EXPECT_EQ(output_.answered, 0);
    EXPECT_EQ(member_packets(kDiscard), 2U);
}

TEST_F(Forward, RejectsWithAnAnswer) {
    expect_answer(process(v4("203.0.113.1")), DropReason::reject_route, IcmpErrorKind::prohibited);
    expect_answer(process(v6("2001:db8:2::1")), DropReason::reject_route,
                  IcmpErrorKind::prohibited);
}

TEST_F(Forward, EndsPacketsThatRanOutOfHops) {
    for (const std::uint8_t hops : Frame{0, 1}) {
        const Frame before = v4("172.16.1.9", hops);
        const Packet& packet = process(before);
        expect_answer(packet, DropReason::ttl_exceeded, IcmpErrorKind::time_exceeded);
        EXPECT_EQ(Frame(packet.data, packet.data + packet.length), before);
        expect_answer(process(v6("fd01::9", hops)), DropReason::ttl_exceeded,
                      IcmpErrorKind::time_exceeded);
    }
    EXPECT_EQ(process(v4("172.16.1.9", 2)).verdict, Verdict::forward);
    EXPECT_EQ(process(v6("fd01::9", 2)).verdict, Verdict::forward);
}

TEST_F(Forward, KeepsTheMtuOfTheWayOut) {
    EXPECT_EQ(process(sized_v4(kMtu, 0x4000)).verdict, Verdict::forward);
    expect_answer(process(sized_v4(kMtu + 1, 0x4000)), DropReason::mtu_exceeded,
                  IcmpErrorKind::packet_too_big);
    EXPECT_EQ(output_.answers[0].error.value, kMtu);
    table_.set_port(1, port_mac(1), 1400);
    expect_answer(process(sized_v4(1401, 0x4000)), DropReason::mtu_exceeded,
                  IcmpErrorKind::packet_too_big);
    EXPECT_EQ(output_.answers[0].error.value, 1400);
}

TEST_F(Forward, HasIpv4CutThatMayBe) {
    const Packet& packet = process(sized_v4(kMtu + 1, 0));
    EXPECT_EQ(packet.verdict, Verdict::fragment);
    EXPECT_EQ(packet.out_port, 1);
    EXPECT_EQ(packet.length, packet::kEthernetSize + kMtu + 1);
    EXPECT_EQ(packet::destination_mac(packet.data), host_mac(1));
    EXPECT_TRUE(packet::Ipv4View(packet.data + packet::kEthernetSize).checksum_good());
    ASSERT_EQ(output_.cut, 1);
    EXPECT_EQ(output_.oversize[0].index, 0);
    EXPECT_EQ(output_.oversize[0].mtu, kMtu);
    EXPECT_EQ(pipeline_.counters().ports[0].forwarded.value(), 1U);
}

TEST_F(Forward, KeepsTheMtuForIpv6) {
    Packing packing{"fd00::2", "fd01::9"};
    packing.payload = test::udp(1, 2, kMtu - packet::kIpv6Size - packet::kUdpSize);
    EXPECT_EQ(process(test::ipv6(packing)).verdict, Verdict::forward);
    packing.payload.push_back(0);
    expect_answer(process(test::ipv6(packing)), DropReason::mtu_exceeded,
                  IcmpErrorKind::packet_too_big);
    EXPECT_EQ(output_.answers[0].error.value, kMtu);
}

TEST_F(Forward, PaddingDoesNotCountForTheMtu) {
    Frame frame = sized_v4(kMtu, 0x4000);
    frame.resize(frame.size() + 8);
    EXPECT_EQ(process(frame).verdict, Verdict::forward);
}

TEST_F(Forward, DropsUnicastInABroadcastFrame) {
    Packing packing{"10.0.0.2", "172.16.1.9"};
    packing.payload = test::udp(1, 2);
    packing.to = test::kBroadcastMac;
    expect_drop(process(test::ipv4(packing)), DropReason::link_layer_broadcast);
    packing.destination = "10.0.0.1";
    expect_drop(process(test::ipv4(packing)), DropReason::link_layer_broadcast);
}

TEST_F(Forward, IsOneOfTheHostsOfItsSubnetForBroadcasts) {
    Packing packing{"10.0.0.2", "10.0.0.255"};
    packing.payload = test::udp(1, 2);
    packing.to = test::kBroadcastMac;
    expect_punt(process(test::ipv4(packing)), PuntClass::other);
}

TEST_F(Forward, DropsDirectedBroadcasts) {
    for (const char* destination : {"10.0.1.255", "10.0.1.0"}) {
        expect_drop(process(v4(destination)), DropReason::directed_broadcast);
        EXPECT_EQ(output_.answered, 0);
    }
}

TEST_F(Forward, KnowsNoBroadcastOnPointToPointSubnets) {
    PortSettings port;
    port.addresses = {InterfaceAddress::parse("10.0.0.0/31").value(),
                      InterfaceAddress::parse("10.0.9.9/32").value(),
                      InterfaceAddress::parse("fd00::1/64").value()};
    EXPECT_FALSE(is_broadcast_of(port, test::number("10.0.0.1")));
    EXPECT_FALSE(is_broadcast_of(port, test::number("10.0.0.0")));
    EXPECT_FALSE(is_broadcast_of(port, test::number("10.0.9.9")));
    port.addresses.push_back(InterfaceAddress::parse("10.0.8.1/30").value());
    EXPECT_TRUE(is_broadcast_of(port, test::number("10.0.8.3")));
    EXPECT_TRUE(is_broadcast_of(port, test::number("10.0.8.0")));
    EXPECT_FALSE(is_broadcast_of(port, test::number("10.0.8.2")));
}

TEST_F(Forward, KeepsLinkLocalPacketsOnTheirLink) {
    Packing packing{"169.254.1.1", "172.16.1.9"};
    packing.payload = test::udp(1, 2);
    expect_drop(process(test::ipv4(packing)), DropReason::link_local_scope);
    fib::FibTransaction transaction;
    transaction.routes = {{test::prefix("169.254.0.0/16"), kVia1}};
    apply(transaction);
    expect_drop(process(v4("169.254.7.7")), DropReason::link_local_scope);
    packing.destination = "10.0.0.1";
    expect_punt(process(test::ipv4(packing)), PuntClass::local);
}

TEST_F(Forward, DropsWhatWouldLeaveOnNoPort) {
    table_.remove_port(1);
    expect_drop(process(v4("172.16.1.9")), DropReason::port_unknown);
    fib::FibTransaction transaction;
    transaction.next_hops = {
        {50, fib::NextHopKind::gateway, test::address("10.0.7.2"), "eth7", kNoPort},
        {51, fib::NextHopKind::attached, {}, "eth7", kNoPort},
        {52, fib::NextHopKind::gateway, test::address("10.0.8.2"), "eth8", 8}};
    transaction.groups = {{50, {{50, 1}}}, {51, {{51, 1}}}, {52, {{52, 1}}}};
    transaction.routes = {{test::prefix("172.17.0.0/24"), 50},
                          {test::prefix("172.17.1.0/24"), 51},
                          {test::prefix("172.17.2.0/24"), 52}};
    apply(transaction);
    expect_drop(process(v4("172.17.0.1")), DropReason::port_unknown);
    expect_drop(process(v4("172.17.1.1")), DropReason::port_unknown);
    settings_.ports[8].enabled = true;  // but its MAC address and MTU are not known
    publish();
    expect_drop(process(v4("172.17.2.1")), DropReason::port_unknown);
    EXPECT_EQ(drops(DropReason::port_unknown), 4U);
}

TEST_F(Forward, SendsBackOutOfThePortItCameFrom) {
    Packing packing{"10.0.1.7", "172.16.1.9"};
    packing.to = port_mac(1);
    packing.payload = test::udp(1, 2);
    const Packet& packet = process(test::ipv4(packing), 1);
    ASSERT_EQ(packet.verdict, Verdict::forward);
    EXPECT_EQ(packet.out_port, 1);
}

// All rows of the table, so that none is missed when one is added: each has a name of its own.
TEST(DropReasons, HaveDistinctNamesAndATextEach) {
    std::set<std::string_view> names;
    for (const DropReasonRow& row : kDropReasons) {
        EXPECT_FALSE(row.name.empty());
        EXPECT_FALSE(row.text.empty());
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
    }
}

}  // namespace
}  // namespace torii::pipeline
