#include "agent/server/default_gateways.h"

#include <gtest/gtest.h>

namespace torii::agent {
namespace {

netlink::Route route(const char* gateway, std::uint32_t link, std::uint32_t metric) {
    netlink::Route made;
    made.gateway = *IpAddress::parse(gateway);
    made.prefix = *Prefix::make(IpAddress::any(made.gateway->family()), 0);
    made.link_index = link;
    made.metric = metric;
    return made;
}

std::map<std::uint32_t, netlink::Link> links() {
    netlink::Link up;
    up.admin_up = up.carrier = true;
    netlink::Link down = up;
    down.carrier = false;
    return {{1, up}, {2, down}};
}

std::string chosen(const std::vector<netlink::Route>& routes, IpFamily family = IpFamily::v4) {
    const auto gateways = choose_gateways(routes, links());
    const auto found = gateways.find(family);
    return found == gateways.end() ? "none" : found->second.to_string();
}

TEST(DefaultGateways, TheLowestMetricOfALinkThatIsUp) {
    EXPECT_EQ(chosen({}), "none");
    EXPECT_EQ(chosen({route("192.0.2.1", 1, 100), route("192.0.2.2", 1, 50)}), "192.0.2.2");
    EXPECT_EQ(chosen({route("192.0.2.1", 1, 100), route("192.0.2.2", 2, 50)}), "192.0.2.1");
    EXPECT_EQ(chosen({route("192.0.2.1", 3, 100)}), "none") << "a link that is not there";
}

TEST(DefaultGateways, EachFamilyForItselfAndNoLinkLocalOne) {
    const std::vector<netlink::Route> routes{route("192.0.2.1", 1, 0), route("fe80::1", 1, 10),
                                             route("2001:db8::1", 1, 1024)};
    EXPECT_EQ(chosen(routes), "192.0.2.1");
    EXPECT_EQ(chosen(routes, IpFamily::v6), "2001:db8::1");
}

}  // namespace
}  // namespace torii::agent
