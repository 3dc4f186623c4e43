#include "controlplane/monitoring/mrt.h"

#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::monitoring {
namespace {

using bgp::address;
using bgp::dump;
using bgp::hex;
using bgp::prefix;

TEST(Mrt, PeerIndexHasAddressesOfBothFamilies) {
    const std::vector<MrtPeer> peers{
        {address("10.0.0.1"), bgp::Asn(65001), bgp::RouterId(0x0a000001)},
        {address("fd00::1"), bgp::Asn(4200000000), bgp::RouterId(0x0a000002)}};
    EXPECT_EQ(dump(MrtTableDump(1000).peer_index(bgp::RouterId(0x01020304), "v", peers)),
              dump(hex("000003e8 000d 0001 0000002f 01020304 0001 76 0002"
                       "02 0a000001 0a000001 0000fde9"
                       "03 0a000002 fd000000000000000000000000000001 fa56ea00")));
}

TEST(Mrt, EntriesAreNumberedAndHaveFourOctetAs) {
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn(65001)});
    attributes.next_hop = address("10.0.0.1");
    const std::vector<MrtPath> paths{{1, 900, &attributes}};
    MrtTableDump table(1000);
    const std::string path =
        "0001 00000384 0014 40 01 01 00 40 02 06 02 01 0000fde9 40 03 04 0a000001";
    EXPECT_EQ(dump(table.rib_entry(prefix("10.1.0.0/16"), paths)),
              dump(hex("000003e8 000d 0002 00000025 00000000 10 0a01 0001" + path)));
    EXPECT_EQ(dump(table.rib_entry(prefix("10.2.0.0/16"), paths)),
              dump(hex("000003e8 000d 0002 00000025 00000001 10 0a02 0001" + path)));
}

TEST(Mrt, AnIpv6PathHasItsNextHopOnlyInMpReach) {
    bgp::PathAttributes attributes;
    attributes.next_hop = address("fd00::1");
    const std::vector<MrtPath> paths{{0, 0, &attributes}};
    EXPECT_EQ(dump(MrtTableDump(0).rib_entry(prefix("fd01::/16"), paths)),
              dump(hex("00000000 000d 0004 0000002c 00000000 10 fd01 0001 0000 00000000 001b"
                       "40 01 01 00 40 02 00 80 0e 11 10 fd000000000000000000000000000001")));
}

MrtSession session() {
    return {
        bgp::Asn(65001), bgp::Asn(4200000000), address("10.0.0.1"), address("10.0.0.9"), false, {}};
}

TEST(Mrt, AMessageHasMicrosecondsAndBothEnds) {
    EXPECT_EQ(dump(mrt_message(UnixTime(1000000007), session(), hex("ffff 02"))),
              dump(hex("000003e8 0011 0004 0000001b 00000007 0000fde9 fa56ea00 0000 0001"
                       "0a000001 0a000009 ffff 02")));
}

// RFC 6396 section 4.4.2: AS numbers of two octets in the record as in the message.
TEST(Mrt, AMessageOfAnOldSessionHasTwoOctetAs) {
    MrtSession old = session();
    old.two_octet_as = true;
    EXPECT_EQ(dump(mrt_message(UnixTime(0), old, hex("00"))),
              dump(hex("00000000 0011 0001 00000015 00000000 fde9 5ba0 0000 0001"
                       "0a000001 0a000009 00")));
}

// RFC 8050: which kind it is depends on the family that the message is about.
TEST(Mrt, AMessageWithPathIdentifiersSaysSo) {
    MrtSession both = session();
    both.add_path = {bgp::Family::ipv6_unicast};
    const std::string header = "ffffffffffffffffffffffffffffffff 0000 02";
    const auto kind = [&](const std::string& body) {
        return mrt_message(UnixTime(0), both, hex(header + body))[7];
    };
    EXPECT_EQ(kind("0000 0000 18 0a0a01"), 4U) << "IPv4 in its classic place";
    EXPECT_EQ(kind("0000 000a 40 01 01 00 80 0f 03 0002 01"), 9U);
    EXPECT_EQ(kind("0000 000b 40 01 01 00 90 0f 0003 0002 01"), 9U) << "extended length";
    EXPECT_EQ(kind("0000 0006 80 0f 03 0001 01"), 4U);
    EXPECT_EQ(kind("0000"), 4U) << "cut short";
}

TEST(Mrt, AStateChangeHasBothStates) {
    EXPECT_EQ(dump(mrt_state_change(UnixTime(0), session(), true)),
              dump(hex("00000000 0011 0005 0000001c 00000000 0000fde9 fa56ea00 0000 0001"
                       "0a000001 0a000009 0005 0006")));
    EXPECT_EQ(dump(mrt_state_change(UnixTime(0), session(), false)).substr(108), "00 06 00 01");
}

}  // namespace
}  // namespace torii::monitoring
