#include "dataplane/port/vlan_port.h"

#include "dataplane/port/memory_port.h"

#include <gmock/gmock.h>

namespace torii::port {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Frame kPlain{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x00, 0x45, 0xaa};
const Frame kTagged100{1,  2,  3,    4,    5,    6,    7,    8,    9,    10,
                       11, 12, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00, 0x45, 0xaa};

Frame tagged(std::uint8_t first, std::uint8_t second) {
    Frame frame = kTagged100;
    frame[14] = first;
    frame[15] = second;
    return frame;
}

class VlanPortTest : public ::testing::Test {
protected:
    VlanPortTest() {
        sorter_.add(vlan100_);
        sorter_.add(vlan200_);
    }
    void TearDown() override { EXPECT_EQ(pool_.in_use(), 0U); }

    packet::Packet received(const Frame& frame) {
        packet::Packet packet;
        parent_.feed(frame);
        EXPECT_EQ(parent_.receive(std::span(&packet, 1)), 1U);
        return packet;
    }
    // What becomes of a frame: where it came in, and its octets.
    std::pair<PortId, Frame> sorted(const Frame& frame) {
        packet::Packet packet = received(frame);
        sorter_.sort(std::span(&packet, 1), pool_);
        Frame octets(packet.data, packet.data + packet.length);
        pool_.release(std::span(&packet, 1));
        return {packet.in_port, octets};
    }

    MemoryPool pool_;
    MemoryPort parent_{0, pool_};
    VlanPort vlan100_{5, 100, parent_, pool_};
    VlanPort vlan200_{6, 200, parent_, pool_};
    VlanSorter sorter_;
};

TEST_F(VlanPortTest, SendsWithItsTag) {
    const packet::Packet packet = received(kPlain);
    EXPECT_EQ(vlan100_.transmit(std::span(&packet, 1)), 1U);
    EXPECT_THAT(parent_.take_sent(), ElementsAre(kTagged100));
    EXPECT_EQ(vlan100_.counters().tx_packets, 1U);
    EXPECT_EQ(vlan100_.counters().tx_bytes, kPlain.size());
}

TEST_F(VlanPortTest, CountsAndGivesBackWhatTheParentDoesNotTake) {
    parent_.set_transmit_limit(1);
    const std::array packets{received(kPlain), received(kPlain)};
    EXPECT_EQ(vlan100_.transmit(packets), 1U);
    EXPECT_EQ(vlan100_.counters().tx_packets, 1U);
    pool_.release(std::span(packets).last(1));
}

TEST_F(VlanPortTest, TheTagIsTakenOffAndSaysWhereThePacketCameIn) {
    EXPECT_EQ(sorted(kTagged100), std::pair(PortId{5}, kPlain));
    EXPECT_EQ(sorted(tagged(0x00, 200)), std::pair(PortId{6}, kPlain));
    EXPECT_EQ(vlan100_.counters().rx_packets, 1U);
    EXPECT_EQ(vlan100_.counters().rx_bytes, kPlain.size());
    EXPECT_EQ(vlan200_.counters().rx_packets, 1U);
}

TEST_F(VlanPortTest, ThePriorityIsNoPartOfTheVlan) {
    EXPECT_EQ(sorted(tagged(0xf0, 0x64)), std::pair(PortId{5}, kPlain));
    EXPECT_EQ(sorted(tagged(0xe0, 0x00)), std::pair(PortId{0}, kPlain));
}

TEST_F(VlanPortTest, OtherVlansKeepTheirTags) {
    const Frame frames[] = {tagged(0, 101), tagged(0x0f, 0xff), kPlain,
                            Frame(kTagged100.begin(), kTagged100.begin() + 17)};
    for (const Frame& frame : frames) EXPECT_EQ(sorted(frame), std::pair(PortId{0}, frame));
    EXPECT_EQ(vlan100_.counters().rx_packets, 0U);
}

TEST_F(VlanPortTest, WithinATagIsAnother) {
    Frame frame = kTagged100;
    frame.insert(frame.begin() + 12, {0x81, 0x00, 0x00, 0xc8});
    EXPECT_EQ(sorted(frame), std::pair(PortId{6}, kTagged100));
}

TEST_F(VlanPortTest, CountsEachVlanOfABurst) {
    std::vector<packet::Packet> burst;
    for (const std::uint8_t id : Frame{100, 100, 200, 100, 7, 200}) {
        burst.push_back(received(tagged(0, id)));
    }
    sorter_.sort(burst, pool_);
    EXPECT_EQ(vlan100_.counters().rx_packets, 3U);
    EXPECT_EQ(vlan100_.counters().rx_bytes, 3 * kPlain.size());
    EXPECT_EQ(vlan200_.counters().rx_packets, 2U);
    pool_.release(burst);
}

}  // namespace
}  // namespace torii::port
