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

}  // namespace
}  // namespace torii::monitoring
