#include "dataplane/packet/arp.h"
#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

namespace torii::packet {
namespace {

using test::Frame;
using test::Packing;

TEST(Ipv4, WritesWhatItReads) {
    Frame header(kIpv4Size);
    Ipv4Fields fields;
    fields.total_length = 1234;
    fields.fragment_word = 0x6001;
    fields.ttl = 9;
    fields.protocol = kProtocolTcp;
    fields.source = 0x0a000001;
    fields.destination = 0xc0a80a01;
    write_ipv4(header.data(), fields);
    const Ipv4View ip(header.data());
    EXPECT_EQ(ip.version(), 4);
    EXPECT_EQ(ip.header_length(), kIpv4Size);
    EXPECT_EQ(ip.total_length(), 1234);
    EXPECT_TRUE(ip.dont_fragment());
    EXPECT_TRUE(ip.is_fragment());
    EXPECT_TRUE(ip.is_later_fragment());
    EXPECT_EQ(ip.ttl(), 9);
    EXPECT_EQ(ip.protocol(), kProtocolTcp);
    EXPECT_EQ(ip.source(), 0x0a000001U);
    EXPECT_EQ(ip.destination(), 0xc0a80a01U);
    EXPECT_TRUE(ip.checksum_good());
    header[8] ^= 1U;
    EXPECT_FALSE(ip.checksum_good());
}

TEST(Ipv4, VerifiesTheChecksumOverOptions) {
    Packing packing{"10.0.0.2", "10.0.0.3"};
    packing.options = {7, 4, 4, 0};
    Frame frame = test::ipv4(packing);
    const Ipv4View ip(frame.data() + kEthernetSize);
    EXPECT_EQ(ip.header_length(), 24U);
    EXPECT_TRUE(ip.checksum_good());
    frame[kEthernetSize + 20] ^= 1U;
    EXPECT_FALSE(ip.checksum_good());
}

// Every TTL with every checksum that a header can have, carries included (RFC 1624 section 4).
TEST(Ipv4, KeepsTheChecksumGoodHopByHop) {
    Frame header(kIpv4Size);
    Ipv4Fields fields;
    fields.ttl = 2;
    for (std::uint32_t identification = 0; identification <= 0xffff; ++identification) {
        fields.identification = static_cast<std::uint16_t>(identification);
        write_ipv4(header.data(), fields);
        decrement_ttl(header.data());
        ASSERT_EQ(header[8], 1);
        ASSERT_TRUE(Ipv4View(header.data()).checksum_good()) << identification;
    }
    for (unsigned ttl = 1; ttl <= 255; ++ttl) {
        fields.ttl = static_cast<std::uint8_t>(ttl);
        write_ipv4(header.data(), fields);
        decrement_ttl(header.data());
        ASSERT_TRUE(Ipv4View(header.data()).checksum_good()) << ttl;
    }
}

TEST(Arp, IsLaidOutAsTheRfcSays) {
    Frame message(kArpSize);
    write_arp(message.data(),
              {kArpReply, {{1, 2, 3, 4, 5, 6}}, 0x0a000001, {{6, 5, 4, 3, 2, 1}}, 0x0a000002});
    EXPECT_EQ(message, (Frame{0,  1, 8, 0, 6, 4, 0, 2, 1, 2, 3,  4, 5, 6,
                              10, 0, 0, 1, 6, 5, 4, 3, 2, 1, 10, 0, 0, 2}));
}

TEST(Icmp, TellsErrorsFromQueries) {
    for (const std::uint8_t type : Frame{3, 4, 5, 11, 12}) EXPECT_TRUE(is_icmp_error(type));
    for (const std::uint8_t type : Frame{0, 8, 9, 10, 13, 14}) EXPECT_FALSE(is_icmp_error(type));
    for (const std::uint8_t type : Frame{1, 2, 3, 4, 127, 137}) EXPECT_TRUE(is_icmpv6_error(type));
    for (const std::uint8_t type : Frame{128, 129, 135}) EXPECT_FALSE(is_icmpv6_error(type));
}

class UpperLayerWalk : public ::testing::Test {
protected:
    // An IPv6 packet whose payload is as given.
    static UpperLayer walk(std::uint8_t next, const Frame& payload) {
        Packing packing{"fd00::2", "fd01::9"};
        packing.protocol = next;
        packing.payload = payload;
        const Frame frame = test::ipv6(packing);
        return find_upper_layer(frame.data() + kEthernetSize, frame.size() - kEthernetSize);
    }
    static Frame extension(std::uint8_t next, std::uint8_t length = 0) {
        Frame header((length + 1U) * 8U, 0);
        header[0] = next;
        header[1] = length;
        return header;
    }
};

TEST_F(UpperLayerWalk, FindsItAtOnce) {
    const UpperLayer upper = walk(kProtocolUdp, test::udp(1, 2));
    EXPECT_TRUE(upper.complete);
    EXPECT_EQ(upper.protocol, kProtocolUdp);
    EXPECT_EQ(upper.offset, kIpv6Size);
    EXPECT_FALSE(upper.fragment);
}

TEST_F(UpperLayerWalk, PassesExtensionHeaders) {
    const Frame chain =
        test::joined(extension(kProtocolDestinationOptions), extension(kProtocolTcp, 2));
    const UpperLayer upper = walk(kProtocolHopByHop, test::joined(chain, test::tcp(1, 2)));
    EXPECT_TRUE(upper.complete);
    EXPECT_EQ(upper.protocol, kProtocolTcp);
    EXPECT_EQ(upper.offset, kIpv6Size + 8 + 24);
}

TEST_F(UpperLayerWalk, CountsAuthenticationHeadersInFours) {
    Frame header(24, 0);
    header[0] = kProtocolUdp;
    header[1] = 4;
    const UpperLayer upper = walk(kProtocolAh, test::joined(header, test::udp(1, 2)));
    EXPECT_TRUE(upper.complete);
    EXPECT_EQ(upper.offset, kIpv6Size + 24);
}

TEST_F(UpperLayerWalk, KnowsFragments) {
    const auto first =
        walk(kProtocolFragment, test::fragment_header(kProtocolUdp, 0, true, test::udp(1, 2)));
    EXPECT_TRUE(first.complete);
    EXPECT_TRUE(first.fragment);
    EXPECT_FALSE(first.later_fragment);
    EXPECT_EQ(first.protocol, kProtocolUdp);
    const auto later =
        walk(kProtocolFragment, test::fragment_header(kProtocolUdp, 64, false, Frame(20)));
    EXPECT_TRUE(later.fragment);
    EXPECT_TRUE(later.later_fragment);
}

TEST_F(UpperLayerWalk, GivesUpOnCutAndEndlessChains) {
    EXPECT_FALSE(walk(kProtocolHopByHop, {}).complete);
    const Frame says_32_octets{kProtocolUdp, 3, 0, 0, 0, 0, 0, 0};
    EXPECT_FALSE(walk(kProtocolHopByHop, says_32_octets).complete);
    Frame endless;
    for (int count = 0; count < 9; ++count) {
        endless = test::joined(endless, extension(kProtocolDestinationOptions));
    }
    EXPECT_FALSE(walk(kProtocolDestinationOptions, endless).complete);
    EXPECT_FALSE(
        walk(kProtocolDestinationOptions, test::joined(extension(kProtocolUdp, 40), Frame(8)))
            .complete);
}

}  // namespace
}  // namespace torii::packet
