#include "platform/base/ip_address.h"

#include "platform/base/mac_address.h"

#include <gmock/gmock.h>

#include <array>
#include <string>
#include <string_view>
#include <unordered_set>

namespace torii {
namespace {

using ::testing::HasSubstr;

IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}

TEST(IpAddress, TextRoundTrips) {
    for (const std::string text : {"0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1",
                                   "2001:db8::1", "fe80::1:2:3:4", "::ffff:10.0.0.1"}) {
        EXPECT_EQ(address(text).to_string(), text);
    }
}

TEST(MacAddress, IsReadAsItIsWritten) {
    EXPECT_EQ(MacAddress::parse("52:54:00:ab:CD:ef")->to_string(), "52:54:00:ab:cd:ef");
    for (const char* text : {"", "52:54:00:ab:cd", "52:54:00:ab:cd:ef:01", "52:54:00:ab:cd:e",
                             "52-54-00-ab-cd-ef", "52:54:00:ab:cd:eg", "5:54:00:ab:cd:ef:",
                             "52:54:00:ab:cd:efa", "+2:54:00:ab:cd:ef", "525400abcdef"}) {
        const auto parsed = MacAddress::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error().message, HasSubstr("no MAC address"));
    }
}

TEST(IpAddress, TextIsWrittenInItsShortestForm) {
    EXPECT_EQ(address("2001:0DB8:0:0:0:0:0:1").to_string(), "2001:db8::1");  // RFC 5952
}

TEST(IpAddress, RefusesWhatIsNoAddressAndNamesIt) {
    for (const std::string text :
         {"", " ", "10.0.0", "10.0.0.256", "10.0.0.01.", "10.0.0.1/24", " 10.0.0.1", "10.0.0.1 ",
          "2001:db8::1::2", "2001:db8", "fe80::1%eth0", "router", "1.2.3.4.5", "::g"}) {
        const auto parsed = IpAddress::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error().message, HasSubstr("\"" + text + "\""));
    }
}

TEST(IpAddress, RefusesANulBehindAnAddress) {
    EXPECT_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0x", 10)));
}

TEST(IpAddress, OctetsRoundTrip) {
    for (const auto* text : {"192.0.2.33", "2001:db8::33"}) {
        const IpAddress one = address(text);
        EXPECT_EQ(IpAddress::from_bytes(one.bytes()).value(), one);
    }
    EXPECT_EQ(address("192.0.2.33").bytes().size(), 4U);
    EXPECT_EQ(address("2001:db8::33").bytes().size(), 16U);
}

TEST(IpAddress, OctetsOfAnotherNumberAreRefused) {
    const std::array<std::uint8_t, 17> octets{};
    for (const std::size_t size : {0U, 3U, 5U, 15U, 17U}) {
        EXPECT_FALSE(IpAddress::from_bytes(Bytes(octets).first(size))) << size;
    }
}

TEST(IpAddress, Ipv4NumberIsInHostByteOrder) {
    EXPECT_EQ(IpAddress::v4(0x0a000001).to_string(), "10.0.0.1");
    EXPECT_EQ(address("10.0.0.1").v4_number(), 0x0a000001U);
}

TEST(IpAddress, SortsByFamilyThenByNumber) {
    EXPECT_LT(address("9.255.255.255"), address("10.0.0.0"));
    EXPECT_LT(address("255.255.255.255"), address("::"));
    EXPECT_LT(address("::ffff"), address("::1:0"));
    EXPECT_NE(address("0.0.0.0"), address("::"));
}

TEST(IpAddress, KnowsTheSpecialRanges) {
    EXPECT_TRUE(address("127.1.2.3").is_loopback());
    EXPECT_TRUE(address("::1").is_loopback());
    EXPECT_FALSE(address("128.0.0.1").is_loopback());
    EXPECT_FALSE(address("::2").is_loopback());
    EXPECT_TRUE(address("224.0.0.0").is_multicast());
    EXPECT_TRUE(address("239.255.255.255").is_multicast());
    EXPECT_FALSE(address("223.255.255.255").is_multicast());
    EXPECT_FALSE(address("240.0.0.0").is_multicast());
    EXPECT_TRUE(address("ff02::1").is_multicast());
    EXPECT_FALSE(address("fe80::1").is_multicast());
    EXPECT_TRUE(address("169.254.0.1").is_link_local());
    EXPECT_FALSE(address("169.253.0.1").is_link_local());
    EXPECT_TRUE(address("febf::1").is_link_local());
    EXPECT_FALSE(address("fec0::1").is_link_local());
    EXPECT_TRUE(IpAddress::any(IpFamily::v4).is_unspecified());
    EXPECT_TRUE(IpAddress::any(IpFamily::v6).is_unspecified());
    EXPECT_FALSE(address("0.0.0.1").is_unspecified());
}

TEST(IpAddress, TheFamiliesAreApartInASet) {
    std::unordered_set<IpAddress> set{address("0.0.0.0"), address("::"), address("0.0.0.0")};
    EXPECT_EQ(set.size(), 2U);
    EXPECT_TRUE(set.contains(address("::")));
}

TEST(MacAddress, IsWrittenWithColons) {
    const MacAddress mac{{0x02, 0x00, 0x0a, 0xff, 0x10, 0x01}};
    EXPECT_EQ(mac.to_string(), "02:00:0a:ff:10:01");
    EXPECT_FALSE(mac.is_group());
    EXPECT_TRUE((MacAddress{{0x01, 0x00, 0x5e, 0, 0, 1}}).is_group());
    EXPECT_TRUE(MacAddress{}.is_zero());
}

}  // namespace
}  // namespace torii
