#include "controlplane/kernel/netlink_routes.h"

#include <gtest/gtest.h>

namespace torii::kernel {
namespace {

constexpr Mark kMark{20, netlink::kProtocolBgp, netlink::kProtocolStatic};

netlink::Route kernel_route() {
    netlink::Route route;
    route.prefix = Prefix::parse("172.20.0.0/24").value();
    route.protocol = netlink::kProtocolBgp;
    route.metric = kMark.metric;
    route.nexthop_id = 7;
    return route;
}

TEST(NetlinkRoutesTest, OurRoutesAreKnownByProtocolMetricAndObject) {
    EXPECT_EQ(our_route(kernel_route(), kMark)->protocol, routing::Protocol::bgp);
    EXPECT_EQ(our_route(kernel_route(), kMark)->object_id, 7U);
    netlink::Route route = kernel_route();
    route.protocol = netlink::kProtocolStatic;
    EXPECT_EQ(our_route(route, kMark)->protocol, routing::Protocol::static_route);
    route.protocol = netlink::kProtocolBoot;
    EXPECT_FALSE(our_route(route, kMark));
    route = kernel_route();
    route.metric = 100;
    EXPECT_FALSE(our_route(route, kMark));
    route = kernel_route();
    route.nexthop_id = 0;
    EXPECT_FALSE(our_route(route, kMark));
}

TEST(NetlinkRoutesTest, AMarkOfItsOwnKnowsNoneOfAnother) {
    constexpr Mark kNode{20, 84};
    netlink::Route route = kernel_route();
    EXPECT_FALSE(our_route(route, kNode));
    route.protocol = 0;  // no protocol for what is configured is not protocol 0
    EXPECT_FALSE(our_route(route, kNode));
    route.protocol = 84;
    EXPECT_EQ(our_route(route, kNode)->object_id, 7U);
    EXPECT_FALSE(our_route(route, kMark));
}

// What the kernel tells back compares equal to what was asked for.
TEST(NetlinkRoutesTest, GroupMembersAreSorted) {
    netlink::Nexthop nexthop;
    nexthop.group = {{9, 1}, {3, 2}};
    const routing::KernelNextHop expected{0, std::nullopt, false, IpFamily::v4, {{3, 2}, {9, 1}}};
    EXPECT_EQ(to_kernel_next_hop(nexthop), expected);
}

TEST(NetlinkRoutesTest, BlackholeHasNoLink) {
    netlink::Nexthop nexthop;
    nexthop.blackhole = true;
    nexthop.link_index = 1;
    EXPECT_EQ(to_kernel_next_hop(nexthop).link, 0U);
}

TEST(NetlinkRoutesTest, OnlyObjectsOfBgpAreOurs) {
    netlink::Nexthop nexthop;
    nexthop.protocol = netlink::kProtocolBgp;
    EXPECT_TRUE(our_object(nexthop, kMark));
    nexthop.protocol = netlink::kProtocolStatic;
    EXPECT_FALSE(our_object(nexthop, kMark));
}

}  // namespace
}  // namespace torii::kernel
