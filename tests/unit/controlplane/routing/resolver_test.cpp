#include "controlplane/routing/resolver.h"

#include "tests/unit/controlplane/routing/make.h"

#include <gmock/gmock.h>

namespace torii::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ResolverTest : public testing::Test {
protected:
    void build(const std::vector<StaticRoute>& statics) {
        resolver.rebuild({{net("192.168.10.0/24"), "eth1"}, {net("192.168.20.0/24"), "eth2"}},
                         {{ip("192.168.10.200"), "eth1"}}, statics, {"eth1", "eth2"}, {});
    }
    ForwardingMembers resolve(std::string_view address) {
        return resolver.resolve({ip(address), {}, 1});
    }
    Resolver resolver;
};

TEST_F(ResolverTest, ConnectedNeighborIsItsOwnGateway) {
    build({});
    EXPECT_THAT(resolve("192.168.10.100"), ElementsAre(gateway("192.168.10.100", "eth1")));
}

TEST_F(ResolverTest, NothingLeadsThere) {
    build({});
    EXPECT_THAT(resolve("10.0.0.1"), IsEmpty());
}

TEST_F(ResolverTest, OurOwnAddressIsNoNextHop) {
    build({});
    EXPECT_THAT(resolve("192.168.10.200"), IsEmpty());
}

TEST_F(ResolverTest, StaticOverStatic) {
    build({static_route("10.0.0.0/8", {"192.168.10.1", "192.168.20.1"}),
           static_route("172.20.0.0/16", {"10.1.1.1"})});
    EXPECT_THAT(resolve("172.20.5.5"),
                ElementsAre(gateway("192.168.10.1", "eth1"), gateway("192.168.20.1", "eth2")));
}

// The covering network would do until the more specific route is there.
TEST_F(ResolverTest, MoreSpecificStaticWins) {
    build({static_route("172.20.0.0/16", {"192.168.10.7"}),
           static_route("192.168.10.7/32", {"192.168.20.9"})});
    EXPECT_THAT(resolve("172.20.0.1"), ElementsAre(gateway("192.168.20.9", "eth2")));
}

TEST_F(ResolverTest, DefaultRouteDoesNotMakeReachable) {
    build({static_route("0.0.0.0/0", {"192.168.10.1"})});
    EXPECT_THAT(resolve("10.0.0.1"), IsEmpty());
}

TEST_F(ResolverTest, RouteThatOnlyLeadsToItself) {
    build({static_route("10.0.0.0/8", {"10.0.0.1"})});
    EXPECT_EQ(usable_route(resolver.routes().at(net("10.0.0.0/8"))), nullptr);
}

TEST_F(ResolverTest, LoopOfTwoIsNotUsable) {
    build({static_route("10.1.0.0/16", {"10.2.0.1"}), static_route("10.2.0.0/16", {"10.1.0.1"})});
    EXPECT_EQ(usable_route(resolver.routes().at(net("10.1.0.0/16"))), nullptr);
    EXPECT_EQ(usable_route(resolver.routes().at(net("10.2.0.0/16"))), nullptr);
}

TEST_F(ResolverTest, NamedInterfaceMustBeUp) {
    build({});
    EXPECT_THAT(resolver.resolve({ip("10.0.0.1"), "eth2", 3}),
                ElementsAre(gateway("10.0.0.1", "eth2", 3)));
    EXPECT_THAT(resolver.resolve({ip("10.0.0.1"), "eth9", 1}), IsEmpty());
}

TEST_F(ResolverTest, WeightsMultiplyAndAddUp) {
    StaticRoute inner = static_route("10.0.0.0/8", {});
    inner.next_hops = {{ip("192.168.10.1"), {}, 2}, {ip("192.168.20.1"), {}, 1}};
    StaticRoute outer = static_route("172.20.0.0/16", {});
    outer.next_hops = {{ip("10.0.0.1"), {}, 3}, {ip("192.168.10.1"), {}, 1}};
    build({inner, outer});
    EXPECT_THAT(
        resolver.routes().at(net("172.20.0.0/16")).front().resolved,
        ElementsAre(gateway("192.168.10.1", "eth1", 7), gateway("192.168.20.1", "eth2", 3)));
}

TEST_F(ResolverTest, DiscardIsInherited) {
    StaticRoute discard = static_route("10.0.0.0/8", {});
    discard.discard = true;
    build({discard});
    EXPECT_THAT(resolve("10.0.0.1"), ElementsAre(kind(NextHopKind::discard)));
}

}  // namespace
}  // namespace torii::routing
