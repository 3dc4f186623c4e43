#include "tests/unit/dataplane/support/test_router.h"

#include <array>

namespace torii::pipeline {
namespace {

using packet::Verdict;
using test::address;
using test::prefix;
using test::udp;

// Both ways through the pipeline count the same: the short one for plain packets, the stages for
// others.
class RouteCountTest : public test::TestRouter {
protected:
    RouteCountTest() {
        table_.set_counted_routes(
            {{prefix("172.16.0.0/16"), prefix("198.51.100.0/24"), prefix("fd00::/8")}, 100});
    }

    static test::Frame to(const std::string& destination, std::uint8_t hops = 64,
                          std::size_t octets = 10) {
        return test::ipv4({.source = "10.0.0.2",
                           .destination = destination,
                           .hops = hops,
                           .to = test::port_mac(0),
                           .payload = udp(1000, 2000, octets)});
    }
    [[nodiscard]] fib::RouteCount count(const std::string& route) const {
        return table_.route_count(prefix(route)).value();
    }
    void expect_count(const std::string& route, std::uint64_t packets, std::uint64_t octets) {
        EXPECT_EQ(count(route).packets, packets) << route;
        EXPECT_EQ(count(route).octets, octets) << route;
    }
    void use_stages(bool on) {
        settings_.ports[0].repair_checksums = on;
        publish();
    }
};

TEST_F(RouteCountTest, PacketsAndOctetsOfWhatIsSent) {
    for (const bool stages : {false, true}) {
        use_stages(stages);
        EXPECT_EQ(process(to("172.16.1.1")).verdict, Verdict::forward);
        EXPECT_EQ(process(to("172.16.1.9", 64, 100)).verdict, Verdict::forward);
        EXPECT_EQ(process(to("172.16.0.1")).verdict, Verdict::forward);
    }
    expect_count("172.16.1.0/24", 4, 2 * (2 * 28 + 110));
    expect_count("172.16.0.0/24", 2, 2 * 38);
    expect_count("172.16.2.0/24", 0, 0);
    EXPECT_EQ(table_.group_status(kVia1)->members[0].packets, 4U);
}

TEST_F(RouteCountTest, WhatIsNotSentIsNotCounted) {
    table_.remove_neighbor(1, address("10.0.1.2"));
    for (const bool stages : {false, true}) {
        use_stages(stages);
        EXPECT_EQ(process(to("172.16.1.1")).verdict, Verdict::hold);
        expect_drop(process(to("172.16.2.1", 1)), DropReason::ttl_exceeded);
        expect_drop(process(to("198.51.100.1")), DropReason::discard_route);
    }
    expect_count("172.16.1.0/24", 0, 0);
    expect_count("172.16.2.0/24", 0, 0);
    // To drop them is what this one is for.
    expect_count("198.51.100.0/24", 2, 2 * 38);
}

TEST_F(RouteCountTest, ABurstOfRoutesCountedAndNot) {
    table_.set_counted_routes({{prefix("172.16.2.0/24")}, 100});
    std::vector<test::Frame> frames;
    std::array<packet::Packet, 8> burst;
    for (std::size_t index = 0; index < burst.size(); ++index) {
        frames.push_back(to(index % 2 == 0 ? "172.16.1.1" : "172.16.2.1"));
    }
    for (std::size_t index = 0; index < burst.size(); ++index) {
        burst[index].in_port = 0;
        burst[index].data = frames[index].data();
        burst[index].length = static_cast<std::uint32_t>(frames[index].size());
    }
    pipeline_.process(burst, now_, output_);
    EXPECT_EQ(output_.forwarded, 8);
    expect_count("172.16.2.0/24", 4, 4 * 38);
}

TEST_F(RouteCountTest, Ipv6) {
    for (const bool stages : {false, true}) {
        use_stages(stages);
        EXPECT_EQ(process(test::ipv6({.source = "fd00:0::2",
                                      .destination = "fd01::1",
                                      .to = test::port_mac(0),
                                      .payload = udp(1000, 2000, 10)}))
                      .verdict,
                  Verdict::forward);
    }
    expect_count("fd01::/64", 2, 2 * 58);
}

}  // namespace
}  // namespace torii::pipeline
