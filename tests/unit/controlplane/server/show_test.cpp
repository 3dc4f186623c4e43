#include "controlplane/server/show.h"

#include "tests/support/manual_scheduler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace torii::controlplane {
namespace {

using test::ManualScheduler;
using testing::HasSubstr;

class ShowTest : public testing::Test {
protected:
    ShowTest() {
        rib.set_interfaces({"eth1"});
        rib.set_connected({{prefix("192.168.10.0/24"), "eth1"}});
        rib.set_bgp(numbers->add(prefix("172.20.0.0/24")), {{{gateway, 1}}, true, true});
        rib.set_static({{prefix("172.20.0.0/24"), 30, true, {}}});
        fib.set_ports({"eth1"});
        fib.set_complete();
        fib.start_sync();
        for (const auto& change : rib.update()) fib.set_route(change.number, change.forwarding);
    }
    static Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }
    ipc::Routes routes(const std::string& asked, const std::string& protocol = {}) {
        ipc::GetRoutes request;
        request.set_prefix(asked);
        request.set_protocol(protocol);
        const auto found = show_routes(rib, fib, walks, TimePoint(Seconds(70)), request);
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(ipc::Routes{});
    }

    const IpAddress gateway = IpAddress::v4(0xc0a80a64);
    const std::shared_ptr<rib::PrefixNumbers> numbers = std::make_shared<rib::PrefixNumbers>();
    routing::Rib rib{[] { return TimePoint(Seconds(10)); }, numbers};
    routing::FibExport fib{rib.forwardings(), numbers};
    ManualScheduler scheduler;
    TableWalks walks{scheduler};
};

TEST_F(ShowTest, RouteIsInstalledWhenAcknowledged) {
    const auto batch = fib.next();
    ASSERT_TRUE(batch);
    EXPECT_FALSE(routes("172.20.0.0/24").routes(0).installed());
    fib.acknowledge(batch->version);
    const auto shown = routes("172.20.0.0/24");
    ASSERT_EQ(shown.routes_size(), 2);
    const ipc::RouteEntry& learned = shown.routes(0);
    EXPECT_EQ(learned.protocol(), "bgp");
    EXPECT_EQ(learned.distance(), 20U);
    EXPECT_TRUE(learned.selected());
    EXPECT_TRUE(learned.installed());
    EXPECT_TRUE(learned.stale());
    EXPECT_EQ(learned.age_seconds(), 60U);
    EXPECT_NE(learned.group_id(), 0U);
    EXPECT_EQ(learned.next_hops(0).address(), "192.168.10.100");
    EXPECT_EQ(learned.next_hops(0).interface(), "eth1");
    EXPECT_TRUE(learned.next_hops(0).installed());
    EXPECT_FALSE(shown.routes(1).selected());
    EXPECT_FALSE(shown.routes(1).installed());
    EXPECT_TRUE(shown.routes(1).discard());
}

TEST_F(ShowTest, AddressMeansItsLongestMatch) {
    EXPECT_EQ(routes("172.20.0.77").routes(0).prefix(), "172.20.0.0/24");
    EXPECT_EQ(routes("8.8.8.8").routes_size(), 0);
}

TEST_F(ShowTest, OneProtocol) {
    const auto shown = routes("", "connected");
    ASSERT_EQ(shown.routes_size(), 1);
    EXPECT_EQ(shown.routes(0).prefix(), "192.168.10.0/24");
    EXPECT_EQ(shown.routes(0).next_hops(0).interface(), "eth1");
}

TEST_F(ShowTest, ALongTableComesInPortions) {
    constexpr std::uint32_t kRoutes = 2500;
    for (std::uint32_t index = 0; index < kRoutes; ++index) {
        const IpAddress network = IpAddress::v4(0x0a000000 + (index * 7919 % 65536 << 8U));
        rib.set_bgp(numbers->add(Prefix::covering(network, 24)), {{{gateway, 1}}, true, false});
    }
    (void)rib.update();
    ipc::GetRoutes request;
    std::vector<std::string> shown;
    std::size_t portions = 0;
    do {
        const auto found = show_routes(rib, fib, walks, {}, request);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_LE(found->routes_size(), 1001) << "a prefix is not torn apart";
        for (const auto& route : found->routes()) shown.push_back(route.prefix());
        request.set_walk(found->walk());
        ++portions;
    } while (request.walk() != 0);
    EXPECT_EQ(portions, 3U);
    ASSERT_EQ(shown.size(), kRoutes + 3) << "two routes of one prefix, and a connected one";
    EXPECT_TRUE(std::ranges::is_sorted(
        shown, {}, [](const std::string& text) { return Prefix::parse(text).value(); }));
    request.set_walk(77);
    EXPECT_THAT(show_routes(rib, fib, walks, {}, request).error().message,
                HasSubstr("ask for it from the beginning"));
}

TEST_F(ShowTest, ErrorsSayWhatIsPossible) {
    ipc::GetRoutes request;
    request.set_protocol("ospf");
    EXPECT_THAT(show_routes(rib, fib, walks, {}, request).error().message,
                HasSubstr("use connected, local, static or bgp"));
    request.set_protocol("");
    request.set_prefix("10.0.0.1/8");
    EXPECT_FALSE(show_routes(rib, fib, walks, {}, request));
}

}  // namespace
}  // namespace torii::controlplane
