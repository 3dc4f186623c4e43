#include "agent/ipam/address_range.h"

#include <gtest/gtest.h>

namespace torii::ipam {
namespace {

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

TEST(AddressRange, Sizes) {
    EXPECT_EQ(size_of({address("10.0.0.0"), address("10.0.0.255")}), 256U);
    EXPECT_EQ(size_of({address("10.0.0.1"), address("10.0.0.1")}), 1U);
    EXPECT_EQ(to_text(size_of({address("ff::"), address("ff:0:0:ffff:ffff:ffff:ffff:ffff")})),
              "1208925819614629174706176");
    const Number all = size_of({address("::"), address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")});
    EXPECT_EQ(to_text(all), "340282366920938463463374607431768211455") << "one too few, but no 0";
    EXPECT_EQ(saturating_sum(all, 5), all);
    EXPECT_EQ(to_text(0), "0");
}

TEST(AddressRange, FamiliesDoNotMeet) {
    const AddressRange v4{address("10.0.0.0"), address("10.0.0.255")};
    EXPECT_FALSE(v4.contains(address("::a00:1")));
    EXPECT_FALSE(v4.overlaps({address("::"), address("::ffff")}));
    EXPECT_TRUE(v4.overlaps({address("10.0.0.255"), address("10.0.1.0")}));
    EXPECT_FALSE(v4.overlaps({address("10.0.1.0"), address("10.0.1.0")}));
}

TEST(AddressRange, Advanced) {
    EXPECT_EQ(advanced(address("10.0.0.255"), 1), address("10.0.1.0"));
    EXPECT_EQ(advanced(address("fd00::ffff"), 2), address("fd00::1:1"));
}

std::string free_after(std::vector<const char*> taken) {
    std::vector<IpAddress> addresses;
    for (const char* text : taken) addresses.push_back(address(text));
    const auto next = next_free({address("10.0.0.1"), address("10.0.0.6")}, addresses);
    return next ? next->to_string() : "none";
}

TEST(NextFree, TheFirstOfTheSmallestGap) {
    EXPECT_EQ(free_after({}), "10.0.0.1");
    EXPECT_EQ(free_after({"10.0.0.1"}), "10.0.0.2");
    EXPECT_EQ(free_after({"10.0.0.1", "10.0.0.3"}), "10.0.0.2");
    EXPECT_EQ(free_after({"10.0.0.3", "10.0.0.5"}), "10.0.0.4");
    EXPECT_EQ(free_after({"10.0.0.2", "10.0.0.4"}), "10.0.0.1") << "equal gaps: the lower one";
    EXPECT_EQ(free_after({"10.0.0.4"}), "10.0.0.5") << "two behind, three before";
    EXPECT_EQ(free_after({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"}),
              "none");
}

TEST(NextFree, AtTheEndOfAllAddresses) {
    const IpAddress last = IpAddress::v4(0xFFFFFFFF);
    EXPECT_EQ(next_free({last, last}, {}), last);
    EXPECT_EQ(next_free({last, last}, {last}), std::nullopt);
}

}  // namespace
}  // namespace torii::ipam
