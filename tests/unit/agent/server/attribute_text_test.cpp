// The wording is that of `cilium bgp routes`.
#include "agent/server/attribute_text.h"

#include <gtest/gtest.h>

namespace torii::agent {
namespace {

ipc::BgpPath path(const char* next_hop) {
    ipc::BgpPath path;
    path.set_origin("IGP");
    path.set_next_hop(next_hop);
    return path;
}

TEST(AttributeText, AvailableRoute) {
    EXPECT_EQ(attribute_text(path("0.0.0.0"), "172.20.0.0/24", false),
              "[{Origin: i} {Nexthop: 0.0.0.0}]");
}

TEST(AttributeText, SentRouteHasAnAsPathEvenWhenItIsEmpty) {
    ipc::BgpPath sent = path("192.168.10.100");
    sent.set_as_path("65001");
    EXPECT_EQ(attribute_text(sent, "172.20.0.0/24", true),
              "[{Origin: i} {AsPath: 65001} {Nexthop: 192.168.10.100}]");
    EXPECT_EQ(attribute_text(path("192.168.10.100"), "172.20.0.0/24", true),
              "[{Origin: i} {AsPath: } {Nexthop: 192.168.10.100}]");
}

TEST(AttributeText, AttributesByNumber) {
    ipc::BgpPath all = path("192.0.2.1");
    all.set_origin("incomplete");
    all.set_internal(true);
    all.set_med(7);
    all.set_local_preference(99);
    all.add_communities("65000:99");
    all.add_communities("no-export");
    all.add_large_communities("65001:100:100");
    EXPECT_EQ(attribute_text(all, "10.0.0.0/24", true),
              "[{Origin: ?} {AsPath: } {Nexthop: 192.0.2.1} {Med: 7} {LocalPref: 99} "
              "{Communities: 65000:99, no-export} {LargeCommunity: [ 65001:100:100]}]");
}

TEST(AttributeText, ExternalPeersAreToldNoLocalPreference) {
    ipc::BgpPath sent = path("192.0.2.1");
    sent.set_local_preference(99);
    EXPECT_EQ(attribute_text(sent, "10.0.0.0/24", true),
              "[{Origin: i} {AsPath: } {Nexthop: 192.0.2.1}]");
}

TEST(AttributeText, EverythingButIpv4OverIpv4TravelsInMpReach) {
    EXPECT_EQ(attribute_text(path("fd00::2"), "10.244.0.0/24", true),
              "[{Origin: i} {AsPath: } "
              "{MpReach(ipv4-unicast): {Nexthop: fd00::2, NLRIs: [10.244.0.0/24]}}]");
    EXPECT_EQ(attribute_text(path("::"), "fd00:11:22::/64", false),
              "[{Origin: i} {MpReach(ipv6-unicast): {Nexthop: ::, NLRIs: [fd00:11:22::/64]}}]");
}

}  // namespace
}  // namespace torii::agent
