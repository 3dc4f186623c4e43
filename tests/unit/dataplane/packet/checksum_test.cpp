#include "dataplane/packet/checksum.h"

#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

namespace torii::packet {
namespace {

using test::Frame;
using test::Packing;

// The example of RFC 1071 section 3.
TEST(Checksum, SumsTheExampleOfTheRfc) {
    const Frame octets{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    EXPECT_EQ(internet_checksum(octets), static_cast<std::uint16_t>(~0xddf2));
}

TEST(Checksum, PadsAnOddOctetWithZero) {
    EXPECT_EQ(internet_checksum(Frame{0x12, 0x34, 0x56}),
              internet_checksum(Frame{0x12, 0x34, 0x56, 0x00}));
}

TEST(Checksum, IsZeroOverItself) {
    Frame octets{0x45, 0, 0, 40, 1, 2, 3, 4, 64, 6, 0, 0};
    store16(octets.data() + 10, internet_checksum(octets));
    EXPECT_EQ(internet_checksum(octets), 0);
}

TEST(Checksum, UdpNeverSendsZero) {
    const Frame addresses(8, 0);
    // The pseudo-header adds 17 and the length 2; these two octets bring the sum to 0xffff.
    Frame message(2);
    store16(message.data(), 0xffff - 17 - 2);
    EXPECT_EQ(transport_checksum(addresses, kProtocolUdp, message), 0xffff);
}

class Repair : public ::testing::TestWithParam<bool> {
protected:
    [[nodiscard]] static Frame packet_of(std::uint8_t protocol, const Frame& payload) {
        Packing packing;
        packing.protocol = protocol;
        packing.payload = payload;
        packing.source = GetParam() ? "fd00::2" : "10.0.0.2";
        packing.destination = GetParam() ? "fd01::9" : "172.16.1.9";
        Frame frame = GetParam() ? test::ipv6(packing) : test::ipv4(packing);
        frame.erase(frame.begin(), frame.begin() + kEthernetSize);
        return frame;
    }
    [[nodiscard]] static std::size_t header_size() { return GetParam() ? kIpv6Size : kIpv4Size; }
    [[nodiscard]] static Bytes addresses(const Frame& packet) {
        return GetParam() ? Bytes(packet).subspan(8, 32) : Bytes(packet).subspan(12, 8);
    }
    // What a sender that leaves the work to its device puts into the field.
    static void make_partial(Frame& packet, std::uint8_t protocol, std::size_t field) {
        const auto length = static_cast<std::uint32_t>(packet.size() - header_size());
        const std::uint16_t sum =
            fold_checksum(pseudo_header_sum(addresses(packet), protocol, length));
        store16(packet.data() + header_size() + field, __builtin_bswap16(sum));
    }
    [[nodiscard]] static std::uint16_t right_checksum(Frame packet, std::uint8_t protocol,
                                                      std::size_t field) {
        store16(packet.data() + header_size() + field, 0);
        return transport_checksum(addresses(packet), protocol,
                                  Bytes(packet).subspan(header_size()));
    }
};

TEST_P(Repair, CompletesAPartialTcpChecksum) {
    Frame packet = packet_of(kProtocolTcp, test::tcp(40000, 80, 33));
    make_partial(packet, kProtocolTcp, 16);
    EXPECT_TRUE(repair_transport_checksum(packet.data(), packet.size()));
    EXPECT_EQ(load16(packet.data() + header_size() + 16), right_checksum(packet, kProtocolTcp, 16));
}

TEST_P(Repair, CompletesAPartialUdpChecksumInFrontOfPadding) {
    Frame packet = packet_of(kProtocolUdp, test::udp(5000, 53, 3));
    make_partial(packet, kProtocolUdp, 6);
    const std::uint16_t right = right_checksum(packet, kProtocolUdp, 6);
    packet.resize(packet.size() + 9, 0xee);
    EXPECT_TRUE(repair_transport_checksum(packet.data(), packet.size()));
    EXPECT_EQ(load16(packet.data() + header_size() + 6), right);
}

TEST_P(Repair, LeavesACompleteChecksumAlone) {
    Frame packet = packet_of(kProtocolTcp, test::tcp(40000, 80, 33));
    store16(packet.data() + header_size() + 16, right_checksum(packet, kProtocolTcp, 16));
    const Frame before = packet;
    EXPECT_FALSE(repair_transport_checksum(packet.data(), packet.size()));
    EXPECT_EQ(packet, before);
}

TEST_P(Repair, LeavesAWrongChecksumAlone) {
    Frame packet = packet_of(kProtocolTcp, test::tcp(40000, 80, 33));
    store16(packet.data() + header_size() + 16,
            static_cast<std::uint16_t>(right_checksum(packet, kProtocolTcp, 16) ^ 0x55U));
    const Frame before = packet;
    EXPECT_FALSE(repair_transport_checksum(packet.data(), packet.size()));
    EXPECT_EQ(packet, before);
}

TEST_P(Repair, LeavesOtherProtocolsAndCutHeadersAlone) {
    Frame echo = packet_of(kProtocolIcmp, test::icmp(kIcmpEchoRequest));
    EXPECT_FALSE(repair_transport_checksum(echo.data(), echo.size()));
    Frame cut = packet_of(kProtocolTcp, Frame(10));
    EXPECT_FALSE(repair_transport_checksum(cut.data(), cut.size()));
    Frame whole = packet_of(kProtocolTcp, test::tcp(1, 2));
    make_partial(whole, kProtocolTcp, 16);
    EXPECT_FALSE(repair_transport_checksum(whole.data(), whole.size() - 1));
}

INSTANTIATE_TEST_SUITE_P(Families, Repair, ::testing::Bool(),
                         [](const auto& family) { return family.param ? "Ipv6" : "Ipv4"; });

TEST(RepairIpv4, LeavesFragmentsAlone) {
    Packing packing{"10.0.0.2", "172.16.1.9"};
    packing.payload = test::udp(1, 2);
    packing.fragment_word = 0x2000;
    Frame frame = test::ipv4(packing);
    std::uint8_t* packet = frame.data() + kEthernetSize;
    const std::uint16_t sum =
        fold_checksum(pseudo_header_sum(Bytes(packet + 12, 8), kProtocolUdp, 20));
    store16(packet + kIpv4Size + 6, __builtin_bswap16(sum));
    EXPECT_FALSE(repair_transport_checksum(packet, frame.size() - kEthernetSize));
}

}  // namespace
}  // namespace torii::packet
