#include "tests/unit/dataplane/support/test_router.h"

#include <map>
#include <set>

namespace torii::pipeline {
namespace {

using test::Frame;
using test::Packing;

class Ecmp : public test::TestRouter {
protected:
    static Packing v4(std::uint16_t source_port) {
        Packing packing{"10.0.0.2", "172.16.0.9"};
        packing.payload = test::udp(source_port, 80);
        return packing;
    }
    static Packing v6(std::uint16_t source_port) {
        Packing packing{"fd00::2", "fd03::9"};
        packing.payload = test::udp(source_port, 80);
        return packing;
    }
    PortId out_port(const Frame& frame) {
        const Packet& packet = process(frame);
        EXPECT_EQ(packet.verdict, Verdict::forward);
        return packet.out_port;
    }
    void use(fib::HashMode mode) {
        settings_.hashing.mode = mode;
        publish();
    }
    // How many of 400 flows that differ in one port number take each way.
    template <class Make>
    std::map<PortId, int> spread(Make make) {
        std::map<PortId, int> ways;
        for (std::uint16_t port = 10000; port < 10400; ++port) ++ways[out_port(make(port))];
        return ways;
    }
    static void expect_even(const std::map<PortId, int>& ways) {
        ASSERT_EQ(ways.size(), 2U);
        // 400 fair coins: 140 is six standard deviations off.
        for (const auto& [port, flows] : ways) EXPECT_GT(flows, 140) << port;
    }
};

TEST_F(Ecmp, SpreadsFlowsByTheirPorts) {
    expect_even(spread([](std::uint16_t port) { return test::ipv4(v4(port)); }));
    expect_even(spread([](std::uint16_t port) { return test::ipv6(v6(port)); }));
}

TEST_F(Ecmp, KeepsAFlowOnItsWay) {
    const PortId way = out_port(test::ipv4(v4(10000)));
    for (std::uint8_t ttl = 2; ttl < 60; ++ttl) {
        Packing packing = v4(10000);
        packing.hops = ttl;
        packing.payload.resize(packing.payload.size() + ttl);
        EXPECT_EQ(out_port(test::ipv4(packing)), way);
    }
}

TEST_F(Ecmp, LooksAtAddressesOnlyInModeL3) {
    use(fib::HashMode::l3);
    EXPECT_EQ(spread([](std::uint16_t port) { return test::ipv4(v4(port)); }).size(), 1U);
    EXPECT_EQ(spread([](std::uint16_t port) { return test::ipv6(v6(port)); }).size(), 1U);
    expect_even(spread([](std::uint16_t port) {
        Packing packing = v4(1);
        packing.destination = "172.16.0." + std::to_string(port % 256);
        packing.source = "10.0.0." + std::to_string(port % 250 + 2);
        return test::ipv4(packing);
    }));
}

// The later fragments have no ports: the first one must not look at its own either.
TEST_F(Ecmp, KeepsAllFragmentsOfADatagramTogether) {
    std::set<PortId> l3_ways;
    use(fib::HashMode::l3);
    l3_ways.insert(out_port(test::ipv4(v4(1))));
    use(fib::HashMode::l4);
    const auto ways = spread([](std::uint16_t port) {
        Packing packing = v4(port);
        packing.fragment_word = port % 2 == 0 ? 0x2000 : 0x0008;
        return test::ipv4(packing);
    });
    ASSERT_EQ(ways.size(), 1U);
    EXPECT_EQ(ways.begin()->first, *l3_ways.begin());
}

TEST_F(Ecmp, KeepsAllIpv6FragmentsOfADatagramTogether) {
    const auto ways = spread([](std::uint16_t port) {
        Packing packing = v6(1);
        packing.protocol = packet::kProtocolFragment;
        const bool first = port % 2 == 0;
        packing.payload =
            test::fragment_header(packet::kProtocolUdp, first ? 0 : 64, first, test::udp(port, 80));
        return test::ipv6(packing);
    });
    EXPECT_EQ(ways.size(), 1U);
}

TEST_F(Ecmp, FindsIpv6PortsBehindExtensionHeaders) {
    const auto chained = [](std::uint16_t port) {
        Packing packing = v6(1);
        packing.protocol = packet::kProtocolDestinationOptions;
        packing.payload =
            test::joined({packet::kProtocolUdp, 0, 1, 4, 0, 0, 0, 0}, test::udp(port, 80));
        return test::ipv6(packing);
    };
    expect_even(spread(chained));
    EXPECT_EQ(out_port(chained(10007)), out_port(test::ipv6(v6(10007))));
}

// Transport headers that are cut off are not looked for behind the packet.
TEST_F(Ecmp, NeedsFourOctetsForPorts) {
    const auto ways = spread([](std::uint16_t port) {
        Packing packing = v4(port);
        packing.payload.resize(3);
        Frame frame = test::ipv4(packing);
        return test::joined(frame, {static_cast<std::uint8_t>(port), 1, 2, 3, 4, 5, 6});
    });
    EXPECT_EQ(ways.size(), 1U);
}

// One tunnel between two nodes, with many flows in it.
Frame carried(std::uint16_t port) {
    Packing packing{"10.9.0.1", "10.9.0.2"};
    packing.payload = test::udp(port, 80);
    return test::ipv4(packing);
}

TEST_F(Ecmp, LooksIntoTunnelsOnlyInModeInner) {
    const auto tunnelled = [](std::uint16_t port) {
        Packing packing{"10.0.0.2", "172.16.0.9", packet::kProtocolGre};
        packing.payload = test::gre(0, 0x6558, carried(port));
        return test::ipv4(packing);
    };
    const auto bridged = [](std::uint16_t port) {
        Packing packing{"fd00::2", "fd03::9"};
        packing.payload = test::vxlan(1, carried(port));
        return test::ipv6(packing);
    };
    EXPECT_EQ(spread(tunnelled).size(), 1U);
    EXPECT_EQ(spread(bridged).size(), 1U);
    use(fib::HashMode::inner);
    expect_even(spread(tunnelled));
    expect_even(spread(bridged));
}

// So that other ends of a tunnel change nothing. The groups of the two families have other
// gateways, but ranked alike.
TEST_F(Ecmp, HashesWhatATunnelCarriesAsIfItCameAlone) {
    use(fib::HashMode::inner);
    table_.set_selection(fib::Selection::threshold);
    std::map<std::uint16_t, PortId> alone;
    for (std::uint16_t port = 1; port < 100; ++port) {
        Packing packing = v4(port);
        alone[port] = out_port(test::ipv4(packing));
        Packing outer{"fd00::2", "fd03::" + std::to_string(port), packet::kProtocolIpv4};
        outer.payload = test::ip_of(test::ipv4(packing));
        const Packet& tunnelled = process(test::ipv6(outer));
        ASSERT_EQ(tunnelled.verdict, Verdict::forward);
        EXPECT_EQ(tunnelled.out_port, alone[port]);
    }
}

TEST_F(Ecmp, AnotherSeedSpreadsOtherwise) {
    std::vector<PortId> before;
    for (std::uint16_t port = 1; port < 100; ++port)
        before.push_back(out_port(test::ipv4(v4(port))));
    settings_.hashing.seed = fib::HashSeed::make(12345);
    publish();
    std::vector<PortId> after;
    for (std::uint16_t port = 1; port < 100; ++port)
        after.push_back(out_port(test::ipv4(v4(port))));
    EXPECT_NE(before, after);
}

TEST_F(Ecmp, CountsPacketsByMember) {
    const auto ways = spread([](std::uint16_t port) { return test::ipv4(v4(port)); });
    const auto status = table_.group_status(kEcmp);
    ASSERT_TRUE(status);
    for (const fib::MemberStatus& member : status->members) {
        EXPECT_EQ(member.packets, static_cast<std::uint64_t>(ways.at(member.next_hop.port)));
    }
}

TEST_F(Ecmp, FlowsOfTheSurvivorStay) {
    std::map<std::uint16_t, PortId> before;
    for (std::uint16_t port = 1; port < 200; ++port) before[port] = out_port(test::ipv4(v4(port)));
    fib::FibTransaction transaction;
    transaction.groups = {{kEcmp, {{kVia2, 1}}}};
    apply(transaction);
    for (const auto& [port, way] : before) EXPECT_EQ(out_port(test::ipv4(v4(port))), 2);
    transaction.groups = {{kEcmp, {{kVia2, 1}, {kVia1, 1}}}};
    apply(transaction);
    for (const auto& [port, way] : before) EXPECT_EQ(out_port(test::ipv4(v4(port))), way);
}

}  // namespace
}  // namespace torii::pipeline
