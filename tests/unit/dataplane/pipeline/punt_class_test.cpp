#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using test::Frame;
using test::Packing;

class PuntClasses : public test::TestRouter {
protected:
    static Frame to_us(std::uint8_t protocol, const Frame& payload, PortId port = 0) {
        Packing packing{"10.0.0.2", "10.0.0.1"};
        packing.to = test::port_mac(port);
        packing.protocol = protocol;
        packing.payload = payload;
        return test::ipv4(packing);
    }
    static Frame echo(PortId port = 0) {
        return to_us(packet::kProtocolIcmp, test::icmp(packet::kIcmpEchoRequest), port);
    }
    static Frame bgp() { return to_us(packet::kProtocolTcp, test::tcp(40000, 179)); }
    // How many of `count` are handed over.
    int handed_over(const Frame& frame, int count, PortId port = 0) {
        int passed = 0;
        for (int sent = 0; sent < count; ++sent) {
            const Packet& packet = process(frame, port);
            passed += packet.verdict == Verdict::punt || packet.verdict == Verdict::hold ? 1 : 0;
        }
        return passed;
    }
};

TEST_F(PuntClasses, AreLimitedToTheirBurstAndRate) {
    const PuntClassRow& row = punt_class_row(PuntClass::icmp);
    const auto burst = static_cast<int>(row.burst);
    EXPECT_EQ(handed_over(echo(), burst + 100), burst);
    EXPECT_EQ(limited(PuntClass::icmp), 100U);
    EXPECT_EQ(punted(PuntClass::icmp), row.burst);
    EXPECT_EQ(drops(DropReason::over_limit), 100U);
    now_ += std::chrono::milliseconds(100);
    EXPECT_EQ(handed_over(echo(), burst), static_cast<int>(row.rate / 10));
}

TEST_F(PuntClasses, DoNotStarveEachOther) {
    handed_over(echo(), 3000);
    Packing request{"10.0.0.2", "10.0.0.1"};
    const Frame arp =
        test::ethernet(test::kBroadcastMac, test::kHostMac, packet::kEtherArp, Frame(28));
    handed_over(arp, 3000);
    EXPECT_GT(limited(PuntClass::arp), 0U);
    EXPECT_EQ(handed_over(bgp(), 1000), 1000);
}

TEST_F(PuntClasses, AreLimitedByPort) {
    handed_over(echo(), 3000);
    EXPECT_EQ(handed_over(echo(1), 100, 1), 100);
}

TEST_F(PuntClasses, CountThoseWhoWaitForANeighbor) {
    const auto burst = static_cast<int>(punt_class_row(PuntClass::unresolved).burst);
    Packing packing{"10.0.0.2", "10.0.1.77"};
    packing.payload = test::udp(1, 2);
    EXPECT_EQ(handed_over(test::ipv4(packing), burst + 5), burst);
    EXPECT_EQ(drops(DropReason::over_limit), 5U);
    // What has been held before is not counted again.
    Packet& held = process(test::ipv4(packing), 0, packet::kHeld);
    EXPECT_EQ(held.verdict, Verdict::hold);
}

TEST_F(PuntClasses, TellOfTtlBesideOtherErrors) {
    settings_.icmp_error_burst = 2;
    publish();
    Packing packing{"10.0.0.2", "172.16.1.9"};
    packing.hops = 1;
    packing.payload = test::udp(1, 2);
    for (int sent = 0; sent < 10; ++sent) process(test::ipv4(packing));
    EXPECT_EQ(punted(PuntClass::ttl), 2U);
    EXPECT_EQ(limited(PuntClass::ttl), 8U);
    // A flood of them costs nobody the MTU of the way.
    packing.hops = 64;
    packing.fragment_word = 0x4000;
    packing.payload.resize(1600);
    process(test::ipv4(packing));
    EXPECT_EQ(output_.answered, 1);
}

}  // namespace
}  // namespace torii::pipeline
