#include "platform/linux/netlink_monitor.h"

#include "tests/unit/platform/linux/fresh_namespace.h"

#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <map>
#include <net/if.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace torii::netlink {
namespace {

using ::testing::ElementsAre;

// What a user of the monitor would know.
struct Mirror {
    std::map<std::uint32_t, Link> links;
    std::set<LinkAddress> addresses;
    std::map<IpAddress, Neighbor> neighbors;
    std::map<Prefix, Route> routes;
    std::map<std::uint32_t, Nexthop> nexthops;
    int dumps_begun = 0;
    int routes_begun = 0;
    int dumps = 0;

    MonitorEvents events() {
        MonitorEvents events;
        events.link = [this](const Link& link, bool removed) {
            links.erase(link.index);
            if (!removed) links[link.index] = link;
        };
        events.address = [this](const LinkAddress& address, bool removed) {
            addresses.erase(address);
            if (!removed) addresses.insert(address);
        };
        events.neighbor = [this](const Neighbor& neighbor, bool removed) {
            neighbors.erase(neighbor.address);
            if (!removed) neighbors[neighbor.address] = neighbor;
        };
        events.route = [this](const Route& route, bool removed) {
            routes.erase(route.prefix);
            if (!removed) routes[route.prefix] = route;
        };
        events.nexthop = [this](const Nexthop& nexthop, bool removed) {
            nexthops.erase(nexthop.id);
            if (!removed) nexthops[nexthop.id] = nexthop;
        };
        events.dump_begin = [this] {
            links.clear();
            addresses.clear();
            neighbors.clear();
            routes.clear();
            nexthops.clear();
            ++dumps_begun;
        };
        events.routes_begin = [this] { ++routes_begun; };
        events.dump_done = [this] { ++dumps; };
        return events;
    }
    [[nodiscard]] const Link* link(const std::string& name) const {
        for (const auto& [index, link] : links) {
            if (link.name == name) return &link;
        }
        return nullptr;
    }
};

// A host on a link that answers every ARP request (RFC 826) with its MAC.
class ArpResponder {
public:
    ArpResponder(EventLoop& loop, const std::string& link, const MacAddress& mac)
        : mac_(mac), descriptor_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ARP))) {
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ETH_P_ARP);
        address.sll_ifindex = static_cast<int>(::if_nametoindex(link.c_str()));
        EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
                  0);
        watch_ = loop.watch_readable(descriptor_, [this] { answer(); });
    }
    ArpResponder(const ArpResponder&) = delete;
    ArpResponder& operator=(const ArpResponder&) = delete;
    ~ArpResponder() {
        watch_.reset();
        ::close(descriptor_);
    }

    [[nodiscard]] int requests() const { return requests_; }

private:
    void answer() {
        std::array<std::uint8_t, 128> frame{};
        const ssize_t size = ::recv(descriptor_, frame.data(), frame.size(), MSG_DONTWAIT);
        constexpr std::size_t kOperation = 21;
        if (size < 42 || frame[kOperation] != 1) return;
        ++requests_;
        std::array<std::uint8_t, 42> reply{};
        const auto copy = [&](std::size_t from, std::size_t count, std::size_t to) {
            std::memcpy(reply.data() + to, frame.data() + from, count);
        };
        copy(22, 6, 0);    // to the asker's MAC
        copy(12, 9, 12);   // ARP over Ethernet for IPv4, unchanged
        copy(38, 4, 28);   // the address asked for is ours
        copy(22, 10, 32);  // the asker's MAC and address
        reply[kOperation] = 2;
        std::ranges::copy(mac_.octets, reply.begin() + 6);
        std::ranges::copy(mac_.octets, reply.begin() + 22);
        EXPECT_EQ(::send(descriptor_, reply.data(), reply.size(), 0),
                  static_cast<ssize_t>(reply.size()));
    }

    MacAddress mac_;
    int descriptor_;
    Timer watch_;
    int requests_ = 0;
};

class NetlinkMonitor : public FreshNamespace {
protected:
    void start() {
        auto started = Monitor::start(loop_, mirror_.events());
        ASSERT_TRUE(started) << started.error().message;
        monitor_ = std::move(*started);
        EXPECT_EQ(mirror_.dumps_begun, 0) << "nothing is told before the loop runs";
        ASSERT_TRUE(run_until(loop_, [this] { return mirror_.dumps == 1; }));
    }

    // Host routes from 10.0.0.0 on through nexthop object 5, by somebody else.
    static std::vector<RouteChange> routes(std::uint32_t count, bool removed) {
        std::vector<RouteChange> changes;
        for (std::uint32_t number = 0; number < count; ++number) {
            changes.push_back({{.prefix = Prefix::host(IpAddress::v4(0x0a000000U + number)),
                                .protocol = kProtocolBgp,
                                .metric = 20,
                                .nexthop_id = 5,
                                .link_index = 0,
                                .gateway = {}},
                               removed});
        }
        return changes;
    }
    void make_nexthop() {
        ASSERT_TRUE(requests_->replace_nexthop({.id = 5,
                                                .link_index = make_port(),
                                                .gateway = ip("192.0.2.5"),
                                                .group = {},
                                                .protocol = kProtocolBgp}));
    }

    EventLoop loop_;
    Mirror mirror_;
    std::unique_ptr<Monitor> monitor_;
};

TEST_F(NetlinkMonitor, TellsWhatExistsFirst) {
    const std::uint32_t port = make_port();
    ASSERT_TRUE(requests_->replace_nexthop({.id = 5,
                                            .link_index = port,
                                            .gateway = ip("192.0.2.5"),
                                            .group = {},
                                            .protocol = kProtocolBgp}));
    start();
    ASSERT_NE(mirror_.link("port"), nullptr);
    EXPECT_TRUE(mirror_.link("port")->carrier);
    EXPECT_TRUE(mirror_.addresses.contains(on(port, "192.0.2.1/24")));
    EXPECT_TRUE(mirror_.routes.contains(net("192.0.2.0/24")));
    EXPECT_TRUE(mirror_.nexthops.contains(5));
    EXPECT_EQ(mirror_.dumps_begun, 1);
}

TEST_F(NetlinkMonitor, TellsEveryChange) {
    start();
    const std::uint32_t port = make_port();
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.routes.contains(net("192.0.2.0/24")); }));
    EXPECT_TRUE(mirror_.addresses.contains(on(port, "192.0.2.1/24")));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.link("port")->carrier; }));

    ASSERT_TRUE(requests_->set_link_mtu(port, 1400));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.link("port")->mtu == 1400; }));

    ASSERT_TRUE(requests_->replace_nexthop({.id = 5,
                                            .link_index = port,
                                            .gateway = ip("192.0.2.5"),
                                            .group = {},
                                            .protocol = kProtocolBgp}));
    const Route route{.prefix = net("172.20.0.0/16"),
                      .protocol = kProtocolBgp,
                      .metric = 20,
                      .nexthop_id = 5,
                      .link_index = 0,
                      .gateway = {}};
    ASSERT_TRUE(requests_->replace_route(route));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.routes.contains(route.prefix); }));
    EXPECT_EQ(mirror_.routes[route.prefix].nexthop_id, 5U);
    EXPECT_EQ(mirror_.nexthops.at(5).gateway, ip("192.0.2.5"));
    ASSERT_TRUE(requests_->delete_route(route));
    ASSERT_TRUE(run_until(loop_, [&] { return !mirror_.routes.contains(route.prefix); }));

    ASSERT_TRUE(requests_->delete_address(on(port, "192.0.2.1/24")));
    ASSERT_TRUE(
        run_until(loop_, [&] { return !mirror_.addresses.contains(on(port, "192.0.2.1/24")); }));
    EXPECT_EQ(mirror_.dumps_begun, 1) << "no change made it begin anew";
    ASSERT_TRUE(requests_->delete_link(port));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.link("port") == nullptr; }));
}

TEST_F(NetlinkMonitor, TellsOfTheObjectsAndRoutesThatALostCarrierTook) {
    const std::uint32_t port = make_port();
    ASSERT_TRUE(requests_->replace_nexthop({.id = 5,
                                            .link_index = port,
                                            .gateway = ip("192.0.2.5"),
                                            .group = {},
                                            .protocol = kProtocolBgp}));
    const Route route{.prefix = net("172.20.0.0/16"),
                      .protocol = kProtocolBgp,
                      .metric = 20,
                      .nexthop_id = 5,
                      .link_index = 0,
                      .gateway = {}};
    ASSERT_TRUE(requests_->replace_route(route));
    start();
    ASSERT_TRUE(mirror_.nexthops.contains(5));
    ASSERT_TRUE(mirror_.routes.contains(route.prefix));
    const std::uint32_t cable = mirror_.link("cable")->index;
    ASSERT_TRUE(requests_->set_link_up(cable, false));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.dumps == 2; }));
    EXPECT_FALSE(mirror_.link("port")->carrier);
    EXPECT_FALSE(mirror_.nexthops.contains(5));
    EXPECT_FALSE(mirror_.routes.contains(route.prefix));
    // A link that comes back takes nothing with it.
    ASSERT_TRUE(requests_->set_link_up(cable, true));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.link("port")->carrier; }));
    EXPECT_EQ(mirror_.dumps_begun, 2);
    ASSERT_TRUE(requests_->set_link_up(port, false));
    EXPECT_TRUE(run_until(loop_, [&] { return mirror_.dumps == 3; }));
    EXPECT_FALSE(mirror_.routes.contains(net("192.0.2.0/24")));
}

TEST_F(NetlinkMonitor, AProbeEndsInAUsableNeighbor) {
    const std::uint32_t port = make_port();
    const MacAddress mac{{0x02, 0, 0, 0, 0, 0x99}};
    start();
    const ArpResponder host(loop_, "cable", mac);
    ASSERT_TRUE(requests_->probe_neighbor(port, ip("192.0.2.9")));
    ASSERT_TRUE(run_until(loop_, [&] {
        const auto found = mirror_.neighbors.find(ip("192.0.2.9"));
        return found != mirror_.neighbors.end() && found->second.usable();
    }));
    const Neighbor& neighbor = mirror_.neighbors.at(ip("192.0.2.9"));
    EXPECT_EQ(neighbor.mac, mac);
    EXPECT_EQ(neighbor.link_index, port);
    EXPECT_FALSE(neighbor.failed());
    EXPECT_GE(host.requests(), 1);
    ASSERT_TRUE(requests_->delete_neighbor(port, ip("192.0.2.9")));
    // The kernel tells of a deletion as a failed entry, a removed one, or both.
    EXPECT_TRUE(run_until(loop_, [&] {
        const auto found = mirror_.neighbors.find(ip("192.0.2.9"));
        return found == mirror_.neighbors.end() || !found->second.usable();
    }));
}

TEST_F(NetlinkMonitor, AProbeThatNobodyAnswersFails) {
    const std::uint32_t port = make_port();
    start();
    ASSERT_TRUE(requests_->probe_neighbor(port, ip("192.0.2.9")));
    // Three requests, a second apart (RFC 4861 §10 and its like for ARP).
    EXPECT_TRUE(run_until(loop_, [&] {
        const auto found = mirror_.neighbors.find(ip("192.0.2.9"));
        return found != mirror_.neighbors.end() && found->second.failed();
    }));
}

TEST_F(NetlinkMonitor, DroppedEventsAreMadeUpForByANewDump) {
    const std::uint32_t port = make_port();
    ASSERT_TRUE(requests_->replace_nexthop({.id = 5,
                                            .link_index = port,
                                            .gateway = ip("192.0.2.5"),
                                            .group = {},
                                            .protocol = kProtocolBgp}));
    start();
    Route route{.prefix = {},
                .protocol = kProtocolBgp,
                .metric = 20,
                .nexthop_id = 5,
                .link_index = 0,
                .gateway = {}};
    // More events than the socket holds, while nobody reads; the last one stands.
    constexpr std::uint32_t kRoutes = 20'000;
    for (std::uint32_t index = 0; index < kRoutes; ++index) {
        route.prefix = Prefix::host(IpAddress::v4(0x0a000000U + index));
        ASSERT_TRUE(requests_->replace_route(route));
        if (index + 1 < kRoutes) {
            ASSERT_TRUE(requests_->delete_route(route));
        }
    }
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.dumps == 2; }));
    std::vector<Prefix> learned;
    for (const auto& [prefix, known] : mirror_.routes) {
        if (known.protocol == kProtocolBgp) learned.push_back(prefix);
    }
    EXPECT_THAT(learned, ElementsAre(route.prefix));
    // And events come again.
    ASSERT_TRUE(requests_->delete_route(route));
    EXPECT_TRUE(run_until(loop_, [&] { return !mirror_.routes.contains(route.prefix); }));
}

TEST_F(NetlinkMonitor, OwnRoutesAreNotToldThoseOfOthersAre) {
    make_nexthop();
    auto own = Requests::open().value();
    auto started = Monitor::start(loop_, mirror_.events(), own->port());
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_TRUE(run_until(loop_, [this] { return mirror_.dumps == 1; }));
    // More than the socket would hold.
    EXPECT_TRUE(own->change_routes(routes(30'000, false)).empty());
    const Prefix first = net("10.0.0.0/32");
    const Route theirs{.prefix = net("172.20.0.0/16"),
                       .protocol = kProtocolBgp,
                       .metric = 20,
                       .nexthop_id = 5,
                       .link_index = 0,
                       .gateway = {}};
    mirror_.routes[first].prefix = first;
    ASSERT_TRUE(requests_->delete_route(routes(1, false)[0].route));
    ASSERT_TRUE(requests_->replace_route(theirs));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.routes.contains(theirs.prefix); }));
    EXPECT_FALSE(mirror_.routes.contains(first)) << "somebody else has deleted it";
    EXPECT_FALSE(mirror_.routes.contains(net("10.0.0.1/32")));
    EXPECT_EQ(mirror_.dumps_begun, 1) << "nothing was dropped";
}

TEST_F(NetlinkMonitor, RoutesAreDumpedInPortionsAndTheirChangesWait) {
    make_nexthop();
    ASSERT_TRUE(requests_->change_routes(routes(30'000, false)).empty());
    auto started = Monitor::start(loop_, mirror_.events());
    ASSERT_TRUE(started) << started.error().message;
    const Prefix first = net("10.0.0.0/32");
    const Prefix last = Prefix::host(IpAddress::v4(0x0a000000U + 29'999));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.routes.contains(first); }));
    ASSERT_EQ(mirror_.dumps, 0);
    ASSERT_FALSE(mirror_.routes.contains(last));
    ASSERT_TRUE(requests_->change_routes(routes(100, true)).empty());
    ASSERT_TRUE(requests_->set_link_mtu(mirror_.link("port")->index, 1400));
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.link("port")->mtu == 1400; }));
    EXPECT_EQ(mirror_.dumps, 0) << "links do not wait";
    EXPECT_TRUE(mirror_.routes.contains(first)) << "routes do";
    ASSERT_TRUE(run_until(loop_, [&] { return mirror_.dumps == 1; }));
    EXPECT_FALSE(mirror_.routes.contains(first));
    EXPECT_FALSE(mirror_.routes.contains(net("10.0.0.99/32")));
    EXPECT_TRUE(mirror_.routes.contains(net("10.0.0.100/32")));
    EXPECT_TRUE(mirror_.routes.contains(last));
    EXPECT_EQ(mirror_.routes_begun, 1);
}

// Somebody who changes more than the socket holds, all the time, would have us dump all the time.
TEST_F(NetlinkMonitor, RestsBetweenDumps) {
    make_nexthop();
    ASSERT_TRUE(requests_->change_routes(routes(20'000, false)).empty());
    std::vector<TimePoint> begun;
    std::vector<TimePoint> done;
    MonitorEvents events = mirror_.events();
    events.dump_begin = [&] { begun.push_back(loop_.now()); };
    events.routes_begin = [&] {
        if (begun.size() != 1) return;
        EXPECT_TRUE(requests_->change_routes(routes(20'000, true)).empty());
        EXPECT_TRUE(requests_->change_routes(routes(20'000, false)).empty());
    };
    events.dump_done = [&] { done.push_back(loop_.now()); };
    auto started = Monitor::start(loop_, std::move(events));
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_TRUE(run_until(loop_, [&] { return done.size() == 2; }));
    EXPECT_GE(begun[1] - done[0], 3 * (done[0] - begun[0]));
    EXPECT_TRUE(mirror_.routes.contains(net("10.0.0.0/32")));
}

TEST_F(NetlinkMonitor, KindsWithoutACallbackAreLeftAlone) {
    int links = 0;
    MonitorEvents events;
    events.link = [&](const Link&, bool) { ++links; };
    auto monitor = Monitor::start(loop_, std::move(events));
    ASSERT_TRUE(monitor);
    ASSERT_TRUE(run_until(loop_, [&] { return links > 0; }));
    make_port();
    const int before = links;
    EXPECT_TRUE(run_until(loop_, [&] { return links > before; }));
}

TEST_F(NetlinkMonitor, NothingIsToldAfterItsEnd) {
    start();
    monitor_.reset();
    make_port();
    bool marker = false;
    const Timer after = loop_.after(std::chrono::milliseconds(20), [&] { marker = true; });
    ASSERT_TRUE(run_until(loop_, [&] { return marker; }));
    EXPECT_EQ(mirror_.link("port"), nullptr);
}

}  // namespace
}  // namespace torii::netlink
