#include "agent/import/installed_routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace torii::import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kEth0 = 2;
constexpr std::uint32_t kEth1 = 3;

// What a kernel would have after the changes.
class Tables final : public routing::Kernel {
public:
    Result<void> put_object(std::uint32_t id, const routing::KernelNextHop& next_hop) override {
        objects[id] = next_hop;
        return {};
    }
    Result<void> delete_object(std::uint32_t id) override {
        objects.erase(id);
        return {};
    }
    std::vector<routing::KernelRouteFailure> change_routes(
        std::span<const routing::KernelRouteChange> changes) override {
        for (const auto& [route, removed] : changes) {
            if (removed) {
                routes.erase(route.prefix);
            } else {
                routes[route.prefix] = route.object_id;
            }
        }
        return {};
    }

    // "172.20.2.0/24 via 192.0.2.1@2 192.0.3.1@3"
    [[nodiscard]] std::vector<std::string> listing() const {
        std::vector<std::string> lines;
        for (const auto& [prefix, id] : routes) {
            std::vector<std::string> ways;
            const routing::KernelNextHop& object = objects.at(id);
            for (const auto& member : object.group) ways.push_back(way(objects.at(member.id)));
            if (object.group.empty()) ways.push_back(way(object));
            std::ranges::sort(ways);
            lines.push_back(fmt::format("{} via {}", prefix, fmt::join(ways, " ")));
        }
        return lines;
    }

    std::map<std::uint32_t, routing::KernelNextHop> objects;
    std::map<Prefix, std::uint32_t> routes;

private:
    static std::string way(const routing::KernelNextHop& hop) {
        return fmt::format("{}@{}", hop.gateway.value_or(IpAddress{}), hop.link);
    }
};

netlink::Link link(std::uint32_t index, bool carrier = true) {
    netlink::Link link;
    link.index = index;
    link.name = fmt::format("eth{}", index - kEth0);
    link.admin_up = true;
    link.carrier = carrier;
    return link;
}

netlink::Route route(std::string_view prefix, std::uint32_t link, std::uint8_t protocol,
                     std::string_view gateway = "", std::uint32_t metric = 0) {
    netlink::Route route;
    route.prefix = Prefix::parse(prefix).value();
    route.link_index = link;
    route.protocol = protocol;
    route.metric = metric;
    if (!gateway.empty()) route.gateway = IpAddress::parse(gateway).value();
    return route;
}

// A node with 192.0.2.0/24 on eth0 and 192.0.3.0/24 on eth1.
class InstalledRoutesTest : public testing::Test {
protected:
    InstalledRoutesTest() { dump(); }

    void dump() {
        installed.begin_dump();
        installed.observe(link(kEth0), false);
        installed.observe(link(kEth1), false);
        installed.begin_routes();
        installed.observe(route("192.0.2.0/24", kEth0, netlink::kProtocolKernel), false);
        installed.observe(route("192.0.3.0/24", kEth1, netlink::kProtocolKernel), false);
        installed.observe(route("0.0.0.0/0", kEth0, netlink::kProtocolBoot, "192.0.2.254"), false);
        installed.end_dump();
        installed.resolve_again();
    }
    void learn(std::string_view prefix, const std::vector<std::string>& next_hops,
               const std::string& instance = "i", bool external = true) {
        std::vector<speaker::SelectedNextHop> hops;
        for (const std::string& hop : next_hops) {
            hops.push_back({IpAddress::parse(hop).value(), 1, external});
        }
        installed.learn(instance, Prefix::parse(prefix).value(),
                        speaker::SelectedNextHops(std::move(hops)));
    }
    std::vector<std::string> kernel() {
        while (installed.flush()) {
        }
        return tables.listing();
    }

    Tables tables;
    InstalledRoutes installed{tables, 3};
};

TEST_F(InstalledRoutesTest, OverTwoRoutersAtOnceAndOverTheOneThatIsLeft) {
    learn("172.20.2.0/24", {"192.0.2.1", "192.0.3.1"});
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.2.1@2 192.0.3.1@3"));
    learn("172.20.2.0/24", {"192.0.3.1"});
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.3.1@3"));
    learn("172.20.2.0/24", {});
    EXPECT_THAT(kernel(), IsEmpty()) << "also before everybody has told all";
    installed.set_complete();
    kernel();
    EXPECT_THAT(tables.objects, IsEmpty()) << "unused objects go";
}

TEST_F(InstalledRoutesTest, SpeakersAddUpAndExternalPathsComeFirst) {
    learn("172.20.2.0/24", {"192.0.2.1"}, "one");
    learn("172.20.2.0/24", {"192.0.3.1"}, "two");
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.2.1@2 192.0.3.1@3"));
    learn("172.20.2.0/24", {"192.0.3.1"}, "two", false);
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.2.1@2"));
    installed.forget("one");
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.3.1@3"));
}

TEST_F(InstalledRoutesTest, ANextHopFartherAwayIsReachedByTheRoutesOfOthersButTheDefaultRoute) {
    EXPECT_FALSE(installed.reachable(IpAddress::parse("198.51.100.1").value()));
    learn("172.20.2.0/24", {"198.51.100.1"});
    EXPECT_THAT(kernel(), IsEmpty());
    installed.observe(route("198.51.100.0/24", kEth1, netlink::kProtocolStatic, "192.0.3.7"),
                      false);
    EXPECT_TRUE(installed.resolve_again()) << "selection has to be told";
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.3.7@3"));
    installed.observe(route("198.51.100.0/24", kEth1, netlink::kProtocolStatic, "192.0.3.7"), true);
    EXPECT_TRUE(installed.resolve_again());
    EXPECT_THAT(kernel(), IsEmpty());
}

TEST_F(InstalledRoutesTest, ALinkThatGoesDownTakesItsNextHops) {
    learn("172.20.2.0/24", {"192.0.2.1", "192.0.3.1"});
    kernel();
    installed.observe(link(kEth0, false), false);
    EXPECT_TRUE(installed.resolve_again());
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.3.1@3"));
    installed.observe(link(kEth0), false);
    EXPECT_TRUE(installed.resolve_again());
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.2.1@2 192.0.3.1@3"));
}

TEST_F(InstalledRoutesTest, APartOfAConnectedNetworkIsNotLearned) {
    learn("192.0.2.0/25", {"192.0.3.1"});
    learn("192.0.2.0/24", {"192.0.3.1"});
    EXPECT_THAT(kernel(), IsEmpty());
    EXPECT_THAT(installed.problems(), testing::Contains(HasSubstr("192.0.2.0/25 is part of")));
    learn("192.0.0.0/16", {"192.0.3.1"});
    EXPECT_THAT(kernel(), ElementsAre("192.0.0.0/16 via 192.0.3.1@3"));
}

TEST_F(InstalledRoutesTest, ANetworkThatBecomesConnectedTakesTheRouteAway) {
    learn("198.51.100.0/24", {"192.0.3.1"});
    EXPECT_THAT(kernel(), ElementsAre("198.51.100.0/24 via 192.0.3.1@3"));
    installed.observe(route("198.51.100.0/24", kEth0, netlink::kProtocolKernel), false);
    installed.resolve_again();
    EXPECT_THAT(kernel(), IsEmpty());
    installed.observe(route("198.51.100.0/24", kEth0, netlink::kProtocolKernel), true);
    installed.resolve_again();
    EXPECT_THAT(kernel(), ElementsAre("198.51.100.0/24 via 192.0.3.1@3"));
}

TEST_F(InstalledRoutesTest, ARouteOfSomebodyElseIsNotReplaced) {
    const netlink::Route other =
        route("172.20.2.0/24", kEth0, netlink::kProtocolBgp, "192.0.2.9", kMark.metric);
    installed.observe(other, false);
    learn("172.20.2.0/24", {"192.0.3.1"});
    EXPECT_THAT(kernel(), IsEmpty());
    EXPECT_THAT(installed.problems(), ElementsAre(HasSubstr("somebody else has a route")));
    installed.observe(other, true);
    EXPECT_THAT(kernel(), ElementsAre("172.20.2.0/24 via 192.0.3.1@3"));
    EXPECT_THAT(installed.problems(), IsEmpty());
}

TEST_F(InstalledRoutesTest, NoMoreThanTheMaximum) {
    for (const char* prefix : {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"}) {
        learn(prefix, {"192.0.2.1"});
    }
    EXPECT_EQ(kernel().size(), 3U);
    EXPECT_THAT(installed.problems(), ElementsAre(HasSubstr("1 routes are beyond the maximum")));
    learn("10.2.0.0/16", {});
    EXPECT_THAT(kernel(), ElementsAre(HasSubstr("10.1"), HasSubstr("10.3"), HasSubstr("10.4")));
    EXPECT_THAT(installed.problems(), IsEmpty());
}

// After a restart: what is learned again stays as it is, the rest goes once all was told.
TEST_F(InstalledRoutesTest, WhatAnEarlierProcessLeftIsTakenOverAndSwept) {
    netlink::Nexthop object;
    object.id = 7;
    object.link_index = kEth0;
    object.gateway = IpAddress::parse("192.0.2.1").value();
    object.protocol = kMark.bgp;
    installed.observe(object, false);
    tables.objects[7] = kernel::to_kernel_next_hop(object);
    for (const char* prefix : {"10.1.0.0/16", "10.2.0.0/16"}) {
        netlink::Route left = route(prefix, kEth0, kMark.bgp, "192.0.2.1", kMark.metric);
        left.nexthop_id = 7;
        installed.observe(left, false);
        tables.routes[left.prefix] = 7;
    }
    learn("10.1.0.0/16", {"192.0.2.1"});
    EXPECT_EQ(kernel().size(), 2U);
    installed.set_complete();
    EXPECT_THAT(kernel(), ElementsAre("10.1.0.0/16 via 192.0.2.1@2"));
    EXPECT_TRUE(tables.objects.contains(7)) << "the same object: no packet had to take another way";
}

}  // namespace
}  // namespace torii::import
