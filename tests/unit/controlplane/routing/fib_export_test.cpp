#include "controlplane/routing/fib_export.h"

#include "tests/unit/controlplane/routing/make.h"

#include <gmock/gmock.h>

namespace torii::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a packet engine makes of batches, strict as the real one: no dangling id, no removal of what
// is in use, mark and sweep.
class Engine {
public:
    void apply(const FibBatch& batch) {
        if (batch.begin_sync) named_ = {};
        for (const FibNextHop& next_hop : batch.next_hops) {
            next_hops[next_hop.id] = next_hop.next_hop;
            named_.next_hops.insert(next_hop.id);
        }
        for (const FibGroup& group : batch.groups) {
            for (const auto& member : group.members)
                ASSERT_TRUE(next_hops.contains(member.next_hop_id));
            groups[group.id] = group;
            named_.groups.insert(group.id);
        }
        for (const FibRoute& route : batch.routes) {
            ASSERT_TRUE(groups.contains(route.group_id)) << route.prefix.to_string();
            routes[route.prefix] = route.group_id;
            named_.routes.insert(route.prefix);
        }
        for (const Prefix& prefix : batch.removed_routes) routes.erase(prefix);
        for (const std::uint32_t id : batch.removed_groups) remove_group(id);
        for (const std::uint32_t id : batch.removed_next_hops) remove_next_hop(id);
        if (batch.end_sync) sweep();
    }
    ForwardingMembers members(const Prefix& prefix) const {
        ForwardingMembers result;
        for (const auto& member : groups.at(routes.at(prefix)).members) {
            result.push_back({next_hops.at(member.next_hop_id), member.weight});
        }
        return normalized(std::move(result));
    }

    std::map<std::uint32_t, ForwardingNextHop> next_hops;
    std::map<std::uint32_t, FibGroup> groups;
    std::map<Prefix, std::uint32_t> routes;

private:
    struct Named {
        std::set<std::uint32_t> next_hops;
        std::set<std::uint32_t> groups;
        std::set<Prefix> routes;
    };
    void remove_group(std::uint32_t id) {
        for (const auto& [prefix, group] : routes) ASSERT_NE(group, id) << prefix.to_string();
        groups.erase(id);
    }
    void remove_next_hop(std::uint32_t id) {
        for (const auto& [number, group] : groups) {
            for (const auto& member : group.members) ASSERT_NE(member.next_hop_id, id) << number;
        }
        next_hops.erase(id);
    }
    void sweep() {
        std::erase_if(routes, [&](const auto& one) { return !named_.routes.contains(one.first); });
        std::erase_if(groups, [&](const auto& one) { return !named_.groups.contains(one.first); });
        std::erase_if(next_hops,
                      [&](const auto& one) { return !named_.next_hops.contains(one.first); });
    }
    Named named_;
};

class FibExportTest : public testing::Test {
protected:
    FibExportTest() {
        fib.set_ports({"eth1", "eth2"});
        fib.set_complete();
    }
    Forwarding set(ForwardingMembers members) {
        return store.intern(normalized(std::move(members)));
    }
    // Sends and acknowledges until there is nothing more.
    void settle(FibExport& from) {
        while (const auto batch = from.next()) {
            ASSERT_NO_FATAL_FAILURE(engine.apply(*batch));
            from.acknowledge(batch->version);
        }
    }

    // To be held at once: by the route that is set.
    std::uint32_t numbered(std::string_view prefix) { return numbers->add(net(prefix)); }

    const std::shared_ptr<rib::PrefixNumbers> numbers = std::make_shared<rib::PrefixNumbers>();
    ForwardingStore store;
    const Forwarding one = set({gateway("192.168.10.100", "eth1")});
    const Forwarding two =
        set({gateway("192.168.10.100", "eth1"), gateway("192.168.20.100", "eth2")});
    Engine engine;
    FibExport fib{store, numbers};
};

TEST_F(FibExportTest, SendsNothingBeforeTheEngineAnswers) {
    fib.set_route(numbered("172.20.0.0/24"), one);
    EXPECT_FALSE(fib.next());
}

TEST_F(FibExportTest, FirstSynchronisationIsOneBatch) {
    fib.set_route(numbered("172.20.0.0/24"), one);
    fib.start_sync();
    const auto batch = fib.next();
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->begin_sync);
    EXPECT_TRUE(batch->end_sync);
    EXPECT_EQ(batch->routes.size(), 1U);
    EXPECT_FALSE(fib.next());
}

TEST_F(FibExportTest, InstalledOnlyWhenAcknowledged) {
    fib.set_route(numbered("172.20.0.0/24"), one);
    fib.start_sync();
    const auto batch = fib.next();
    EXPECT_FALSE(fib.installed(net("172.20.0.0/24")));
    fib.acknowledge(batch->version);
    EXPECT_TRUE(fib.installed(net("172.20.0.0/24")));
    fib.set_route(numbered("172.20.0.0/24"), two);
    EXPECT_FALSE(fib.installed(net("172.20.0.0/24")));
}

TEST_F(FibExportTest, OneGroupForManyRoutes) {
    for (const char* prefix : {"172.16.1.1/32", "172.16.1.2/32", "172.16.1.3/32"}) {
        fib.set_route(numbered(prefix), two);
    }
    fib.start_sync();
    settle(fib);
    EXPECT_EQ(engine.groups.size(), 1U);
    EXPECT_EQ(engine.next_hops.size(), 2U);
    EXPECT_EQ(fib.group_id(net("172.16.1.1/32")), fib.group_id(net("172.16.1.3/32")));
}

TEST_F(FibExportTest, GroupGoesWithItsLastRoute) {
    fib.set_route(numbered("172.16.1.1/32"), two);
    fib.set_route(numbered("172.16.1.2/32"), two);
    fib.start_sync();
    settle(fib);
    fib.set_route(numbered("172.16.1.1/32"), one);
    settle(fib);
    EXPECT_EQ(engine.groups.size(), 2U);
    fib.remove_route(numbered("172.16.1.2/32"));
    settle(fib);
    EXPECT_EQ(engine.groups.size(), 1U);
    EXPECT_THAT(engine.members(net("172.16.1.1/32")),
                ElementsAre(gateway("192.168.10.100", "eth1")));
    EXPECT_EQ(engine.next_hops.size(), 1U);
    fib.remove_route(numbered("172.16.1.1/32"));
    settle(fib);
    EXPECT_THAT(engine.routes, IsEmpty());
    EXPECT_THAT(engine.groups, IsEmpty());
    EXPECT_THAT(engine.next_hops, IsEmpty());
    EXPECT_EQ(fib.groups().size(), 0U);
    EXPECT_EQ(fib.groups().next_hops(), 0U);
}

TEST_F(FibExportTest, RestartedEngineGetsEverythingWithTheSameIds) {
    fib.set_route(numbered("172.16.1.1/32"), two);
    fib.set_route(numbered("172.20.0.0/24"), one);
    fib.start_sync();
    settle(fib);
    const Engine before = std::exchange(engine, {});
    fib.stop();
    EXPECT_FALSE(fib.installed(net("172.16.1.1/32")));
    fib.set_route(numbered("172.20.1.0/24"), one);
    EXPECT_FALSE(fib.next());
    fib.start_sync();
    settle(fib);
    EXPECT_EQ(engine.groups, before.groups);
    EXPECT_EQ(engine.next_hops, before.next_hops);
    EXPECT_EQ(engine.routes.size(), 3U);
}

// A new process, an engine that went on: nothing goes before all sources have spoken, and the sets
// that are the same keep their ids.
TEST_F(FibExportTest, NewProcessTakesOverAndSweepsAtTheEnd) {
    fib.set_route(numbered("172.16.1.1/32"), two);
    fib.set_route(numbered("172.20.0.0/24"), one);
    fib.set_route(numbered("172.20.9.0/24"), one);
    fib.start_sync();
    settle(fib);
    const std::uint32_t id = fib.group_id(net("172.16.1.1/32"));

    FibExport next{store, numbers};
    for (const auto& [number, next_hop] : engine.next_hops) {
        next.groups().adopt(FibNextHop{number, next_hop});
    }
    for (const auto& [number, group] : engine.groups) next.groups().adopt(group);
    next.set_ports({"eth1", "eth2"});
    next.start_sync();
    // Another set than the engine knows must not get an id that its routes use.
    const Forwarding other = set({gateway("192.168.20.7", "eth2")});
    next.set_route(numbered("10.0.0.0/8"), other);
    settle(next);
    EXPECT_THAT(engine.members(net("172.16.1.1/32")),
                ElementsAre(gateway("192.168.10.100", "eth1"), gateway("192.168.20.100", "eth2")));
    EXPECT_THAT(engine.members(net("172.20.9.0/24")),
                ElementsAre(gateway("192.168.10.100", "eth1")));
    // Taken over, and let go again, while the engine still has an old route through the group.
    next.set_route(numbered("172.20.0.0/24"), one);
    settle(next);
    next.remove_route(numbered("172.20.0.0/24"));
    next.set_route(numbered("172.16.1.1/32"), two);
    settle(next);
    EXPECT_EQ(engine.routes.size(), 3U);
    next.set_complete();
    settle(next);
    EXPECT_EQ(next.group_id(net("172.16.1.1/32")), id);
    EXPECT_EQ(engine.routes.size(), 2U);
    EXPECT_EQ(engine.groups.size(), 2U);
}

TEST_F(FibExportTest, NextHopOffThePortsIsLeftOut) {
    fib.set_ports({"eth1"});
    fib.set_route(numbered("172.16.1.1/32"), two);
    fib.set_route(numbered("10.10.1.0/24"), set({kind(NextHopKind::attached, "loop1")}));
    fib.start_sync();
    settle(fib);
    EXPECT_THAT(engine.members(net("172.16.1.1/32")),
                ElementsAre(gateway("192.168.10.100", "eth1")));
    EXPECT_THAT(engine.members(net("10.10.1.0/24")), ElementsAre(kind(NextHopKind::reject)));
    EXPECT_FALSE(fib.set_ports({"eth1"}));
    EXPECT_TRUE(fib.set_ports({"eth1", "eth2"}));
    fib.start_sync();
    settle(fib);
    EXPECT_EQ(engine.members(net("172.16.1.1/32")).size(), 2U);
}

TEST_F(FibExportTest, FewBatchesAreUnderWay) {
    for (std::uint32_t number = 0; number < 20000; ++number) {
        fib.set_route(numbers->add(Prefix::host(IpAddress::v4(0x0a000000U + number))), one);
    }
    fib.start_sync();
    std::vector<FibBatch> sent;
    while (auto batch = fib.next()) sent.push_back(std::move(*batch));
    EXPECT_EQ(sent.size(), 4U);
    EXPECT_TRUE(sent.front().begin_sync);
    EXPECT_FALSE(sent.back().end_sync);
    for (const FibBatch& batch : sent) {
        engine.apply(batch);
        fib.acknowledge(batch.version);
    }
    settle(fib);
    EXPECT_EQ(engine.routes.size(), 20000U);
}

TEST_F(FibExportTest, RefusedBatchIsFollowedByEverything) {
    fib.set_route(numbered("172.20.0.0/24"), one);
    fib.start_sync();
    ASSERT_TRUE(fib.next());  // refused: the engine has nothing of it
    fib.stop();
    fib.start_sync();
    settle(fib);
    EXPECT_TRUE(fib.installed(net("172.20.0.0/24")));
}

// The gateway of one node of three, used by many service addresses.
class GatewayDown : public FibExportTest {
protected:
    static constexpr std::uint32_t kRoutes = 10000;

    static Prefix vip(std::uint32_t number) {
        return Prefix::host(IpAddress::v4(0x0a000000U + number));
    }
    void start(const Forwarding& forwarding) {
        for (std::uint32_t number = 0; number < kRoutes; ++number) {
            fib.set_route(numbers->add(vip(number)), forwarding);
        }
        fib.start_sync();
        settle(fib);
    }

    const Forwarding three =
        set({gateway("192.168.10.100", "eth1"), gateway("192.168.10.101", "eth1"),
             gateway("192.168.20.100", "eth2")});
    const IpAddress dead = ip("192.168.20.100");
};

TEST_F(GatewayDown, OneGroupIsSentAndNoRoute) {
    start(three);
    const std::uint32_t group = fib.group_id(vip(0));
    fib.next_hop_down(dead);
    const auto batch = fib.next();
    ASSERT_TRUE(batch);
    ASSERT_EQ(batch->groups.size(), 1U);
    EXPECT_EQ(batch->groups[0].id, group) << "in place: the routes need not move";
    EXPECT_TRUE(batch->routes.empty());
    ASSERT_NO_FATAL_FAILURE(engine.apply(*batch));
    EXPECT_THAT(engine.members(vip(kRoutes - 1)),
                ElementsAre(gateway("192.168.10.100", "eth1"), gateway("192.168.10.101", "eth1")));
    while (const auto later = fib.next()) EXPECT_TRUE(later->routes.empty());
}

TEST_F(GatewayDown, GoesBeforeRoutesThatWait) {
    start(three);
    const Forwarding other = set({gateway("192.168.10.101", "eth1")});
    for (std::uint32_t number = 0; number < kRoutes; ++number)
        fib.set_route(numbers->add(vip(number)), other);
    std::vector<FibBatch> under_way;
    while (auto batch = fib.next()) under_way.push_back(std::move(*batch));
    fib.next_hop_down(dead);
    const auto batch = fib.next();
    ASSERT_TRUE(batch) << "does not wait for acknowledgements";
    EXPECT_TRUE(batch->routes.empty());
    EXPECT_EQ(batch->groups.size(), 1U);
}

TEST_F(GatewayDown, RoutesMoveAtLeisureAndItIsForgotten) {
    start(three);
    fib.next_hop_down(dead);
    settle(fib);
    const Forwarding left =
        set({gateway("192.168.10.100", "eth1"), gateway("192.168.10.101", "eth1")});
    for (std::uint32_t number = 0; number < kRoutes; ++number)
        fib.set_route(numbers->add(vip(number)), left);
    fib.next_hops_settled();
    while (const auto batch = fib.next()) {
        engine.apply(*batch);
        EXPECT_EQ(engine.members(vip(0)).size(), 2U);
        EXPECT_EQ(engine.members(vip(kRoutes - 1)).size(), 2U) << "not back while routes wait";
        fib.acknowledge(batch->version);
    }
    EXPECT_EQ(engine.groups.size(), 1U);
    EXPECT_EQ(engine.next_hops.size(), 2U);
    fib.set_route(numbers->add(vip(0)), three);
    settle(fib);
    EXPECT_EQ(engine.members(vip(0)).size(), 3U);
}

// The BGP session alone was lost, and a static route goes through the same gateways.
TEST_F(GatewayDown, WhoStillWantsItGetsItBack) {
    start(three);
    fib.next_hop_down(dead);
    settle(fib);
    EXPECT_EQ(engine.members(vip(7)).size(), 2U);
    fib.next_hops_settled();
    settle(fib);
    EXPECT_EQ(engine.members(vip(7)).size(), 3U);
}

TEST_F(GatewayDown, TheOnlyMemberStays) {
    start(set({gateway("192.168.20.100", "eth2")}));
    fib.next_hop_down(dead);
    EXPECT_FALSE(fib.next()) << "nothing better is known";
    EXPECT_THAT(engine.members(vip(0)), ElementsAre(gateway("192.168.20.100", "eth2")));
}

TEST_F(GatewayDown, HoldsForAnEngineThatComesBackMeanwhile) {
    start(three);
    fib.stop();
    engine = {};
    fib.next_hop_down(dead);
    EXPECT_FALSE(fib.next());
    fib.start_sync();
    settle(fib);
    EXPECT_EQ(engine.members(vip(0)).size(), 2U);
    fib.next_hops_settled();
    settle(fib);
    EXPECT_EQ(engine.members(vip(0)).size(), 3U);
}

}  // namespace
}  // namespace torii::routing
