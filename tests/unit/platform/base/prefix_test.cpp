#include "platform/base/prefix.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <unordered_set>

namespace torii {
namespace {

using ::testing::HasSubstr;

Prefix prefix(std::string_view text) {
    return Prefix::parse(text).value();
}

IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}

TEST(Prefix, TextRoundTrips) {
    for (const std::string text : {"0.0.0.0/0", "10.0.0.0/8", "192.168.10.200/32", "192.0.2.0/25",
                                   "::/0", "2001:db8::/32", "2001:db8::1/128", "fe80::/10"}) {
        EXPECT_EQ(prefix(text).to_string(), text);
    }
}

TEST(Prefix, RefusesHostBitsAndSaysWhatWasMeant) {
    const auto parsed = Prefix::parse("172.20.1.1/16");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("172.20.0.0/16"));
}

TEST(Prefix, RefusesBadLengths) {
    for (const auto* text :
         {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/+8",
          "10.0.0.0/ 8", "10.0.0.0/8/8", "::/129", "::/4294967296", "/8", "x/8"}) {
        EXPECT_FALSE(Prefix::parse(text)) << text;
    }
}

TEST(Prefix, ErrorsSayTheRangeOfTheFamily) {
    EXPECT_THAT(Prefix::parse("10.0.0.0/33").error().message, HasSubstr("0 to 32"));
    EXPECT_THAT(Prefix::parse("::/129").error().message, HasSubstr("0 to 128"));
}

TEST(Prefix, MakeClearsHostBitsInTheMiddleOfAnOctet) {
    EXPECT_EQ(Prefix::make(address("10.255.255.255"), 13).value(), prefix("10.248.0.0/13"));
    EXPECT_EQ(Prefix::make(address("2001:db8:ffff::1"), 33).value(), prefix("2001:db8:8000::/33"));
    EXPECT_EQ(Prefix::make(address("255.255.255.255"), 0).value(), Prefix{});
    EXPECT_FALSE(Prefix::make(address("10.0.0.0"), 33));
    EXPECT_FALSE(Prefix::make(address("::"), 129));
}

TEST(Prefix, CoveringCutsLongLengths) {
    EXPECT_EQ(Prefix::covering(address("10.0.0.1"), 200), Prefix::host(address("10.0.0.1")));
    EXPECT_TRUE(Prefix::covering(address("::1"), 200).is_host());
}

TEST(Prefix, ContainsItsAddressesOnly) {
    const Prefix pods = prefix("172.20.1.0/24");
    EXPECT_TRUE(pods.contains(address("172.20.1.0")));
    EXPECT_TRUE(pods.contains(address("172.20.1.255")));
    EXPECT_FALSE(pods.contains(address("172.20.2.0")));
    EXPECT_FALSE(pods.contains(address("172.20.0.255")));
    EXPECT_TRUE(prefix("0.0.0.0/0").contains(address("203.0.113.1")));
    EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("2001:db8::1")));
    EXPECT_FALSE(prefix("::/0").contains(address("203.0.113.1")));
}

TEST(Prefix, ContainsLongerPrefixesAndItself) {
    EXPECT_TRUE(prefix("10.0.0.0/8").contains(prefix("10.1.0.0/16")));
    EXPECT_TRUE(prefix("10.0.0.0/8").contains(prefix("10.0.0.0/8")));
    EXPECT_FALSE(prefix("10.0.0.0/8").contains(prefix("0.0.0.0/0")));
    EXPECT_FALSE(prefix("10.0.0.0/8").contains(prefix("11.0.0.0/16")));
}

TEST(Prefix, SetsTellLengthsApart) {
    const std::unordered_set<Prefix> set{prefix("10.0.0.0/8"), prefix("10.0.0.0/16"),
                                         prefix("10.0.0.0/8")};
    EXPECT_EQ(set.size(), 2U);
}

TEST(InterfaceAddress, KeepsTheHostBits) {
    const auto parsed = InterfaceAddress::parse("192.168.10.200/24");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->to_string(), "192.168.10.200/24");
    EXPECT_EQ(parsed->network(), prefix("192.168.10.0/24"));
    EXPECT_FALSE(InterfaceAddress::parse("192.168.10.200"));
}

}  // namespace
}  // namespace torii
