#include "controlplane/routing/kernel_mirror.h"

#include "tests/unit/controlplane/routing/make.h"

#include <gmock/gmock.h>

namespace torii::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A kernel's tables with its rules: no group of missing members, no route through a missing object,
// and with an object go its routes and its places in groups.
class Tables final : public Kernel {
public:
    Result<void> put_object(std::uint32_t id, const KernelNextHop& next_hop) override {
        if (no_carrier.contains(next_hop.link)) return fail("link {} is down", next_hop.link);
        for (const KernelGroupMember& member : next_hop.group) {
            if (!objects.contains(member.id)) return fail("no object {}", member.id);
        }
        objects[id] = next_hop;
        ++changes;
        return {};
    }
    Result<void> delete_object(std::uint32_t id) override {
        drop_object(id);
        ++changes;
        return {};
    }
    std::vector<KernelRouteFailure> change_routes(std::span<const KernelRouteChange> all) override {
        std::vector<KernelRouteFailure> failures;
        ++batches;
        for (std::size_t index = 0; index < all.size(); ++index) {
            const KernelRoute& route = all[index].route;
            if (refused.contains(route.prefix)) {
                failures.push_back({index, {fmt::format("no room for {}", route.prefix)}});
            } else if (all[index].removed) {
                routes.erase(route.prefix);
                ++changes;
            } else if (objects.contains(route.object_id)) {
                routes[route.prefix] = route;
                ++changes;
            } else {
                failures.push_back({index, {fmt::format("no object {}", route.object_id)}});
            }
        }
        return failures;
    }

    void drop_object(std::uint32_t id) {
        objects.erase(id);
        std::vector<std::uint32_t> empty;
        for (auto& [number, object] : objects) {
            if (object.group.empty()) continue;
            std::erase_if(object.group, [&](const auto& member) { return member.id == id; });
            if (object.group.empty()) empty.push_back(number);
        }
        std::erase_if(routes, [&](const auto& route) { return route.second.object_id == id; });
        for (const std::uint32_t number : empty) drop_object(number);
    }
    // What a new process is told first.
    void tell(KernelMirror& mirror) const {
        mirror.begin_dump();
        for (const auto& [id, object] : objects) mirror.observe_object(id, object, true);
        for (const auto& [prefix, route] : routes) mirror.observe_route(route);
        mirror.end_dump();
    }
    // The gateways that a route leads to.
    std::vector<std::string> gateways(const Prefix& prefix) const {
        const KernelNextHop& object = objects.at(routes.at(prefix).object_id);
        if (object.group.empty()) return {object.gateway ? object.gateway->to_string() : "-"};
        std::vector<std::string> result;
        for (const KernelGroupMember& member : object.group) {
            result.push_back(objects.at(member.id).gateway->to_string());
        }
        std::ranges::sort(result);
        return result;
    }

    std::map<std::uint32_t, KernelNextHop> objects;
    std::map<Prefix, KernelRoute> routes;
    std::set<std::uint32_t> no_carrier;
    std::set<Prefix> refused;
    int changes = 0;
    int batches = 0;
};

class KernelMirrorTest : public testing::Test {
protected:
    KernelMirrorTest() {
        links(mirror);
        mirror.set_complete();
    }
    static void links(KernelMirror& of) {
        of.set_link("eth1", 11);
        of.set_link("eth2", 12);
    }
    static void settle(KernelMirror& of) {
        while (of.flush(100)) {
        }
    }
    Forwarding set(ForwardingMembers members) {
        return store.intern(normalized(std::move(members)));
    }
    // The kernel says nothing about the objects and routes that go with it.
    void link_loses_carrier(std::uint32_t link, const std::string& name) {
        tables.no_carrier.insert(link);
        for (const auto& [id, object] : std::map(tables.objects)) {
            if (object.link == link) tables.drop_object(id);
        }
        mirror.remove_link(name);
    }

    ForwardingStore store;
    const Forwarding one = set({gateway("192.168.10.100", "eth1")});
    const Forwarding two =
        set({gateway("192.168.10.100", "eth1"), gateway("192.168.20.100", "eth2")});
    const Prefix pods = net("172.20.0.0/24");
    const Prefix service = net("172.16.1.1/32");
    Tables tables;
    KernelMirror mirror{tables};
};

TEST_F(KernelMirrorTest, OneNextHopIsAnObjectSeveralAreAGroup) {
    mirror.set_route(pods, Protocol::bgp, one);
    mirror.set_route(service, Protocol::bgp, two);
    settle(mirror);
    EXPECT_THAT(tables.gateways(pods), ElementsAre("192.168.10.100"));
    EXPECT_THAT(tables.gateways(service), ElementsAre("192.168.10.100", "192.168.20.100"));
    EXPECT_EQ(tables.objects.size(), 3U);
    EXPECT_EQ(tables.routes.at(pods).protocol, Protocol::bgp);
}

TEST_F(KernelMirrorTest, RoutesShareObjectsAndTheLastDeletesThem) {
    mirror.set_route(service, Protocol::bgp, two);
    mirror.set_route(net("172.16.1.2/32"), Protocol::bgp, two);
    settle(mirror);
    EXPECT_EQ(tables.objects.size(), 3U);
    mirror.remove_route(service);
    settle(mirror);
    EXPECT_EQ(tables.objects.size(), 3U);
    mirror.remove_route(net("172.16.1.2/32"));
    settle(mirror);
    EXPECT_THAT(tables.routes, IsEmpty());
    EXPECT_THAT(tables.objects, IsEmpty());
}

TEST_F(KernelMirrorTest, ChangedGroupReplacesTheRoute) {
    mirror.set_route(service, Protocol::bgp, two);
    settle(mirror);
    mirror.set_route(service, Protocol::bgp, one);
    settle(mirror);
    EXPECT_THAT(tables.gateways(service), ElementsAre("192.168.10.100"));
    EXPECT_EQ(tables.objects.size(), 1U);
}

TEST_F(KernelMirrorTest, DiscardIsABlackhole) {
    mirror.set_route(pods, Protocol::static_route, set({kind(NextHopKind::discard)}));
    settle(mirror);
    EXPECT_TRUE(tables.objects.at(tables.routes.at(pods).object_id).blackhole);
    EXPECT_EQ(tables.routes.at(pods).protocol, Protocol::static_route);
}

TEST_F(KernelMirrorTest, NewProcessChangesNothingThatIsRight) {
    mirror.set_route(pods, Protocol::bgp, one);
    mirror.set_route(service, Protocol::bgp, two);
    settle(mirror);
    tables.changes = 0;
    KernelMirror next(tables);
    links(next);
    tables.tell(next);
    EXPECT_EQ(next.bgp_routes(), 2U);
    next.set_route(service, Protocol::bgp, two);
    settle(next);
    EXPECT_EQ(tables.changes, 0);
    // `pods` is not learned again: it goes, but only when all is known.
    EXPECT_TRUE(tables.routes.contains(pods));
    next.set_complete();
    settle(next);
    EXPECT_FALSE(tables.routes.contains(pods));
    EXPECT_THAT(tables.gateways(service), ElementsAre("192.168.10.100", "192.168.20.100"));
    EXPECT_EQ(tables.objects.size(), 3U);
}

TEST_F(KernelMirrorTest, WhatIsLearnedAndWithdrawnGoesBeforeAllIsKnown) {
    mirror.set_route(pods, Protocol::bgp, one);
    mirror.set_route(service, Protocol::bgp, two);
    settle(mirror);
    KernelMirror next(tables);
    links(next);
    tables.tell(next);
    next.set_route(service, Protocol::bgp, two);
    settle(next);
    next.remove_route(service);
    next.remove_route(pods);
    settle(next);
    EXPECT_FALSE(tables.routes.contains(service));
    EXPECT_TRUE(tables.routes.contains(pods)) << "nobody has spoken of it yet";
}

TEST_F(KernelMirrorTest, RestoresWhatOthersDelete) {
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    tables.routes.erase(pods);
    mirror.observe_route_removed(pods);
    settle(mirror);
    EXPECT_TRUE(tables.routes.contains(pods));

    const std::uint32_t id = tables.routes.at(pods).object_id;
    tables.drop_object(id);
    mirror.observe_object_removed(id);
    settle(mirror);
    EXPECT_THAT(tables.gateways(pods), ElementsAre("192.168.10.100"));
}

TEST_F(KernelMirrorTest, CorrectsWhatOthersChange) {
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    tables.objects[77] = {.link = 12, .gateway = ip("192.168.20.66")};
    mirror.observe_object(77, tables.objects[77], false);
    tables.routes[pods].object_id = 77;
    mirror.observe_route(tables.routes[pods]);
    settle(mirror);
    EXPECT_THAT(tables.gateways(pods), ElementsAre("192.168.10.100"));
    EXPECT_TRUE(tables.objects.contains(77));  // not ours: left alone
}

TEST_F(KernelMirrorTest, FindsWhatADumpNoLongerHas) {
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    tables.objects.clear();
    tables.routes.clear();
    tables.tell(mirror);
    settle(mirror);
    EXPECT_THAT(tables.gateways(pods), ElementsAre("192.168.10.100"));
}

TEST_F(KernelMirrorTest, CarrierGoesAndComesBack) {
    mirror.set_route(pods, Protocol::bgp, one);
    mirror.set_route(service, Protocol::bgp, two);
    settle(mirror);
    link_loses_carrier(11, "eth1");
    settle(mirror);
    EXPECT_FALSE(tables.routes.contains(pods));
    EXPECT_THAT(tables.gateways(service), ElementsAre("192.168.20.100"));
    EXPECT_TRUE(mirror.failed());
    tables.no_carrier.clear();
    mirror.set_link("eth1", 11);
    settle(mirror);
    EXPECT_THAT(tables.gateways(pods), ElementsAre("192.168.10.100"));
    EXPECT_THAT(tables.gateways(service), ElementsAre("192.168.10.100", "192.168.20.100"));
    EXPECT_FALSE(mirror.failed());
}

// The kernel takes its time: a dump soon after the loss still has everything.
TEST_F(KernelMirrorTest, DumpBetweenCarrierLossAndDeletion) {
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    mirror.remove_link("eth1");
    settle(mirror);
    tables.tell(mirror);
    settle(mirror);
    link_loses_carrier(11, "eth1");
    tables.no_carrier.clear();
    mirror.set_link("eth1", 11);
    settle(mirror);
    EXPECT_THAT(tables.gateways(pods), ElementsAre("192.168.10.100"));
}

TEST_F(KernelMirrorTest, IdsOfOthersAreNotUsed) {
    mirror.observe_object(500, {.link = 12}, false);
    tables.objects[500] = {.link = 12};
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    EXPECT_GT(tables.routes.at(pods).object_id, 500U);
}

TEST_F(KernelMirrorTest, WorksInSmallSteps) {
    for (std::uint32_t number = 0; number < 25; ++number) {
        mirror.set_route(Prefix::host(IpAddress::v4(0x0a000000U + number)), Protocol::bgp, one);
    }
    EXPECT_TRUE(mirror.flush(10));
    EXPECT_EQ(tables.routes.size(), 10U);
    EXPECT_TRUE(mirror.flush(10));
    EXPECT_FALSE(mirror.flush(10));
    EXPECT_EQ(tables.routes.size(), 25U);
    EXPECT_EQ(tables.batches, 3);
}

TEST_F(KernelMirrorTest, RemovalsComeAfterTheOthersTheLastFirst) {
    const std::vector<Prefix> all{net("172.16.1.1/32"), net("172.16.1.2/32"), net("172.16.1.3/32")};
    for (const Prefix& prefix : all) mirror.set_route(prefix, Protocol::bgp, one);
    settle(mirror);
    for (const Prefix& prefix : all) mirror.remove_route(prefix);
    mirror.set_route(pods, Protocol::bgp, two);
    EXPECT_TRUE(mirror.flush(2));
    EXPECT_TRUE(tables.routes.contains(pods));
    EXPECT_FALSE(tables.routes.contains(all[2]));
    EXPECT_TRUE(mirror.flush(1));
    EXPECT_TRUE(tables.routes.contains(all[0]));
    EXPECT_FALSE(tables.routes.contains(all[1]));
    // Wanted again before it went.
    mirror.set_route(all[0], Protocol::bgp, two);
    settle(mirror);
    EXPECT_THAT(tables.gateways(all[0]), ElementsAre("192.168.10.100", "192.168.20.100"));
    EXPECT_EQ(tables.routes.size(), 2U);
}

TEST_F(KernelMirrorTest, OneRefusedRouteLeavesTheOthersBe) {
    const Prefix middle = net("172.16.1.2/32");
    tables.refused.insert(middle);
    mirror.set_route(service, Protocol::bgp, one);
    mirror.set_route(middle, Protocol::bgp, two);
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    EXPECT_EQ(tables.batches, 1);
    EXPECT_TRUE(tables.routes.contains(service));
    EXPECT_TRUE(tables.routes.contains(pods));
    EXPECT_EQ(mirror.routes(), 2U);
    EXPECT_EQ(mirror.last_error(), "no room for 172.16.1.2/32");
    EXPECT_EQ(tables.objects.size(), 1U) << "nobody uses the group that was made for it";
    EXPECT_TRUE(mirror.failed());

    tables.refused.clear();
    mirror.retry();
    settle(mirror);
    EXPECT_THAT(tables.gateways(middle), ElementsAre("192.168.10.100", "192.168.20.100"));
    EXPECT_FALSE(mirror.failed());
}

TEST_F(KernelMirrorTest, ARefusedRemovalIsTriedAgain) {
    mirror.set_route(service, Protocol::bgp, one);
    settle(mirror);
    tables.refused.insert(service);
    mirror.remove_route(service);
    settle(mirror);
    EXPECT_TRUE(mirror.failed());
    EXPECT_EQ(mirror.routes(), 1U);
    tables.refused.clear();
    mirror.retry();
    settle(mirror);
    EXPECT_THAT(tables.routes, IsEmpty());
    EXPECT_THAT(tables.objects, IsEmpty());
}

TEST_F(KernelMirrorTest, WithoutBgpTheStaticRoutesStay) {
    mirror.set_route(service, Protocol::bgp, two);
    mirror.set_route(pods, Protocol::static_route, one);
    settle(mirror);
    mirror.set_route(net("172.16.1.2/32"), Protocol::bgp, two);
    mirror.remove_bgp();
    settle(mirror);
    EXPECT_EQ(tables.routes.size(), 1U);
    EXPECT_TRUE(tables.routes.contains(pods));
    EXPECT_EQ(tables.objects.size(), 1U);
    EXPECT_EQ(mirror.bgp_routes(), 0U);
    mirror.set_route(service, Protocol::bgp, two);
    settle(mirror);
    EXPECT_THAT(tables.gateways(service), ElementsAre("192.168.10.100", "192.168.20.100"));
}

TEST_F(KernelMirrorTest, ADumpInPortionsHoldsChangesBack) {
    mirror.set_route(pods, Protocol::bgp, one);
    settle(mirror);
    mirror.begin_dump();
    for (const auto& [id, object] : tables.objects) mirror.observe_object(id, object, true);
    mirror.set_route(service, Protocol::bgp, one);
    EXPECT_FALSE(mirror.flush(100));
    EXPECT_FALSE(tables.routes.contains(service));
    mirror.observe_route(tables.routes.at(pods));
    mirror.end_dump();
    tables.changes = 0;
    settle(mirror);
    EXPECT_TRUE(tables.routes.contains(service));
    EXPECT_EQ(tables.changes, 1) << "what the dump told is right";
}

}  // namespace
}  // namespace torii::routing
