#include "controlplane/server/leftovers.h"

#include "controlplane/server/netlink_kernel.h"
#include "tests/unit/platform/linux/fresh_namespace.h"

#include <gmock/gmock.h>

namespace torii::controlplane {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LeftoversTest : public netlink::FreshNamespace {
protected:
    // A next hop and a route through it, of `protocol`.
    void put_route(std::uint32_t id, std::uint32_t link, std::string_view prefix,
                   std::uint8_t protocol) {
        netlink::Nexthop nexthop;
        nexthop.id = id;
        nexthop.link_index = link;
        nexthop.protocol = protocol;
        ASSERT_TRUE(requests_->replace_nexthop(nexthop));
        netlink::Route route;
        route.prefix = net(prefix);
        route.protocol = protocol;
        route.nexthop_id = id;
        ASSERT_TRUE(requests_->replace_route(route));
    }

    std::vector<std::uint32_t> nexthop_ids() {
        std::vector<std::uint32_t> ids;
        const auto nexthops = requests_->nexthops().value();
        for (const netlink::Nexthop& nexthop : nexthops) ids.push_back(nexthop.id);
        return ids;
    }
};

TEST_F(LeftoversTest, WhatWasOursGoesAndWhatOthersMadeStays) {
    const std::uint32_t port = make_port();
    NetlinkKernel kernel(netlink::Requests::open().value());
    ASSERT_TRUE(kernel.mark_loopback(kernel.create_loopback("loop1").value()));
    ASSERT_TRUE(kernel.create_loopback("theirs"));
    put_route(1, port, "198.51.100.0/24", kKernelMark.bgp);
    put_route(2, port, "203.0.113.0/24", netlink::kProtocolBoot);
    ASSERT_TRUE(remove_leftovers(*requests_));
    EXPECT_FALSE(requests_->link("loop1"));
    EXPECT_TRUE(requests_->link("theirs"));
    EXPECT_TRUE(requests_->link("port"));
    EXPECT_THAT(nexthop_ids(), ElementsAre(2U));
    const auto has = [this](std::string_view prefix) {
        const auto routes = requests_->routes().value();
        return std::ranges::find(routes, net(prefix), &netlink::Route::prefix) != routes.end();
    };
    EXPECT_FALSE(has("198.51.100.0/24"));
    EXPECT_TRUE(has("203.0.113.0/24"));
}

TEST_F(LeftoversTest, AGroupGoesWithItsMembers) {
    const std::uint32_t port = make_port();
    put_route(1, port, "198.51.100.0/24", kKernelMark.bgp);
    netlink::Nexthop group;
    group.id = 3;
    group.protocol = kKernelMark.bgp;
    group.group = {{1, 1}};
    ASSERT_TRUE(requests_->replace_nexthop(group));
    ASSERT_TRUE(remove_leftovers(*requests_));
    EXPECT_THAT(nexthop_ids(), IsEmpty());
    EXPECT_TRUE(remove_leftovers(*requests_)) << "nothing is left, which is fine";
}

}  // namespace
}  // namespace torii::controlplane
