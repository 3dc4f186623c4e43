#include "platform/linux/netlink_request.h"

#include "tests/unit/platform/linux/fresh_namespace.h"

#include <gmock/gmock.h>

#include <string>

namespace torii::netlink {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class NetlinkRequests : public FreshNamespace {
protected:
    Nexthop gateway(std::uint32_t id, std::string_view address) const {
        return {.id = id,
                .link_index = port_,
                .gateway = ip(address),
                .group = {},
                .protocol = kProtocolBgp};
    }
    static Route route(std::string_view prefix, std::uint32_t nexthop_id) {
        return {.prefix = net(prefix),
                .protocol = kProtocolBgp,
                .metric = 20,
                .nexthop_id = nexthop_id,
                .link_index = 0,
                .gateway = {}};
    }
    // The routes of our own protocol, by prefix and nexthop object.
    std::vector<std::string> bgp_routes() {
        std::vector<std::string> texts;
        const auto routes = requests_->routes().value();
        for (const Route& one : routes) {
            if (one.protocol != kProtocolBgp) continue;
            texts.push_back(
                fmt::format("{} metric {} nhid {}", one.prefix, one.metric, one.nexthop_id));
        }
        std::ranges::sort(texts);
        return texts;
    }

    std::uint32_t port_ = 0;
};

TEST_F(NetlinkRequests, AnEmptyNamespaceHasOnlyItsLoopback) {
    const auto links = requests_->links().value();
    ASSERT_THAT(links, Contains(Field(&Link::name, "lo")));
    EXPECT_FALSE(requests_->link("lo")->admin_up);
    EXPECT_THAT(requests_->addresses().value(), IsEmpty());
    EXPECT_THAT(requests_->nexthops().value(), IsEmpty());
    EXPECT_THAT(requests_->routes().value(), IsEmpty());
}

TEST_F(NetlinkRequests, AVethPairIsMadeChangedAndDeleted) {
    ASSERT_TRUE(requests_->create_veth("left", "right"));
    Link left = requests_->link("left").value();
    EXPECT_EQ(left.kind, "veth");
    EXPECT_FALSE(left.admin_up);
    const MacAddress mac{{0x02, 0, 0, 0, 0, 0x42}};
    ASSERT_TRUE(requests_->set_link_mac(left.index, mac));
    ASSERT_TRUE(requests_->set_link_mtu(left.index, 9000));
    ASSERT_TRUE(requests_->set_link_up(left.index, true));
    left = requests_->link("left").value();
    EXPECT_EQ(left.mac, mac);
    EXPECT_EQ(left.mtu, 9000U);
    EXPECT_TRUE(left.admin_up);
    EXPECT_FALSE(left.carrier) << "the other end is down";
    ASSERT_TRUE(requests_->set_link_alias(left.index, "to the rack"));
    EXPECT_EQ(requests_->link("left")->alias, "to the rack");
    ASSERT_TRUE(requests_->set_link_up(requests_->link("right")->index, true));
    EXPECT_TRUE(requests_->link("left")->carrier);
    ASSERT_TRUE(requests_->set_link_up(left.index, false));
    EXPECT_FALSE(requests_->link("left")->admin_up);
    ASSERT_TRUE(requests_->delete_link(left.index));
    EXPECT_THAT(requests_->links().value(),
                Not(Contains(Field(&Link::name, AnyOf("left", "right")))));
    EXPECT_TRUE(requests_->delete_link(left.index)) << "fine when it is gone";
}

TEST_F(NetlinkRequests, ADummyIsMadeOrTheKernelSaysThatItHasNone) {
    const auto made = requests_->create_dummy("loop0");
    if (made) {
        EXPECT_EQ(requests_->link("loop0")->kind, "dummy");
    } else {
        EXPECT_THAT(made.error().message, HasSubstr("loop0"));
        EXPECT_THAT(made.error().message, HasSubstr("Unknown device type"));
        EXPECT_FALSE(requests_->link("loop0"));
    }
}

TEST_F(NetlinkRequests, ErrorsCarryTheKernelsExplanation) {
    ASSERT_TRUE(requests_->create_veth("left", "right"));
    const auto again = requests_->create_veth("left", "other");
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr("left"));
    EXPECT_THAT(again.error().message, HasSubstr("File exists"));
    const auto nowhere = requests_->replace_route(route("198.51.100.0/24", 77));
    ASSERT_FALSE(nowhere);
    EXPECT_THAT(nowhere.error().message, HasSubstr("198.51.100.0/24"));
    // Of the extended ACK, not of errno.
    EXPECT_THAT(nowhere.error().message, HasSubstr("Nexthop id does not exist"));
    EXPECT_FALSE(requests_->set_link_up(9999, true));
    EXPECT_FALSE(requests_->link("missing"));
}

TEST_F(NetlinkRequests, AddressesRoundTripForBothFamilies) {
    const std::uint32_t link = make_pair("left", "right");
    const LinkAddress first = on(link, "192.0.2.1/24");
    const LinkAddress second = on(link, "2001:db8::1/64");
    ASSERT_TRUE(requests_->add_address(first));
    ASSERT_TRUE(requests_->add_address(second));
    EXPECT_TRUE(requests_->add_address(first)) << "fine when it is there";
    EXPECT_THAT(requests_->addresses().value(), AllOf(Contains(first), Contains(second)));
    EXPECT_THAT(
        requests_->routes().value(),
        Contains(AllOf(Field(&Route::prefix, net("192.0.2.0/24")),
                       Field(&Route::protocol, kProtocolKernel), Field(&Route::link_index, link))));
    ASSERT_TRUE(requests_->delete_address(first));
    ASSERT_TRUE(requests_->delete_address(second));
    EXPECT_TRUE(requests_->delete_address(first)) << "fine when it is gone";
    EXPECT_THAT(requests_->addresses().value(), Not(AnyOf(Contains(first), Contains(second))));
}

TEST_F(NetlinkRequests, NexthopObjectsRoundTrip) {
    port_ = make_port();
    ASSERT_TRUE(requests_->add_address(on(port_, "2001:db8::1/64")));
    ASSERT_TRUE(requests_->set_link_up(requests_->link("lo")->index, true));
    const Nexthop one = gateway(11, "192.0.2.11");
    const Nexthop two = gateway(12, "2001:db8::12");
    const Nexthop blackhole{.id = 13,
                            .link_index = 0,
                            .gateway = {},
                            .group = {},
                            .protocol = kProtocolStatic,
                            .blackhole = true,
                            .family = IpFamily::v6};
    const Nexthop attached{
        .id = 14, .link_index = port_, .gateway = {}, .group = {}, .protocol = kProtocolBgp};
    for (const Nexthop& each : {one, two, blackhole, attached}) {
        const auto made = requests_->replace_nexthop(each);
        ASSERT_TRUE(made) << made.error().message;
    }
    // The kernel keeps a blackhole on the namespace's loopback.
    auto found = requests_->nexthops().value();
    for (Nexthop& each : found) {
        if (each.blackhole) each.link_index = 0;
    }
    EXPECT_THAT(found, ElementsAre(one, two, blackhole, attached));
    const Nexthop moved = gateway(11, "192.0.2.111");
    ASSERT_TRUE(requests_->replace_nexthop(moved));
    ASSERT_TRUE(requests_->delete_nexthop(12));
    EXPECT_TRUE(requests_->delete_nexthop(12)) << "fine when it is gone";
    EXPECT_THAT(requests_->nexthops().value(), AllOf(Contains(moved), Not(Contains(two))));
}

TEST_F(NetlinkRequests, ANexthopGroupKeepsMembersAndWeights) {
    port_ = make_port();
    ASSERT_TRUE(requests_->replace_nexthop(gateway(1, "192.0.2.11")));
    ASSERT_TRUE(requests_->replace_nexthop(gateway(2, "192.0.2.12")));
    ASSERT_TRUE(requests_->replace_nexthop(gateway(3, "192.0.2.13")));
    Nexthop group{.id = 100,
                  .link_index = 0,
                  .gateway = {},
                  .group = {{1, 1}, {2, 255}, {3, 7}},
                  .protocol = kProtocolBgp};
    const auto made = requests_->replace_nexthop(group);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(requests_->nexthops().value(), Contains(group));
    ASSERT_TRUE(requests_->replace_route(route("172.20.0.0/16", 100)));
    group.group = {{1, 1}, {3, 1}};
    ASSERT_TRUE(requests_->replace_nexthop(group));
    EXPECT_THAT(requests_->nexthops().value(), Contains(group));
    EXPECT_THAT(bgp_routes(), ElementsAre("172.20.0.0/16 metric 20 nhid 100"));
    // A member that goes leaves the group, and the route stays.
    ASSERT_TRUE(requests_->delete_nexthop(1));
    group.group = {{3, 1}};
    EXPECT_THAT(requests_->nexthops().value(), Contains(group));
    EXPECT_THAT(bgp_routes(), ElementsAre("172.20.0.0/16 metric 20 nhid 100"));
    ASSERT_TRUE(requests_->delete_nexthop(100));
    EXPECT_THAT(bgp_routes(), IsEmpty());
}

TEST_F(NetlinkRequests, AGroupOfUnknownMembersIsRefused) {
    Nexthop group{.id = 100, .link_index = 0, .gateway = {}, .group = {{1, 1}}};
    EXPECT_THAT(requests_->replace_nexthop(group).error().message, HasSubstr("nexthop group 100"));
    group.group.assign(5000, {1, 1});
    EXPECT_THAT(requests_->replace_nexthop(group).error().message, HasSubstr("at most 4096"));
}

TEST_F(NetlinkRequests, RoutesAreReplacedByPrefixAndMetric) {
    port_ = make_port();
    ASSERT_TRUE(requests_->add_address(on(port_, "2001:db8::1/64")));
    ASSERT_TRUE(requests_->replace_nexthop(gateway(1, "192.0.2.11")));
    ASSERT_TRUE(requests_->replace_nexthop(gateway(2, "192.0.2.12")));
    ASSERT_TRUE(requests_->replace_nexthop(gateway(6, "2001:db8::6")));
    ASSERT_TRUE(requests_->replace_route(route("172.20.1.0/24", 1)));
    ASSERT_TRUE(requests_->replace_route(route("0.0.0.0/0", 1)));
    const auto made = requests_->replace_route(route("2001:db8:1::/48", 6));
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(requests_->replace_route(route("172.20.1.0/24", 2)));
    EXPECT_THAT(bgp_routes(),
                ElementsAre("0.0.0.0/0 metric 20 nhid 1", "172.20.1.0/24 metric 20 nhid 2",
                            "2001:db8:1::/48 metric 20 nhid 6"));
    for (const auto* prefix : {"172.20.1.0/24", "0.0.0.0/0", "2001:db8:1::/48"}) {
        ASSERT_TRUE(requests_->delete_route(route(prefix, 0))) << prefix;
        EXPECT_TRUE(requests_->delete_route(route(prefix, 0))) << "fine when it is gone";
    }
    EXPECT_THAT(bgp_routes(), IsEmpty());
}

TEST_F(NetlinkRequests, AnIpv4RouteMayHaveAnIpv6Gateway) {
    port_ = make_port("2001:db8::1/64");
    ASSERT_TRUE(requests_->replace_nexthop(gateway(6, "2001:db8::6")));
    ASSERT_TRUE(requests_->replace_route(route("172.20.1.0/24", 6)));
    const auto routes = requests_->routes().value();
    EXPECT_THAT(routes, Contains(AllOf(Field(&Route::prefix, net("172.20.1.0/24")),
                                       Field(&Route::gateway, ip("2001:db8::6")))));
}

TEST_F(NetlinkRequests, ARouteMayNameItsGatewayItself) {
    port_ = make_port();
    ASSERT_TRUE(requests_->add_address(on(port_, "2001:db8::1/64")));
    Route direct{.prefix = net("10.0.0.0/8"),
                 .protocol = kProtocolStatic,
                 .metric = 1,
                 .nexthop_id = 0,
                 .link_index = port_,
                 .gateway = ip("192.0.2.9")};
    ASSERT_TRUE(requests_->replace_route(direct));
    EXPECT_THAT(requests_->routes().value(), Contains(direct));
    direct.gateway = ip("2001:db8::9");
    const auto made = requests_->replace_route(direct);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(requests_->routes().value(), Contains(direct));
}

TEST_F(NetlinkRequests, TheRoutesOfOtherTablesAreNotListed) {
    port_ = make_port();
    // The local table has 192.0.2.1/32 and the broadcast addresses.
    EXPECT_THAT(requests_->routes().value(),
                Each(Field(&Route::prefix, AnyOf(net("192.0.2.0/24"), net("fe80::/64")))));
}

TEST_F(NetlinkRequests, ADumpOfManyRoutesIsWhole) {
    port_ = make_port();
    ASSERT_TRUE(requests_->replace_nexthop(gateway(1, "192.0.2.11")));
    constexpr std::uint32_t kCount = 3000;
    for (std::uint32_t index = 0; index < kCount; ++index) {
        Route one = route("10.0.0.0/32", 1);
        one.prefix = Prefix::host(IpAddress::v4(0x0a000000U + index));
        ASSERT_TRUE(requests_->replace_route(one));
    }
    EXPECT_EQ(bgp_routes().size(), kCount);
}

// One behind the other from 10.0.0.0 on.
std::vector<RouteChange> host_routes(std::uint32_t count, std::uint32_t nexthop_id, bool removed) {
    std::vector<RouteChange> changes;
    for (std::uint32_t number = 0; number < count; ++number) {
        changes.push_back({{.prefix = Prefix::host(IpAddress::v4(0x0a000000U + number)),
                            .protocol = kProtocolBgp,
                            .metric = 20,
                            .nexthop_id = nexthop_id,
                            .link_index = 0,
                            .gateway = {}},
                           removed});
    }
    return changes;
}

TEST_F(NetlinkRequests, OneRefusedRouteAmongManyLeavesTheOthersBe) {
    port_ = make_port();
    ASSERT_TRUE(requests_->replace_nexthop(gateway(7, "192.0.2.7")));
    std::vector<RouteChange> changes = host_routes(2001, 7, false);
    changes[1000].route.nexthop_id = 99;
    const auto failures = requests_->change_routes(changes);
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures[0].index, 1000U);
    EXPECT_THAT(failures[0].error.message,
                HasSubstr("cannot add the route 10.0.3.232/32 through nexthop object 99: "));
    EXPECT_EQ(bgp_routes().size(), 2000U);
    EXPECT_THAT(bgp_routes(), Not(Contains(HasSubstr("10.0.3.232/32"))));

    // The one that is not there is none to complain of.
    EXPECT_THAT(requests_->change_routes(host_routes(2001, 7, true)), IsEmpty());
    EXPECT_THAT(bgp_routes(), IsEmpty());
    EXPECT_THAT(requests_->change_routes({}), IsEmpty());
}

TEST_F(NetlinkRequests, EveryRefusalOfManyIsTold) {
    const auto failures = requests_->change_routes(host_routes(3000, 99, false));
    ASSERT_EQ(failures.size(), 3000U);
    for (std::size_t index = 0; index < failures.size(); ++index) {
        ASSERT_EQ(failures[index].index, index);
    }
    EXPECT_THAT(failures[257].error.message, HasSubstr("10.0.1.1/32"));
}

TEST_F(NetlinkRequests, ManyRoutesAreReadInPortions) {
    port_ = make_port();
    ASSERT_TRUE(requests_->replace_nexthop(gateway(7, "192.0.2.7")));
    ASSERT_THAT(requests_->change_routes(host_routes(5000, 7, false)), IsEmpty());
    ASSERT_TRUE(requests_->begin_routes());
    std::size_t routes = 0;
    int portions = 0;
    bool more = true;
    while (more) {
        const auto read = requests_->read_routes(
            [&](const Route& one) { routes += one.protocol == kProtocolBgp ? 1 : 0; });
        ASSERT_TRUE(read) << read.error().message;
        more = *read;
        ++portions;
    }
    EXPECT_EQ(routes, 5000U);
    EXPECT_GT(portions, 5);
}

TEST_F(NetlinkRequests, AProbeMakesAnEntryThatIsNotUsableYet) {
    port_ = make_port();
    const auto asked = requests_->probe_neighbor(port_, ip("192.0.2.9"));
    ASSERT_TRUE(asked) << asked.error().message;
    const auto neighbors = requests_->neighbors().value();
    const auto found = std::ranges::find(neighbors, ip("192.0.2.9"), &Neighbor::address);
    ASSERT_NE(found, neighbors.end());
    EXPECT_EQ(found->link_index, port_);
    EXPECT_FALSE(found->usable());
    EXPECT_FALSE(found->mac.has_value());
    ASSERT_TRUE(requests_->delete_neighbor(port_, ip("192.0.2.9")));
    EXPECT_TRUE(requests_->delete_neighbor(port_, ip("192.0.2.10"))) << "fine when it is gone";
    EXPECT_FALSE(requests_->probe_neighbor(9999, ip("192.0.2.9")));
}

// Nobody probes one that is known: for Linux a probe (NTF_USE) ends its permanence.
TEST_F(NetlinkRequests, APermanentNeighborIsAsItWasSet) {
    port_ = make_port();
    for (const char* text : {"192.0.2.9", "2001:db8::9"}) {
        const IpAddress address = ip(text);
        for (const std::uint8_t last : {std::uint8_t{7}, std::uint8_t{9}}) {
            const MacAddress mac{{2, 0, 0, 0, 0, last}};
            const auto set =
                requests_->set_permanent_neighbor(port_, address, mac, kProtocolStatic);
            ASSERT_TRUE(set) << set.error().message;
            const auto neighbors = requests_->neighbors().value();
            const auto found = std::ranges::find(neighbors, address, &Neighbor::address);
            ASSERT_NE(found, neighbors.end());
            EXPECT_TRUE(found->permanent());
            EXPECT_TRUE(found->usable());
            EXPECT_EQ(found->mac, mac);
            EXPECT_EQ(found->protocol, kProtocolStatic);
        }
        ASSERT_TRUE(requests_->delete_neighbor(port_, address));
        const auto neighbors = requests_->neighbors().value();
        const auto found = std::ranges::find(neighbors, address, &Neighbor::address);
        EXPECT_TRUE(found == neighbors.end() || !found->permanent());
    }
}

}  // namespace
}  // namespace torii::netlink
