#include "dataplane/server/neighbors.h"

#include "tests/support/manual_scheduler.h"

#include <gmock/gmock.h>

#include <linux/neighbour.h>
#include <map>

namespace torii::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr MacAddress kMac{{2, 0, 0, 0, 0, 9}};
constexpr PortId kPort = 1;
constexpr std::uint32_t kTap = 31;

IpAddress ip(const std::string& text) {
    return IpAddress::parse(text).value();
}

class NeighborsTest : public ::testing::Test {
protected:
    void tell(const std::string& address, std::uint16_t state, bool removed = false) {
        netlink::Neighbor neighbor{kTap, ip(address), std::nullopt, state};
        if ((state & (NUD_INCOMPLETE | NUD_FAILED)) == 0) neighbor.mac = kMac;
        feed_.neighbor(neighbor, removed);
    }
    static packet::Packet numbered(std::uint32_t number) {
        packet::Packet packet;
        packet.length = number;
        packet.verdict = packet::Verdict::hold;
        return packet;
    }
    // A route by way of `address`.
    void add_gateway(const std::string& address) {
        fib::FibTransaction transaction;
        transaction.next_hops = {{1, fib::NextHopKind::gateway, ip(address), "eth1", kPort}};
        transaction.groups = {{1, {{1, 1}}}};
        ASSERT_TRUE(table_.apply(transaction));
    }
    std::string state_of(const std::string& address) const {
        for (const NeighborStatus& one : neighbors_.status()) {
            if (one.adjacency.address == ip(address)) return std::string(one.state);
        }
        return "unknown";
    }

    test::ManualScheduler scheduler_;
    fib::ImmediateReclaimer reclaimer_;
    fib::ForwardingTable table_{reclaimer_, 1};
    KernelState kernel_{{[](const netlink::Link&, bool) {}, [](std::uint32_t) {},
                         [this](const netlink::Neighbor& neighbor, bool removed) {
                             neighbors_.on_neighbor(neighbor, removed);
                         }}};
    netlink::MonitorEvents feed_ = kernel_.feed();
    std::vector<std::string> probed_;
    std::vector<std::uint32_t> retried_;
    std::vector<std::uint8_t> flags_;
    std::vector<std::uint32_t> discarded_;
    Neighbors neighbors_{
        scheduler_, table_, kernel_,
        Neighbors::Calls{
            [](std::uint32_t index) { return index == kTap ? std::optional(kPort) : std::nullopt; },
            [](PortId port) { return port == kPort ? std::optional(kTap) : std::nullopt; },
            [this](std::uint32_t, const IpAddress& address) {
                probed_.push_back(address.to_string());
            },
            [this](const packet::Packet& packet) {
                retried_.push_back(packet.length);
                flags_.push_back(packet.flags);
            },
            [this](const packet::Packet& packet) { discarded_.push_back(packet.length); }}};
};

TEST_F(NeighborsTest, APacketWaitsForItsNeighbor) {
    neighbors_.hold(kPort, ip("10.0.0.2"), numbered(1));
    neighbors_.hold(kPort, ip("10.0.0.2"), numbered(2));
    EXPECT_THAT(probed_, ElementsAre("10.0.0.2"));
    EXPECT_THAT(retried_, IsEmpty());
    tell("10.0.0.2", NUD_REACHABLE);
    EXPECT_THAT(retried_, ElementsAre(1, 2));
    EXPECT_THAT(flags_, ElementsAre(0, 0));
    EXPECT_EQ(state_of("10.0.0.2"), "resolved");
}

TEST_F(NeighborsTest, OneThatIsConfiguredIsStatic) {
    tell("10.0.0.2", NUD_PERMANENT);
    EXPECT_EQ(state_of("10.0.0.2"), "static");
    EXPECT_THAT(probed_, IsEmpty());
    tell("10.0.0.2", NUD_PERMANENT, true);
    EXPECT_EQ(state_of("10.0.0.2"), "unknown");
}

TEST_F(NeighborsTest, ItMayBeKnownBeforeThePacketArrives) {
    tell("10.0.0.2", NUD_REACHABLE);
    neighbors_.hold(kPort, ip("10.0.0.2"), numbered(1));
    EXPECT_THAT(retried_, ElementsAre(1));
}

TEST_F(NeighborsTest, ThePacketsOfADeadNeighborGoBackToBeAnswered) {
    add_gateway("10.0.0.2");
    neighbors_.hold(kPort, ip("10.0.0.2"), numbered(1));
    tell("10.0.0.2", NUD_INCOMPLETE);
    EXPECT_THAT(retried_, IsEmpty());
    EXPECT_EQ(state_of("10.0.0.2"), "incomplete");
    tell("10.0.0.2", NUD_FAILED);
    EXPECT_THAT(retried_, ElementsAre(1));
    EXPECT_THAT(flags_, ElementsAre(packet::kNeighborFailed));
    EXPECT_EQ(state_of("10.0.0.2"), "failed");
}

TEST_F(NeighborsTest, APacketDoesNotWaitForEver) {
    neighbors_.hold(kPort, ip("10.0.0.2"), numbered(1));
    scheduler_.advance(std::chrono::milliseconds(2900));
    EXPECT_THAT(retried_, IsEmpty());
    scheduler_.advance(std::chrono::milliseconds(200));
    EXPECT_THAT(flags_, ElementsAre(packet::kNeighborFailed));
}

TEST_F(NeighborsTest, ANeighborThatFailsIsNoLongerForwardedTo) {
    add_gateway("10.0.0.2");
    tell("10.0.0.2", NUD_REACHABLE);
    EXPECT_EQ(state_of("10.0.0.2"), "resolved");
    tell("10.0.0.2", NUD_FAILED);
    EXPECT_EQ(state_of("10.0.0.2"), "failed");
    tell("10.0.0.2", NUD_REACHABLE);
    tell("10.0.0.2", NUD_REACHABLE, true);
    EXPECT_EQ(state_of("10.0.0.2"), "incomplete");
}

TEST_F(NeighborsTest, AsksForGatewaysUntilTheyAnswer) {
    add_gateway("10.0.0.2");
    neighbors_.probe_unresolved();
    EXPECT_EQ(probed_.size(), 1U);
    scheduler_.advance(std::chrono::seconds(4));
    EXPECT_EQ(probed_.size(), 2U);
    tell("10.0.0.2", NUD_REACHABLE);
    scheduler_.advance(std::chrono::seconds(20));
    EXPECT_EQ(probed_.size(), 2U);
}

TEST_F(NeighborsTest, HasStaleNeighborsConfirmed) {
    tell("10.0.0.2", NUD_REACHABLE);
    EXPECT_THAT(probed_, IsEmpty());
    tell("10.0.0.2", NUD_STALE);
    EXPECT_THAT(probed_, ElementsAre("10.0.0.2"));
    EXPECT_EQ(state_of("10.0.0.2"), "resolved");
}

TEST_F(NeighborsTest, APortTakesItsPacketsAndNeighborsAlong) {
    tell("10.0.0.2", NUD_REACHABLE);
    neighbors_.hold(kPort, ip("10.0.0.3"), numbered(1));
    neighbors_.remove_port(kPort);
    EXPECT_THAT(discarded_, ElementsAre(1));
    EXPECT_EQ(state_of("10.0.0.2"), "unknown");
    neighbors_.add_port(kPort, kTap);
    EXPECT_EQ(state_of("10.0.0.2"), "resolved");
}

}  // namespace
}  // namespace torii::dataplane
