#include "agent/loadbalance/handover.h"

#include <gmock/gmock.h>

namespace torii::loadbalance {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const IpAddress kShared = *IpAddress::parse("172.16.1.1");
const IpAddress kOther = *IpAddress::parse("192.0.2.2");

TEST(Handover, NothingLeavesNoTable) {
    EXPECT_EQ(handover_text({false, {}, {kShared}}),
              "add table ip torii-handover\ndelete table ip torii-handover\n"
              "add table ip6 torii-handover\ndelete table ip6 torii-handover\n");
}

TEST(Handover, WhatIsUnknownGoesToTheNodeThatDrains) {
    EXPECT_THAT(
        handover_text({false, {kOther}, {kShared}}),
        AllOf(HasSubstr("addresses { 172.16.1.1 }"),
              HasSubstr("unknown dup to 192.0.2.2\n"
                        "add rule ip torii-handover unknown drop\n"),
              HasSubstr("ct state new tcp flags & syn == 0"), Not(HasSubstr("add set ip6"))));
}

TEST(Handover, ANodeThatDrainsHandsNothingOnAndRefusesNothing) {
    EXPECT_THAT(handover_text({true, {kOther}, {kShared}}),
                AllOf(HasSubstr("torii-handover unknown drop\n"), Not(HasSubstr("dup"))));
}

TEST(Handover, OnlyToNodesOnANetworkOfThisOne) {
    const std::vector<InterfaceAddress> own{{*IpAddress::parse("192.0.2.1"), 24},
                                            {*IpAddress::parse("192.0.3.9"), 32}};
    const IpAddress far = *IpAddress::parse("192.0.3.2");
    EXPECT_THAT(neighbors({kOther, far}, own), testing::ElementsAre(kOther));
    EXPECT_THAT(neighbors({kOther}, {}), testing::IsEmpty());
}

}  // namespace
}  // namespace torii::loadbalance
