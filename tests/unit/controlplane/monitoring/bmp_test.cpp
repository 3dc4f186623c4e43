#include "controlplane/monitoring/bmp.h"

#include "tests/unit/controlplane/bgp/octets.h"

#include <gmock/gmock.h>

namespace torii::monitoring {
namespace {

using bgp::address;
using bgp::dump;
using bgp::hex;
using namespace std::chrono_literals;

BmpPeer node() {
    return {address("192.168.10.100"),
            bgp::Asn(65001),
            bgp::RouterId(0xc0a80a64),
            false,
            false,
            1000s + 7us};
}

// The common header, then the per-peer header of node().
constexpr const char* kNodeHeader =
    "00 00 0000000000000000 000000000000000000000000 c0a80a64 0000fde9 c0a80a64 000003e8 00000007";

std::string expected(const std::string& size_and_type, const std::string& rest) {
    return dump(hex("03 " + size_and_type + rest));
}

TEST(Bmp, InitiationNamesTheSystem) {
    EXPECT_EQ(dump(bmp_initiation("tor", "Torii")),
              expected("00000016 04", "0001 0005 546f726969 0002 0003 746f72"));
}

TEST(Bmp, TextsAreCutToWhatRfc7854Allows) {
    EXPECT_EQ(bmp_initiation(std::string(5000, 'x'), "").size(), 6U + 4 + 4 + 4096);
}

TEST(Bmp, TerminationSaysWhy) {
    EXPECT_EQ(dump(bmp_termination("bye")),
              expected("00000013 05", "0000 0003 627965 0001 0002 0000"));
}

TEST(Bmp, PeerUpCarriesBothEndsAndBothOpens) {
    const BmpPeerUp up{address("192.168.10.200"), 179, 40000, hex("01 02"), hex("03")};
    EXPECT_EQ(dump(bmp_peer_up(node(), up)),
              expected("00000047 03", std::string(kNodeHeader) +
                                          "000000000000000000000000 c0a80ac8 00b3 9c40 01 02 03"));
}

TEST(Bmp, AnIpv6PeerHasTheVFlagAndAllOctets) {
    BmpPeer peer = node();
    peer.address = address("fd00::1");
    peer.post_policy = true;
    peer.two_octet_as = true;
    const std::string text = dump(bmp_route_monitoring(peer, hex("ff")));
    EXPECT_THAT(text, testing::StartsWith("03 00 00 00 31 00 00 e0 "));
    EXPECT_THAT(text, testing::HasSubstr("fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01"));
}

TEST(Bmp, PeerDownHasWhatItsReasonCallsFor) {
    const auto tail = [](const BmpPeerDown& down) {
        const Octets message = bmp_peer_down(node(), down);
        return dump(Bytes(message).subspan(6 + 42));
    };
    const Octets notification = hex("aa bb");
    EXPECT_EQ(tail({BmpDownReason::local_notification, notification, 0}), "01 aa bb");
    EXPECT_EQ(tail({BmpDownReason::local_event, {}, kEventTcpConnectionFails}), "02 00 12");
    EXPECT_EQ(tail({BmpDownReason::remote_notification, notification, 0}), "03 aa bb");
    EXPECT_EQ(tail({BmpDownReason::remote_closed, notification, 9}), "04");
    EXPECT_EQ(tail({BmpDownReason::deconfigured, {}, 0}), "05");
}

TEST(Bmp, StatisticsCountTheirEntries) {
    BmpStatistics statistics;
    statistics.rejected_by_policy = 2;
    statistics.adj_rib_in = 5;
    statistics.families = {{bgp::Family::ipv6_unicast, 4}};
    EXPECT_EQ(dump(bmp_statistics(node(), statistics)),
              expected("00000057 01", std::string(kNodeHeader) +
                                          "00000003 0000 0004 00000002 0007 0008 0000000000000005"
                                          "0009 000b 0002 01 0000000000000004"));
}

}  // namespace
}  // namespace torii::monitoring
