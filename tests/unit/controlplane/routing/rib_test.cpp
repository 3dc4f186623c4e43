#include "controlplane/routing/rib.h"

#include "tests/unit/controlplane/routing/make.h"

#include <gmock/gmock.h>

namespace torii::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(RibTest, TellsConnectedAndLocalRoutesOnce) {
    Router router;
    EXPECT_THAT(router.update(),
                UnorderedElementsAre(
                    Pair("192.168.10.0/24", ElementsAre(kind(NextHopKind::attached, "eth1"))),
                    Pair("192.168.20.0/24", ElementsAre(kind(NextHopKind::attached, "eth2"))),
                    Pair("192.168.10.200/32", ElementsAre(kind(NextHopKind::local))),
                    Pair("192.168.20.200/32", ElementsAre(kind(NextHopKind::local)))));
    EXPECT_THAT(router.update(), IsEmpty());
}

TEST(RibTest, SmallerDistanceIsUsed) {
    Router router;
    router.rib.set_static({static_route("172.20.0.0/24", {"192.168.10.1"}, 30)});
    (void)router.update();
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), bgp_route({"192.168.10.100"}));
    EXPECT_THAT(router.update(),
                ElementsAre(Pair("172.20.0.0/24", ElementsAre(gateway("192.168.10.100", "eth1")))));
    router.rib.set_static({static_route("172.20.0.0/24", {"192.168.10.1"}, 10)});
    EXPECT_THAT(router.update(),
                ElementsAre(Pair("172.20.0.0/24", ElementsAre(gateway("192.168.10.1", "eth1")))));
    router.rib.set_static({});
    EXPECT_THAT(router.update(),
                ElementsAre(Pair("172.20.0.0/24", ElementsAre(gateway("192.168.10.100", "eth1")))));
    router.rib.remove_bgp(router.numbered("172.20.0.0/24"));
    EXPECT_THAT(router.update(), ElementsAre(Pair("172.20.0.0/24", IsEmpty())));
}

TEST(RibTest, InternalBgpHasDistance200) {
    Router router;
    BgpRoute route = bgp_route({"192.168.10.100"});
    route.external = false;
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), route);
    (void)router.update();
    const auto views = router.rib.routes(net("172.20.0.0/24"));
    ASSERT_EQ(views.size(), 1U);
    EXPECT_EQ(views[0].distance, 200U);
    EXPECT_TRUE(views[0].selected);
}

// What BGP has aggregated: FRR's distance, and a route to nowhere until there is a better one.
TEST(RibTest, AnAggregateDiscards) {
    Router router;
    BgpRoute route;
    route.external = false;
    route.next_hops = {{IpAddress::any(IpFamily::v4), 1}};
    router.rib.set_bgp(router.numbered("172.20.0.0/16"), route);
    EXPECT_THAT(router.update().at("172.20.0.0/16"), ElementsAre(kind(NextHopKind::discard)));
    const auto views = router.rib.routes(net("172.20.0.0/16"));
    ASSERT_EQ(views.size(), 1U);
    EXPECT_EQ(views[0].distance, 200U);
    EXPECT_TRUE(views[0].discard);
    EXPECT_TRUE(views[0].next_hops.empty());
    router.rib.set_bgp(router.numbered("172.20.0.0/16"), bgp_route({"192.168.10.100"}));
    EXPECT_THAT(router.update().at("172.20.0.0/16"),
                ElementsAre(gateway("192.168.10.100", "eth1")));
}

TEST(RibTest, UnreachableStaticGivesWay) {
    Router router;
    router.rib.set_static({static_route("172.20.0.0/24", {"10.0.0.1"})});
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), bgp_route({"192.168.10.100"}));
    EXPECT_THAT(router.update().at("172.20.0.0/24"),
                ElementsAre(gateway("192.168.10.100", "eth1")));
    const auto views = router.rib.routes(net("172.20.0.0/24"));
    ASSERT_EQ(views.size(), 2U);
    EXPECT_FALSE(views[0].selected);
    EXPECT_TRUE(views[0].next_hops.at(0).resolved.empty());
    EXPECT_TRUE(views[1].selected);
}

TEST(RibTest, RoutesToTheSameNextHopsShareOneSet) {
    Router router;
    router.rib.set_bgp(router.numbered("172.16.1.1/32"),
                       bgp_route({"192.168.10.100", "192.168.10.101"}));
    router.rib.set_bgp(router.numbered("172.16.1.2/32"),
                       bgp_route({"192.168.10.100", "192.168.10.101"}));
    const auto changes = router.rib.update();
    std::vector<Forwarding> sets;
    for (const RibChange& change : changes) {
        if (change.protocol == Protocol::bgp) sets.push_back(change.forwarding);
    }
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_EQ(sets[0], sets[1]);
}

TEST(RibTest, SetsGoWithTheirLastRoute) {
    Router router;
    (void)router.update();
    const std::size_t before = router.rib.groups();
    router.rib.set_bgp(router.numbered("172.16.1.1/32"),
                       bgp_route({"192.168.10.100", "192.168.10.101"}));
    (void)router.update();
    EXPECT_EQ(router.rib.groups(), before + 1);
    router.rib.clear_bgp();
    EXPECT_THAT(router.update(), ElementsAre(Pair("172.16.1.1/32", IsEmpty())));
    EXPECT_EQ(router.rib.groups(), before);
}

TEST(RibTest, InterfaceGoesAndItsBgpRoutesWithIt) {
    Router router;
    router.rib.set_bgp(router.numbered("172.16.1.1/32"),
                       bgp_route({"192.168.10.100", "192.168.20.100"}));
    (void)router.update();
    EXPECT_TRUE(router.rib.reachable(ip("192.168.20.100")));
    const auto version = router.rib.base_version();
    router.rib.set_connected({{net("192.168.10.0/24"), "eth1"}});
    const auto changes = router.update();
    EXPECT_THAT(changes.at("172.16.1.1/32"), ElementsAre(gateway("192.168.10.100", "eth1")));
    EXPECT_THAT(changes.at("192.168.20.0/24"), IsEmpty());
    EXPECT_FALSE(router.rib.reachable(ip("192.168.20.100")));
    EXPECT_GT(router.rib.base_version(), version);
}

TEST(RibTest, BgpDoesNotMakeNextHopsReachable) {
    Router router;
    router.rib.set_bgp(router.numbered("10.0.0.0/8"), bgp_route({"192.168.10.100"}));
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), bgp_route({"10.0.0.1"}));
    const auto changes = router.update();
    EXPECT_TRUE(changes.contains("10.0.0.0/8"));
    EXPECT_FALSE(changes.contains("172.20.0.0/24"));
    EXPECT_FALSE(router.rib.reachable(ip("10.0.0.1")));
}

TEST(RibTest, OwnRouteIsExactAndNotLearned) {
    Router router;
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), bgp_route({"192.168.10.100"}));
    (void)router.update();
    EXPECT_TRUE(router.rib.has_own_route(net("192.168.10.0/24")));
    EXPECT_FALSE(router.rib.has_own_route(net("192.168.10.0/25")));
    EXPECT_FALSE(router.rib.has_own_route(net("172.20.0.0/24")));
}

TEST(RibTest, StaleMarkChangesNoForwarding) {
    Router router;
    BgpRoute route = bgp_route({"192.168.10.100"});
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), route);
    (void)router.update();
    router.now += Seconds(5);
    route.stale = true;
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), route);
    EXPECT_THAT(router.update(), IsEmpty());
    const auto views = router.rib.routes(net("172.20.0.0/24"));
    EXPECT_TRUE(views.at(0).stale);
    EXPECT_EQ(views.at(0).since, TimePoint{});
}

TEST(RibTest, UnchangedStaticKeepsItsAge) {
    Router router;
    router.rib.set_static({static_route("10.0.0.0/8", {"192.168.10.1"})});
    (void)router.update();
    router.now += Seconds(60);
    router.rib.set_static({static_route("10.0.0.0/8", {"192.168.10.1"}),
                           static_route("11.0.0.0/8", {"192.168.10.1"})});
    (void)router.update();
    EXPECT_EQ(router.rib.routes(net("10.0.0.0/8")).at(0).since, TimePoint{});
    EXPECT_EQ(router.rib.routes(net("11.0.0.0/8")).at(0).since, router.now);
}

TEST(RibTest, CountsAndRepeatsWhatBgpHasInUse) {
    Router router;
    router.rib.set_static({static_route("172.20.0.0/24", {"192.168.10.1"})});
    router.rib.set_bgp(router.numbered("172.20.0.0/24"), bgp_route({"192.168.10.100"}));
    router.rib.set_bgp(router.numbered("172.16.1.1/32"), bgp_route({"192.168.10.100"}));
    router.rib.set_bgp(router.numbered("172.16.1.2/32"), bgp_route({"10.0.0.1"}));
    (void)router.update();
    EXPECT_EQ(router.rib.bgp_routes(), 1U) << "one is static, one cannot be reached";
    router.rib.repeat_bgp();
    EXPECT_TRUE(router.rib.changed());
    EXPECT_THAT(router.update(),
                ElementsAre(Pair("172.16.1.1/32", ElementsAre(gateway("192.168.10.100", "eth1")))));
    EXPECT_THAT(router.update(), IsEmpty());
    router.rib.set_static({});
    (void)router.update();
    EXPECT_EQ(router.rib.bgp_routes(), 2U);
    router.rib.clear_bgp();
    (void)router.update();
    EXPECT_EQ(router.rib.bgp_routes(), 0U);
}

TEST(RibTest, LongestMatch) {
    Router router;
    router.rib.set_static({static_route("0.0.0.0/0", {"192.168.10.1"})});
    (void)router.update();
    EXPECT_EQ(router.rib.longest_match(ip("192.168.10.5")), net("192.168.10.0/24"));
    EXPECT_EQ(router.rib.longest_match(ip("8.8.8.8")), net("0.0.0.0/0"));
    EXPECT_EQ(router.rib.longest_match(ip("fd00::1")), std::nullopt);
}

// A neighbor that does not answer is no next hop, whatever BGP still believes.
TEST(RibTest, SilentNeighborsLeaveTheirGroups) {
    Router router;
    router.rib.set_bgp(router.numbered("172.20.0.0/24"),
                       bgp_route({"192.168.10.100", "192.168.10.101"}));
    router.rib.set_bgp(router.numbered("172.20.1.0/24"), bgp_route({"192.168.10.100"}));
    (void)router.update();
    EXPECT_TRUE(router.rib.leads_to(ip("192.168.10.100")));
    router.rib.set_silent_neighbors({ip("192.168.10.100")});
    EXPECT_THAT(
        router.update(),
        UnorderedElementsAre(Pair("172.20.0.0/24", ElementsAre(gateway("192.168.10.101", "eth1"))),
                             Pair("172.20.1.0/24", IsEmpty())));
    EXPECT_FALSE(router.rib.reachable(ip("192.168.10.100")));
    router.rib.set_silent_neighbors({});
    EXPECT_EQ(router.update().size(), 2U);
    EXPECT_TRUE(router.rib.reachable(ip("192.168.10.100")));
}

}  // namespace
}  // namespace torii::routing
