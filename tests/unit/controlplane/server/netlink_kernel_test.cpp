#include "controlplane/server/netlink_kernel.h"

#include <gtest/gtest.h>

namespace torii::controlplane {
namespace {

netlink::Route kernel_route() {
    netlink::Route route;
    route.prefix = Prefix::parse("172.20.0.0/24").value();
    route.protocol = netlink::kProtocolBgp;
    route.metric = kKernelMetric;
    route.nexthop_id = 7;
    return route;
}

TEST(NetlinkKernelTest, OurRoutesAreKnownByProtocolMetricAndObject) {
    EXPECT_EQ(our_route(kernel_route())->protocol, routing::Protocol::bgp);
    EXPECT_EQ(our_route(kernel_route())->object_id, 7U);
    netlink::Route route = kernel_route();
    route.protocol = netlink::kProtocolStatic;
    EXPECT_EQ(our_route(route)->protocol, routing::Protocol::static_route);
    route.protocol = netlink::kProtocolBoot;
    EXPECT_FALSE(our_route(route));
    route = kernel_route();
    route.metric = 100;
    EXPECT_FALSE(our_route(route));
    route = kernel_route();
    route.nexthop_id = 0;
    EXPECT_FALSE(our_route(route));
}

// What the kernel tells back compares equal to what was asked for.
TEST(NetlinkKernelTest, GroupMembersAreSorted) {
    netlink::Nexthop nexthop;
    nexthop.group = {{9, 1}, {3, 2}};
    const routing::KernelNextHop expected{0, std::nullopt, false, IpFamily::v4, {{3, 2}, {9, 1}}};
    EXPECT_EQ(to_kernel_next_hop(nexthop), expected);
}

TEST(NetlinkKernelTest, BlackholeHasNoLink) {
    netlink::Nexthop nexthop;
    nexthop.blackhole = true;
    nexthop.link_index = 1;
    EXPECT_EQ(to_kernel_next_hop(nexthop).link, 0U);
}

TEST(NetlinkKernelTest, OnlyObjectsOfBgpAreOurs) {
    netlink::Nexthop nexthop;
    nexthop.protocol = netlink::kProtocolBgp;
    EXPECT_TRUE(our_object(nexthop));
    nexthop.protocol = netlink::kProtocolStatic;
    EXPECT_FALSE(our_object(nexthop));
}

}  // namespace
}  // namespace torii::controlplane
