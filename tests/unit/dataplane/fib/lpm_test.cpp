#include "dataplane/fib/lpm.h"

#include "platform/base/prefix.h"
#include "tests/unit/dataplane/fib/deferred_reclaimer.h"

#include <gtest/gtest.h>

#include <string>

namespace torii::fib {
namespace {

class Lpm4Test : public ::testing::Test {
protected:
    static Ipv4Key key(const std::string& text) {
        return {Prefix::parse(text).value().address().v4_number()};
    }
    static unsigned length(const std::string& text) { return Prefix::parse(text).value().length(); }
    void set(const std::string& text, std::uint32_t value) {
        lpm_.set(key(text), length(text), value);
    }
    auto remove(const std::string& text) { return lpm_.remove(key(text), length(text)); }
    [[nodiscard]] std::uint32_t lookup(const std::string& text) const {
        return lpm_.lookup(IpAddress::parse(text).value().v4_number());
    }

    test::DeferredReclaimer reclaimer_;
    Lpm4 lpm_{reclaimer_, 16};
};

TEST_F(Lpm4Test, FindsTheLongest) {
    set("10.0.0.0/8", 1);
    set("10.1.0.0/16", 2);
    set("10.1.1.0/24", 3);
    set("10.1.1.128/25", 4);
    set("10.1.1.129/32", 5);
    EXPECT_EQ(lookup("10.2.0.1"), 1U);
    EXPECT_EQ(lookup("10.1.2.1"), 2U);
    EXPECT_EQ(lookup("10.1.1.1"), 3U);
    EXPECT_EQ(lookup("10.1.1.130"), 4U);
    EXPECT_EQ(lookup("10.1.1.129"), 5U);
    EXPECT_EQ(lookup("11.0.0.1"), 0U);
}

TEST_F(Lpm4Test, DoesNotDependOnTheOrder) {
    set("10.1.1.129/32", 5);
    set("10.1.1.128/25", 4);
    set("10.1.1.0/24", 3);
    set("10.0.0.0/8", 1);
    EXPECT_EQ(lookup("10.1.1.129"), 5U);
    EXPECT_EQ(lookup("10.1.1.130"), 4U);
    EXPECT_EQ(lookup("10.1.1.1"), 3U);
    EXPECT_EQ(lookup("10.9.9.9"), 1U);
}

TEST_F(Lpm4Test, ServesTheDefaultRoute) {
    set("0.0.0.0/0", 9);
    EXPECT_EQ(lookup("0.0.0.0"), 9U);
    EXPECT_EQ(lookup("255.255.255.255"), 9U);
    EXPECT_EQ(remove("0.0.0.0/0"), 9U);
    EXPECT_EQ(lookup("8.8.8.8"), 0U);
}

TEST_F(Lpm4Test, FallsBackWhenARouteGoes) {
    set("10.1.1.0/24", 3);
    set("10.1.1.4/30", 4);
    set("10.1.1.5/32", 5);
    EXPECT_EQ(remove("10.1.1.4/30"), 4U);
    EXPECT_EQ(lookup("10.1.1.6"), 3U);
    EXPECT_EQ(lookup("10.1.1.5"), 5U);
    EXPECT_EQ(remove("10.1.1.5/32"), 5U);
    EXPECT_EQ(lookup("10.1.1.5"), 3U);
    EXPECT_FALSE(remove("10.1.1.5/32"));
    EXPECT_EQ(lpm_.size(), 1U);
}

TEST_F(Lpm4Test, ReplacesAValue) {
    set("10.1.1.5/32", 5);
    set("10.1.1.5/32", 6);
    EXPECT_EQ(lookup("10.1.1.5"), 6U);
    EXPECT_EQ(lpm_.size(), 1U);
}

// The same value as the route around it is a route all the same.
TEST_F(Lpm4Test, KeepsARouteOfTheSameValueAsItsCover) {
    set("10.1.1.0/24", 3);
    set("10.1.1.5/32", 3);
    set("10.1.1.0/24", 7);
    EXPECT_EQ(lookup("10.1.1.5"), 3U);
    EXPECT_EQ(lookup("10.1.1.6"), 7U);
    EXPECT_EQ(remove("10.1.1.5/32"), 3U);
    EXPECT_EQ(lookup("10.1.1.5"), 7U);
}

TEST_F(Lpm4Test, GivesTablesBackOnlyAfterTheReadersHaveMovedOn) {
    set("10.1.1.5/32", 5);
    EXPECT_EQ(lpm_.used_tables(), 1U);
    remove("10.1.1.5/32");
    EXPECT_EQ(lpm_.used_tables(), 1U);
    EXPECT_EQ(reclaimer_.waiting(), 1U);
    reclaimer_.release();
    EXPECT_EQ(lpm_.used_tables(), 0U);
    EXPECT_EQ(lpm_.free_tables(), 16U);
}

TEST_F(Lpm4Test, LeaksNoTableWhenARouteFlaps) {
    for (int count = 0; count < 1000; ++count) {
        set("10.1.1.5/32", 5);
        remove("10.1.1.5/32");
        reclaimer_.release();
    }
    EXPECT_EQ(lpm_.used_tables(), 0U);
}

TEST_F(Lpm4Test, TellsTheMatchFromItsMemory) {
    set("10.1.0.0/16", 2);
    set("10.1.1.4/30", 4);
    const auto match = lpm_.match({IpAddress::parse("10.1.1.6").value().v4_number()});
    ASSERT_TRUE(match);
    EXPECT_EQ(match->length, 30U);
    EXPECT_EQ(match->value, 4U);
    EXPECT_FALSE(lpm_.match({0x0b000000}));
}

class Lpm6Test : public ::testing::Test {
protected:
    void set(const std::string& text, std::uint32_t value) {
        const Prefix prefix = Prefix::parse(text).value();
        lpm_.set({prefix.address().octets()}, prefix.length(), value);
    }
    auto remove(const std::string& text) {
        const Prefix prefix = Prefix::parse(text).value();
        return lpm_.remove({prefix.address().octets()}, prefix.length());
    }
    [[nodiscard]] std::uint32_t lookup(const std::string& text) const {
        return lpm_.lookup(IpAddress::parse(text).value().octets().data());
    }

    test::DeferredReclaimer reclaimer_;
    Lpm6 lpm_{reclaimer_, 64};
};

TEST_F(Lpm6Test, FindsTheLongestAtEveryLevel) {
    set("2000::/3", 1);
    set("2001:db8::/32", 2);
    set("2001:db8:1::/48", 3);
    set("2001:db8:1:2::/64", 4);
    set("2001:db8:1:2::5/128", 5);
    set("2001:db8:1:2:8000::/65", 6);
    EXPECT_EQ(lookup("3fff::1"), 1U);
    EXPECT_EQ(lookup("2001:db8:9::1"), 2U);
    EXPECT_EQ(lookup("2001:db8:1:9::1"), 3U);
    EXPECT_EQ(lookup("2001:db8:1:2::4"), 4U);
    EXPECT_EQ(lookup("2001:db8:1:2::5"), 5U);
    EXPECT_EQ(lookup("2001:db8:1:2:8000::1"), 6U);
    EXPECT_EQ(lookup("fd00::1"), 0U);
}

TEST_F(Lpm6Test, FallsBackAndLeaksNothing) {
    set("2001:db8::/32", 2);
    for (int count = 0; count < 500; ++count) {
        set("2001:db8::5/128", 5);
        ASSERT_EQ(lookup("2001:db8::5"), 5U);
        ASSERT_EQ(remove("2001:db8::5/128"), 5U);
        ASSERT_EQ(lookup("2001:db8::5"), 2U);
        reclaimer_.release();
    }
    remove("2001:db8::/32");
    reclaimer_.release();
    EXPECT_EQ(lpm_.used_tables(), 0U);
}

TEST_F(Lpm6Test, NeedsNoMoreTablesThanItSays) {
    set("2001:db8::5/128", 5);
    EXPECT_EQ(lpm_.used_tables(), Lpm6::kLevels);
}

}  // namespace
}  // namespace torii::fib
