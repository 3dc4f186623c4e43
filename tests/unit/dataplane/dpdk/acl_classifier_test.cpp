#include "dataplane/dpdk/acl_classifier.h"

#include "tests/unit/dataplane/dpdk/eal_for_tests.h"
#include "tests/unit/dataplane/support/naive_classifier.h"

#include <gmock/gmock.h>

#include <cstring>
#include <random>

namespace torii::dpdk {
namespace {

using pipeline::AccessKeyV4;
using pipeline::AccessKeyV6;
using pipeline::AccessRule;
using pipeline::PortRange;

class AclClassifier : public ::testing::Test {
protected:
    static void SetUpTestSuite() { test::start_eal("acl", 64); }
    static void TearDownTestSuite() { stop_eal(); }

    // Few values, so that rules and keys meet.
    std::uint32_t number(std::uint32_t below) {
        return static_cast<std::uint32_t>(random_() % below);
    }
    bool chance(std::uint32_t of) { return number(of) == 0; }

    std::optional<Prefix> some_prefix(IpFamily family) {
        if (chance(2)) return std::nullopt;
        std::array<std::uint8_t, 16> octets{};
        for (const std::size_t place : {0U, 1U, 2U, 3U, 7U, 9U, 15U}) {
            octets[place] = static_cast<std::uint8_t>(number(3));
        }
        const IpAddress address =
            family == IpFamily::v6
                ? IpAddress::v6(octets)
                : IpAddress::v4(octets[0] << 24U | octets[1] << 16U | octets[2] << 8U | octets[3]);
        return Prefix::covering(address,
                                static_cast<std::uint8_t>(number(address_bits(family) + 1U)));
    }
    std::optional<PortRange> some_ports() {
        if (chance(2)) return std::nullopt;
        const auto first = static_cast<std::uint16_t>(number(6));
        return PortRange{first, static_cast<std::uint16_t>(first + number(4))};
    }
    AccessRule some_rule(std::uint32_t sequence) {
        constexpr std::uint8_t kProtocols[] = {1, 6, 17, 58};
        AccessRule rule;
        rule.sequence = sequence;
        const IpFamily family = chance(2) ? IpFamily::v4 : IpFamily::v6;
        rule.source = some_prefix(family);
        rule.destination = some_prefix(family);
        if (chance(2)) rule.protocol = kProtocols[number(4)];
        if (chance(3)) rule.source_ports = some_ports();
        if (chance(3)) rule.destination_ports = some_ports();
        if (chance(4)) rule.icmp_type = static_cast<std::uint8_t>(number(3));
        if (chance(3)) {
            rule.tcp_flags_set = static_cast<std::uint8_t>(number(8));
            rule.tcp_flags_clear = static_cast<std::uint8_t>(number(8) & ~rule.tcp_flags_set);
        }
        return rule;
    }
    template <class Key>
    Key some_key() {
        constexpr std::uint8_t kProtocols[] = {1, 6, 17, 58, 89};
        Key key{};
        for (std::uint8_t& octet : key.unused) octet = static_cast<std::uint8_t>(random_());
        for (std::uint8_t& octet : key.source) octet = static_cast<std::uint8_t>(number(3));
        for (std::uint8_t& octet : key.destination) octet = static_cast<std::uint8_t>(number(3));
        key.protocol = kProtocols[number(5)];
        key.source_port[1] = static_cast<std::uint8_t>(number(10));
        key.destination_port[1] = static_cast<std::uint8_t>(number(10));
        key.present = static_cast<std::uint8_t>(number(8));
        key.icmp_type = static_cast<std::uint8_t>(number(3));
        key.tcp_flags = static_cast<std::uint8_t>(number(8));
        return key;
    }
    template <class Key>
    void compare(const pipeline::AccessList& list, IpFamily family) {
        const test::NaiveClassifier<Key> naive(list.rules());
        std::vector<Key> keys;
        std::vector<const std::uint8_t*> pointers;
        keys.reserve(32);
        for (std::uint32_t count = 1 + number(32); count > 0; --count) {
            keys.push_back(some_key<Key>());
            pointers.push_back(reinterpret_cast<const std::uint8_t*>(&keys.back()));
        }
        std::vector<std::uint32_t> found(keys.size(), 99);
        std::vector<std::uint32_t> wanted(keys.size());
        list.classify(family, pointers, found.data());
        naive.classify(pointers, wanted.data());
        ASSERT_EQ(found, wanted);
        hits_ += static_cast<std::size_t>(std::ranges::count_if(found, [](auto f) { return f; }));
    }

    std::mt19937 random_{7};
    std::size_t hits_ = 0;
};

TEST_F(AclClassifier, FindsWhatOneRuleAfterTheOtherFinds) {
    for (int round = 0; round < 60; ++round) {
        std::vector<AccessRule> rules;
        const std::uint32_t count = round < 30 ? number(6) : number(120);
        for (std::uint32_t sequence = 1; sequence <= count; ++sequence) {
            rules.push_back(some_rule(sequence));
        }
        const auto list = build_access_list("random", rules, 1);
        ASSERT_TRUE(list) << list.error().message;
        for (int burst = 0; burst < 40; ++burst) {
            compare<AccessKeyV4>(**list, IpFamily::v4);
            compare<AccessKeyV6>(**list, IpFamily::v6);
        }
    }
    EXPECT_GT(hits_, 5000U);
}

TEST_F(AclClassifier, AListOfOneFamilyHasNoRuleForTheOther) {
    AccessRule rule;
    rule.source = Prefix::parse("10.0.0.0/8").value();
    const auto list = build_access_list("one", {rule}, 1);
    ASSERT_TRUE(list) << list.error().message;
    const AccessKeyV6 key = some_key<AccessKeyV6>();
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&key);
    std::uint32_t found = 99;
    (*list)->classify(IpFamily::v6, std::span(&octets, 1), &found);
    EXPECT_EQ(found, 0U);
}

}  // namespace
}  // namespace torii::dpdk
