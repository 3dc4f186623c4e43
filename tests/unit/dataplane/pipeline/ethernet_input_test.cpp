#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using test::Frame;
using test::kHostMac;
using test::Packing;
using test::port_mac;

class EthernetInput : public test::TestRouter {
protected:
    static Frame good() {
        Packing packing{"10.0.0.2", "172.16.1.9"};
        packing.payload = test::udp(1, 2);
        return test::ipv4(packing);
    }
};

TEST_F(EthernetInput, TakesFramesToOurMac) {
    EXPECT_EQ(process(good()).verdict, Verdict::forward);
}

TEST_F(EthernetInput, DropsEverythingOfADisabledPort) {
    settings_.ports[0].enabled = false;
    publish();
    expect_drop(process(good()), DropReason::port_disabled);
}

TEST_F(EthernetInput, DropsASegmentedPacket) {
    expect_drop(process(good(), 0, packet::kSegmented), DropReason::segmented);
}

TEST_F(EthernetInput, DropsARunt) {
    Frame frame = good();
    frame.resize(13);
    expect_drop(process(frame), DropReason::runt);
    expect_drop(process(Frame{}), DropReason::runt);
}

TEST_F(EthernetInput, DropsFramesToOtherStations) {
    Frame frame = good();
    frame[5] ^= 0x40U;
    expect_drop(process(frame), DropReason::not_our_mac);
    EXPECT_EQ(drops(DropReason::not_our_mac), 1U);
}

TEST_F(EthernetInput, DropsTaggedFrames) {
    const auto frame = [](std::uint16_t type) {
        return test::ethernet(port_mac(0), kHostMac, type, Frame(46));
    };
    expect_drop(process(frame(packet::kEtherVlan)), DropReason::vlan_unknown);
    expect_drop(process(frame(packet::kEtherProviderVlan)), DropReason::vlan_stacked);
    settings_.ports[0].is_vlan = true;  // its own tag is off
    publish();
    expect_drop(process(frame(packet::kEtherVlan)), DropReason::vlan_stacked);
}

TEST_F(EthernetInput, DropsUnknownTypesAndLengths) {
    // LLDP, flow control, and an IEEE 802.3 length.
    for (const std::uint16_t type : std::vector<std::uint16_t>{0x88cc, 0x8808, 46}) {
        expect_drop(process(test::ethernet(port_mac(0), kHostMac, type, Frame(46))),
                    DropReason::unknown_ethertype);
    }
    EXPECT_EQ(drops(DropReason::unknown_ethertype), 3U);
}

TEST_F(EthernetInput, PuntsArpOfBroadcastAndToUs) {
    for (const MacAddress& to : {test::kBroadcastMac, port_mac(0)}) {
        expect_punt(process(test::ethernet(to, kHostMac, packet::kEtherArp, Frame(46))),
                    PuntClass::arp);
    }
    EXPECT_EQ(pipeline_.counters().punts[0].value(), 2U);
    EXPECT_EQ(pipeline_.counters().ports[0].punted.value(), 2U);
}

TEST_F(EthernetInput, GivesEveryPacketOfABurstAVerdict) {
    std::vector<Frame> frames{
        good(), Frame(5), good(),
        test::ethernet(test::kBroadcastMac, kHostMac, packet::kEtherArp, Frame(46))};
    frames[2][16] = 0xff;  // total length
    std::vector<Packet> burst;
    for (Frame& frame : frames) {
        Packet packet;
        packet.data = frame.data();
        packet.length = static_cast<std::uint32_t>(frame.size());
        packet.in_port = 1;
        burst.push_back(packet);
    }
    std::copy_n(port_mac(1).octets.begin(), 6, frames[0].begin());
    std::copy_n(port_mac(1).octets.begin(), 6, frames[2].begin());
    pipeline_.process(burst, now_, output_);
    EXPECT_EQ(burst[0].verdict, Verdict::forward);
    EXPECT_EQ(burst[1].verdict, Verdict::drop);
    EXPECT_EQ(burst[2].verdict, Verdict::drop);
    EXPECT_EQ(burst[3].verdict, Verdict::punt);
    EXPECT_EQ(output_.forwarded, 1);
    EXPECT_EQ(output_.dropped, 2);
    EXPECT_EQ(output_.punted, 1);
    const PortCounters& counters = pipeline_.counters().ports[1];
    EXPECT_EQ(counters.received.value(), 4U);
    EXPECT_EQ(counters.forwarded.value(), 1U);
    EXPECT_EQ(counters.dropped.value(), 2U);
    EXPECT_EQ(counters.punted.value(), 1U);
}

TEST_F(EthernetInput, AnEmptyBurstIsNothing) {
    output_.forwarded = 3;
    pipeline_.process({}, now_, output_);
    EXPECT_EQ(output_.forwarded, 0);
}

}  // namespace
}  // namespace torii::pipeline
