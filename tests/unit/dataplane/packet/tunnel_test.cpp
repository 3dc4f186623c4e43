#include "dataplane/packet/tunnel.h"

#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

#include <memory>

namespace torii::packet {
namespace {

using test::Frame;
using test::Packing;

constexpr std::uint16_t kBridged = 0x6558;

Frame inner_v4() {
    return test::ip_of(
        test::ipv4({"10.9.0.1", "10.9.0.2", 17, 64, 0, {}, {}, {}, test::udp(7, 8)}));
}
Frame inner_v6() {
    return test::ip_of(test::ipv6({"fd09::1", "fd09::2", 6, 64, 0, {}, {}, {}, test::tcp(7, 8)}));
}
Frame framed(std::uint16_t type, const Frame& packet) {
    return test::ethernet(test::kHostMac, test::kBroadcastMac, type, packet);
}
// A VLAN tag, as what follows the EtherType before it.
Frame tagged(std::uint16_t type, const Frame& rest) {
    Frame tag(4);
    store16(tag.data(), 42);
    store16(tag.data() + 2, type);
    return test::joined(tag, rest);
}
Frame outer_v4(std::uint8_t protocol, const Frame& payload) {
    Packing packing{"192.0.2.1", "192.0.2.2", protocol};
    packing.payload = payload;
    return test::ip_of(test::ipv4(packing));
}
Frame outer_v6(std::uint8_t protocol, const Frame& payload) {
    Packing packing{"2001:db8::1", "2001:db8::2", protocol};
    packing.payload = payload;
    return test::ip_of(test::ipv6(packing));
}
Frame innermost(const Frame& packet) {
    // On the heap and no larger, so that a sanitizer sees a read past the end.
    const auto copy = std::make_unique<std::uint8_t[]>(packet.size());
    std::ranges::copy(packet, copy.get());
    const Bytes found = find_innermost(Bytes(copy.get(), packet.size()));
    return {found.begin(), found.end()};
}

TEST(Tunnel, WhatIsNoneIsItself) {
    EXPECT_EQ(innermost(inner_v4()), inner_v4());
    EXPECT_EQ(innermost(inner_v6()), inner_v6());
    const Frame other = outer_v4(kProtocolEsp, inner_v4());
    EXPECT_EQ(innermost(other), other);
}

TEST(Tunnel, IpInIp) {
    for (const auto& [protocol, inner] :
         {std::pair{kProtocolIpv4, inner_v4()}, std::pair{kProtocolIpv6, inner_v6()}}) {
        EXPECT_EQ(innermost(outer_v4(protocol, inner)), inner);
        EXPECT_EQ(innermost(outer_v6(protocol, inner)), inner);
    }
    // A protocol number that says the other family.
    const Frame wrong = outer_v4(kProtocolIpv4, inner_v6());
    EXPECT_EQ(innermost(wrong), wrong);
    const Frame wrong6 = outer_v4(kProtocolIpv6, inner_v4());
    EXPECT_EQ(innermost(wrong6), wrong6);
}

TEST(Tunnel, ThroughExtensionHeaders) {
    const Frame payload = test::joined({kProtocolIpv4, 0, 1, 4, 0, 0, 0, 0}, inner_v4());
    EXPECT_EQ(innermost(outer_v6(kProtocolDestinationOptions, payload)), inner_v4());
}

TEST(Tunnel, GreWithAllItsFields) {
    for (const unsigned flags : {0U, 0x8000U, 0x2000U, 0x1000U, 0xb000U}) {
        const auto fields = static_cast<std::uint16_t>(flags);
        EXPECT_EQ(innermost(outer_v4(kProtocolGre, test::gre(fields, kEtherIpv4, inner_v4()))),
                  inner_v4());
        EXPECT_EQ(innermost(outer_v6(kProtocolGre, test::gre(fields, kEtherIpv6, inner_v6()))),
                  inner_v6());
        EXPECT_EQ(innermost(outer_v4(kProtocolGre,
                                     test::gre(fields, kBridged, framed(kEtherIpv6, inner_v6())))),
                  inner_v6());
    }
    // PPTP, source routing, something that is not IP.
    for (const Frame& strange :
         {test::gre(0x0001, kEtherIpv4, inner_v4()), test::gre(0x4000, kEtherIpv4, inner_v4()),
          test::gre(0, 0x8847, inner_v4())}) {
        const Frame packet = outer_v4(kProtocolGre, strange);
        EXPECT_EQ(innermost(packet), packet);
    }
}

TEST(Tunnel, VxlanWithAndWithoutTags) {
    const auto carry = [](const Frame& frame) {
        return innermost(outer_v4(kProtocolUdp, test::vxlan(1, frame)));
    };
    EXPECT_EQ(carry(framed(kEtherIpv4, inner_v4())), inner_v4());
    EXPECT_EQ(carry(framed(kEtherVlan, tagged(kEtherIpv6, inner_v6()))), inner_v6());
    const Frame two = tagged(kEtherVlan, tagged(kEtherIpv4, inner_v4()));
    EXPECT_EQ(carry(framed(kEtherProviderVlan, two)), inner_v4());
    const Frame three = framed(kEtherVlan, tagged(kEtherVlan, two));
    EXPECT_EQ(carry(three), outer_v4(kProtocolUdp, test::vxlan(1, three)));
}

TEST(Tunnel, GeneveWithAndWithoutOptions) {
    for (const std::size_t words : {0U, 1U, 63U}) {
        EXPECT_EQ(innermost(outer_v6(kProtocolUdp, test::geneve(1, words, kBridged,
                                                                framed(kEtherIpv4, inner_v4())))),
                  inner_v4());
        EXPECT_EQ(innermost(outer_v4(kProtocolUdp, test::geneve(1, words, kEtherIpv6, inner_v6()))),
                  inner_v6());
    }
    Frame other = test::geneve(1, 0, kEtherIpv4, inner_v4());
    other[kUdpSize] = 0x40;  // another version
    EXPECT_EQ(innermost(outer_v4(kProtocolUdp, other)), outer_v4(kProtocolUdp, other));
}

// Only a packet that is whole can say what it carries: all its fragments go one way.
TEST(Tunnel, FragmentsStayOutside) {
    for (const std::uint16_t word : {std::uint16_t{0x2000}, std::uint16_t{0x0010}}) {
        Packing packing{"192.0.2.1", "192.0.2.2", kProtocolIpv4, 64, word};
        packing.payload = inner_v4();
        const Frame packet = test::ip_of(test::ipv4(packing));
        EXPECT_EQ(innermost(packet), packet);
    }
    const Frame packet =
        outer_v6(kProtocolFragment, test::fragment_header(kProtocolIpv4, 0, true, inner_v4()));
    EXPECT_EQ(innermost(packet), packet);
}

TEST(Tunnel, TunnelsInTunnelsUpToABound) {
    Frame packet = inner_v4();
    for (int tunnels = 0; tunnels < 4; ++tunnels) packet = outer_v4(kProtocolIpv4, packet);
    EXPECT_EQ(innermost(packet), inner_v4());
    EXPECT_EQ(innermost(outer_v4(kProtocolIpv4, packet)), outer_v4(kProtocolIpv4, inner_v4()));
}

TEST(Tunnel, PaddingInsideIsNotThePackets) {
    EXPECT_EQ(innermost(outer_v4(kProtocolIpv4, test::joined(inner_v4(), Frame(5)))), inner_v4());
}

// However much is missing, nothing past the end is read.
TEST(Tunnel, CutAnywhere) {
    const std::vector<std::pair<std::uint8_t, Frame>> tunnels{
        {kProtocolIpv4, inner_v4()},
        {kProtocolIpv6, inner_v6()},
        {kProtocolGre, test::gre(0xb000, kBridged, framed(kEtherIpv4, inner_v4()))},
        {kProtocolUdp, test::vxlan(1, framed(kEtherVlan, tagged(kEtherIpv6, inner_v6())))},
        {kProtocolUdp, test::geneve(1, 3, kBridged, framed(kEtherIpv4, inner_v4()))}};
    for (const auto& [protocol, payload] : tunnels) {
        for (std::size_t size = 0; size < payload.size(); ++size) {
            const Frame cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
            const Frame packet = outer_v4(protocol, cut);
            EXPECT_LE(innermost(packet).size(), packet.size());
        }
    }
}

TEST(Tunnel, IsRecognisedByProtocolAndPort) {
    const Frame to_vxlan = test::udp(1, kVxlanPort);
    const Frame from_vxlan = test::udp(kVxlanPort, 1);
    EXPECT_TRUE(may_carry_ip(kProtocolUdp, to_vxlan.data()));
    EXPECT_TRUE(may_carry_ip(kProtocolUdp, test::udp(1, kGenevePort).data()));
    EXPECT_FALSE(may_carry_ip(kProtocolUdp, from_vxlan.data()));
    EXPECT_FALSE(may_carry_ip(kProtocolTcp, to_vxlan.data()));
    for (const std::uint8_t protocol : {kProtocolIpv4, kProtocolIpv6, kProtocolGre}) {
        EXPECT_TRUE(may_carry_ip(protocol, from_vxlan.data()));
    }
}

}  // namespace
}  // namespace torii::packet
