#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using test::address;
using test::Frame;
using test::Packing;

class HoldPackets : public test::TestRouter {
protected:
    static Frame v4(const std::string& destination) {
        Packing packing{"10.0.0.2", destination};
        packing.payload = test::udp(1, 2);
        return test::ipv4(packing);
    }
    static Frame v6(const std::string& destination) {
        Packing packing{"fd00::2", destination};
        packing.payload = test::udp(1, 2);
        return test::ipv6(packing);
    }
    void expect_hold(const Packet& packet, PortId port, const std::string& neighbor) {
        EXPECT_EQ(packet.verdict, Verdict::hold);
        ASSERT_EQ(output_.held, 1);
        EXPECT_EQ(output_.holds[0].index, 0);
        EXPECT_EQ(output_.holds[0].port, port);
        EXPECT_EQ(output_.holds[0].address.to_string(), neighbor);
    }
};

TEST_F(HoldPackets, AwaitsAnAttachedHost) {
    const Frame frame = v4("10.0.1.77");
    Packet& packet = process(frame);
    expect_hold(packet, 1, "10.0.1.77");
    EXPECT_EQ(Frame(packet.data, packet.data + packet.length), frame);
    table_.set_neighbor(1, address("10.0.1.77"), {{2, 0, 0, 0, 7, 7}});
    again(packet);
    ASSERT_EQ(packet.verdict, Verdict::forward);
    EXPECT_EQ(packet::destination_mac(packet.data), (MacAddress{{2, 0, 0, 0, 7, 7}}));
    EXPECT_EQ(packet::Ipv4View(packet.data + packet::kEthernetSize).ttl(), 63);
    const PortCounters& counters = pipeline_.counters().ports[0];
    EXPECT_EQ(counters.received.value(), 1U);
    EXPECT_EQ(counters.held.value(), 1U);
    EXPECT_EQ(counters.forwarded.value(), 1U);
}

TEST_F(HoldPackets, AwaitsAnAttachedIpv6Host) {
    Packet& packet = process(v6("fd00:2::77"));
    expect_hold(packet, 2, "fd00:2::77");
    table_.set_neighbor(2, address("fd00:2::77"), {{2, 0, 0, 0, 7, 8}});
    again(packet);
    EXPECT_EQ(packet.verdict, Verdict::forward);
}

TEST_F(HoldPackets, AwaitsAGateway) {
    table_.remove_neighbor(1, address("10.0.1.2"));
    Packet& packet = process(v4("172.16.1.9"));
    expect_hold(packet, 1, "10.0.1.2");
    EXPECT_EQ(table_.group_status(kVia1)->members[0].packets, 0U);
    table_.set_neighbor(1, address("10.0.1.2"), host_mac(1));
    again(packet);
    EXPECT_EQ(packet.verdict, Verdict::forward);
    EXPECT_EQ(table_.group_status(kVia1)->members[0].packets, 1U);
}

TEST_F(HoldPackets, CountsAPacketOnceHoweverOftenItIsHeld) {
    Packet& packet = process(v4("10.0.1.77"));
    again(packet);
    expect_hold(packet, 1, "10.0.1.77");
    EXPECT_EQ(pipeline_.counters().ports[0].received.value(), 1U);
    EXPECT_EQ(pipeline_.counters().ports[0].held.value(), 1U);
}

TEST_F(HoldPackets, TellsTheSenderWhenTheNeighborDoesNotAnswer) {
    Packet& packet = process(v4("10.0.1.77"));
    packet.flags |= packet::kNeighborFailed;
    again(packet);
    expect_answer(packet, DropReason::neighbor_unresolved, IcmpErrorKind::host_unreachable);
    Packet& packet6 = process(v6("fd00:1::77"));
    packet6.flags |= packet::kNeighborFailed;
    again(packet6);
    expect_answer(packet6, DropReason::neighbor_unresolved, IcmpErrorKind::host_unreachable);
}

TEST_F(HoldPackets, ForwardsAfterAllWhenTheNeighborCameMeanwhile) {
    Packet& packet = process(v4("10.0.1.77"));
    packet.flags |= packet::kNeighborFailed;
    table_.set_neighbor(1, address("10.0.1.77"), {{2, 0, 0, 0, 7, 7}});
    again(packet);
    EXPECT_EQ(packet.verdict, Verdict::forward);
}

}  // namespace
}  // namespace torii::pipeline
