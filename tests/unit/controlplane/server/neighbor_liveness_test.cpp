#include "controlplane/server/neighbor_liveness.h"

#include "tests/support/manual_scheduler.h"

#include <gmock/gmock.h>

#include <chrono>
#include <linux/neighbour.h>
#include <set>
#include <string>

namespace torii::controlplane {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::uint32_t kLink = 3;

IpAddress ip(const std::string& text) {
    return IpAddress::parse(text).value();
}

class Probes final : public LinkOperations {
public:
    Result<std::uint32_t> create_loopback(const std::string&) override { return 0U; }
    Result<void> mark_loopback(std::uint32_t) override { return {}; }
    Result<void> delete_link(std::uint32_t) override { return {}; }
    Result<void> set_up(std::uint32_t, bool) override { return {}; }
    Result<void> add_address(std::uint32_t, const InterfaceAddress&) override { return {}; }
    Result<void> delete_address(std::uint32_t, const InterfaceAddress&) override { return {}; }
    Result<void> set_neighbor(std::uint32_t, const IpAddress&, const MacAddress&) override {
        return {};
    }
    Result<void> delete_neighbor(std::uint32_t, const IpAddress&) override { return {}; }
    Result<void> probe_neighbor(std::uint32_t, const IpAddress& address) override {
        probed.push_back(address.to_string());
        return {};
    }

    std::vector<std::string> probed;
};

class NeighborLivenessTest : public ::testing::Test {
protected:
    void tell(const std::string& address, std::uint16_t state, bool removed = false) {
        netlink::Neighbor neighbor{kLink, ip(address), std::nullopt, state};
        if ((state & (NUD_INCOMPLETE | NUD_FAILED)) == 0) neighbor.mac = MacAddress{{2}};
        liveness_.observe(neighbor, removed);
    }

    test::ManualScheduler scheduler_;
    Probes probes_;
    std::set<IpAddress> next_hops_{ip("10.0.0.1")};
    int changes_ = 0;
    NeighborLiveness liveness_{
        scheduler_,
        probes_,
        {[this](const IpAddress& address) { return next_hops_.contains(address); },
         [this] { ++changes_; }}};
};

TEST_F(NeighborLivenessTest, OneThatFailsIsSilentUntilItAnswers) {
    tell("10.0.0.1", NUD_REACHABLE);
    EXPECT_THAT(liveness_.silent(), IsEmpty());
    EXPECT_EQ(changes_, 0);
    tell("10.0.0.1", NUD_FAILED);
    EXPECT_THAT(liveness_.silent(), ElementsAre(ip("10.0.0.1")));
    EXPECT_EQ(changes_, 1);
    tell("10.0.0.1", NUD_INCOMPLETE);
    tell("10.0.0.1", NUD_FAILED);
    EXPECT_EQ(changes_, 1) << "it is only being asked";
    tell("10.0.0.1", NUD_REACHABLE);
    EXPECT_THAT(liveness_.silent(), IsEmpty());
    EXPECT_EQ(changes_, 2);
}

TEST_F(NeighborLivenessTest, ANextHopIsAskedAgainAlsoWhenTheKernelHasForgottenIt) {
    tell("10.0.0.1", NUD_FAILED);
    next_hops_.clear();  // its routes are gone with it
    tell("10.0.0.1", NUD_FAILED, true);
    EXPECT_THAT(liveness_.silent(), ElementsAre(ip("10.0.0.1")));
    scheduler_.advance(9s);
    EXPECT_THAT(probes_.probed, ElementsAre("10.0.0.1", "10.0.0.1"));
    tell("10.0.0.1", NUD_REACHABLE);
    scheduler_.advance(9s);
    EXPECT_EQ(probes_.probed.size(), 2U) << "it has answered";
}

TEST_F(NeighborLivenessTest, AfterTenMinutesItIsGivenUp) {
    tell("10.0.0.1", NUD_FAILED);
    scheduler_.advance(3600s);
    EXPECT_EQ(probes_.probed.size(), 150U);
    EXPECT_THAT(liveness_.silent(), IsEmpty());
    EXPECT_EQ(changes_, 2);
}

// Somebody who scans a subnet must not make us ask for all of it.
TEST_F(NeighborLivenessTest, WhoIsNoNextHopIsLeftAlone) {
    tell("10.0.0.77", NUD_FAILED);
    scheduler_.advance(60s);
    EXPECT_THAT(probes_.probed, IsEmpty());
    EXPECT_EQ(changes_, 0);
    tell("10.0.0.77", NUD_FAILED, true);
    EXPECT_THAT(liveness_.silent(), IsEmpty());
}

}  // namespace
}  // namespace torii::controlplane
