#include "tests/unit/dataplane/fib/table_test.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>

namespace torii::fib {
namespace {

using test::address;
using test::gateway;
using test::prefix;

constexpr MacAddress kOurs{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kTheirs{{2, 0, 0, 0, 9, 9}};

// How a frame of so many octets begins, that was untouched before, with its MAC addresses written.
using Begin = std::array<std::uint8_t, 16>;
constexpr Begin kUntouched = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
                              0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};

Begin frame_to(const Adjacency& adjacency, std::uint32_t length) {
    Begin begin = kUntouched;
    const bool written = adjacency.try_write_addresses(begin.data(), length);
    EXPECT_EQ(written, begin != kUntouched);
    return begin;
}

Begin addresses(const MacAddress& destination, const MacAddress& source) {
    Begin begin = kUntouched;
    std::ranges::copy(destination.octets, begin.begin());
    std::ranges::copy(source.octets, begin.begin() + 6);
    return begin;
}

class Groups : public test::TableTest {
protected:
    void set_members(std::vector<GroupMember> members) {
        FibTransaction transaction;
        transaction.groups = {{1, std::move(members)}};
        apply(transaction);
    }
    [[nodiscard]] std::vector<PortId> owners() const {
        const GroupTable* group = group_of("10.1.0.1");
        std::vector<PortId> ports;
        for (const std::uint16_t owner : group->buckets) {
            ports.push_back(group->members[owner].port);
        }
        return ports;
    }
};

TEST_F(Groups, ChangeUnderTheirRoutes) {
    apply(base());
    const std::uint32_t slot = table_.lookup_v4(test::number("10.1.0.1"));
    set_members({{2, 1}});
    EXPECT_EQ(table_.lookup_v4(test::number("10.1.0.1")), slot);  // no route was touched
    EXPECT_EQ(port_of("10.1.0.1"), 2);
    EXPECT_EQ(port_of("fd01::1"), 2);
}

TEST_F(Groups, KeepTheOldTableForThoseWhoStillReadIt) {
    apply(base());
    const GroupTable* old = group_of("10.1.0.1");
    set_members({{2, 1}});
    EXPECT_NE(group_of("10.1.0.1"), old);
    EXPECT_EQ(old->select(0).port, 1);
    EXPECT_GE(reclaimer_.waiting(), 1U);
}

TEST_F(Groups, MoveOnlyTheFlowsOfTheMemberThatWent) {
    FibTransaction transaction = base();
    transaction.next_hops.push_back(gateway(3, "192.0.2.3", 3));
    apply(transaction);
    set_members({{1, 1}, {2, 1}, {3, 1}});
    const std::vector<PortId> before = owners();
    ASSERT_EQ(before.size(), 8192U);
    set_members({{3, 1}, {1, 1}});
    const std::vector<PortId> after = owners();
    ASSERT_EQ(after.size(), before.size());
    std::size_t moved = 0;
    for (std::size_t bucket = 0; bucket < before.size(); ++bucket) {
        EXPECT_NE(after[bucket], 2);
        if (before[bucket] != 2 && after[bucket] != before[bucket]) ++moved;
    }
    EXPECT_EQ(moved, 0U);
    set_members({{1, 1}, {2, 1}, {3, 1}});
    EXPECT_EQ(owners(), before);  // no memory of what was in between
}

TEST_F(Groups, DoWithoutAGatewayThatHasFailed) {
    FibTransaction transaction = base();
    transaction.next_hops.push_back(gateway(3, "192.0.2.3", 3));
    apply(transaction);
    set_members({{1, 1}, {2, 1}, {3, 1}});
    const std::vector<PortId> all = owners();
    table_.set_gateway_failed(address("192.0.2.2"), true);
    const std::vector<PortId> without = owners();
    EXPECT_EQ(std::ranges::count(without, 2), 0);
    // As if the control plane had said it.
    set_members({{1, 1}, {3, 1}});
    EXPECT_EQ(owners(), without);
    set_members({{1, 1}, {2, 1}, {3, 1}});
    EXPECT_EQ(owners(), without) << "it still has failed";
    EXPECT_EQ(port_of("10.2.0.1"), 2) << "nobody else leads there";
    EXPECT_EQ(table_.group_status(1)->members[1].buckets, 0U);
    table_.set_gateway_failed(address("192.0.2.2"), false);
    EXPECT_EQ(owners(), all);
}

TEST_F(Groups, KeepTheirMembersWhenAllHaveFailed) {
    apply(base());
    set_members({{1, 1}, {2, 1}});
    const std::vector<PortId> all = owners();
    table_.set_gateway_failed(address("192.0.2.1"), true);
    table_.set_gateway_failed(address("192.0.2.2"), true);
    EXPECT_EQ(owners(), all) << "nobody is better than another";
}

TEST_F(Groups, FollowANextHopThatIsReplaced) {
    apply(base());
    table_.set_port(3, kOurs, 9000);
    FibTransaction transaction;
    transaction.next_hops = {gateway(1, "192.0.2.77", 3)};
    apply(transaction);
    EXPECT_EQ(port_of("10.1.0.1"), 3);
    EXPECT_EQ(member_of("10.1.0.1").adjacency->address(), address("192.0.2.77"));
    EXPECT_EQ(member_of("10.1.0.1").adjacency->mtu(), 9000U);
}

TEST_F(Groups, LearnNeighborsInPlace) {
    apply(base());
    const Adjacency* adjacency = member_of("10.1.0.1").adjacency;
    EXPECT_FALSE(adjacency->resolved());
    table_.set_port(1, kOurs, 1500);
    table_.set_neighbor(1, address("192.0.2.1"), kTheirs);
    EXPECT_EQ(member_of("10.1.0.1").adjacency, adjacency);
    EXPECT_EQ(adjacency->mac(), kTheirs);
    EXPECT_EQ(adjacency->mtu(), 1500U);
    EXPECT_EQ(frame_to(*adjacency, 1514), addresses(kTheirs, kOurs));
    EXPECT_EQ(frame_to(*adjacency, 1515), kUntouched) << "longer than the MTU";
    table_.remove_neighbor(1, address("192.0.2.1"));
    EXPECT_FALSE(adjacency->resolved());
    EXPECT_EQ(adjacency->mac(), MacAddress{});
    EXPECT_EQ(frame_to(*adjacency, 60), kUntouched);
    EXPECT_EQ(table_.neighbor(1, IpFamily::v4, address("192.0.2.1").octets().data()), nullptr);
}

TEST_F(Groups, SendNothingToAPortThatIsGone) {
    apply(base());
    const Adjacency* adjacency = member_of("10.1.0.1").adjacency;
    table_.set_neighbor(1, address("192.0.2.1"), kTheirs);
    EXPECT_EQ(frame_to(*adjacency, 60), kUntouched) << "its port is not known yet";
    table_.set_port(1, kOurs, 1500);
    EXPECT_EQ(frame_to(*adjacency, 60), addresses(kTheirs, kOurs));
    table_.remove_port(1);
    EXPECT_EQ(adjacency->mtu(), 0U);
    EXPECT_TRUE(adjacency->resolved());
    EXPECT_EQ(frame_to(*adjacency, 60), kUntouched);
    table_.set_port(1, kTheirs, 1500);
    EXPECT_EQ(frame_to(*adjacency, 60), addresses(kTheirs, kTheirs)) << "another one in its place";
}

TEST_F(Groups, HaveAnAdjacencyOnlyWhereThereIsAGateway) {
    apply(base());
    FibTransaction transaction;
    transaction.next_hops = {{1, NextHopKind::discard, {}, "", kNoPort}};
    apply(transaction);
    EXPECT_EQ(member_of("10.1.0.1").adjacency, &kNowhere);
    EXPECT_EQ(frame_to(kNowhere, 1), kUntouched);
}

TEST_F(Groups, ShareWhatAGatewayAndAnAttachedHostKnow) {
    table_.set_neighbor(1, address("192.0.2.1"), kTheirs);
    apply(base());
    EXPECT_TRUE(member_of("10.1.0.1").adjacency->resolved());
    EXPECT_EQ(table_.neighbor(1, IpFamily::v4, address("192.0.2.1").octets().data()),
              member_of("10.1.0.1").adjacency);
}

TEST_F(Groups, ForgetTheNeighborsADumpDidNotName) {
    apply(base());
    table_.set_neighbor(1, address("192.0.2.1"), kTheirs);
    table_.set_neighbor(1, address("192.0.2.50"), kTheirs);
    table_.set_neighbor(2, address("192.0.2.50"), kTheirs);
    table_.retain_neighbors([](PortId port, const IpAddress&) { return port == 2; });
    EXPECT_FALSE(member_of("10.1.0.1").adjacency->resolved());
    const auto adjacencies = table_.adjacencies();
    // The two gateways, in use, and the neighbor that was kept.
    ASSERT_EQ(adjacencies.size(), 3U);
    for (const AdjacencyStatus& status : adjacencies) {
        EXPECT_EQ(status.resolved, status.address == address("192.0.2.50"));
    }
}

TEST_F(Groups, CountByMemberOverAllWorkers) {
    apply(base());
    table_.counters(0).add(member_of("10.1.0.1").counter);
    table_.counters(1).add(member_of("10.1.0.1").counter);
    table_.counters(1).add(member_of("10.2.0.1").counter);
    EXPECT_EQ(table_.group_status(1)->members[0].packets, 2U);
    EXPECT_EQ(table_.group_status(2)->members[0].packets, 1U);
}

TEST_F(Groups, GoOnCountingForAMemberThatStays) {
    apply(base());
    table_.counters(0).add(member_of("10.1.0.1").counter);
    set_members({{2, 1}, {1, 1}});
    const auto status = table_.group_status(1);
    ASSERT_EQ(status->members.size(), 2U);
    EXPECT_EQ(status->members[0].packets, 0U);
    EXPECT_EQ(status->members[1].packets, 1U);
    EXPECT_EQ(status->members[0].buckets + status->members[1].buckets, 8192U);
}

TEST_F(Groups, StartCountingAtZeroWithAUsedCounter) {
    apply(base());
    table_.counters(0).add(member_of("10.2.0.1").counter);
    FibTransaction gone;
    gone.removed_routes = {prefix("10.2.0.0/16")};
    gone.removed_groups = {2};
    apply(gone);
    reclaimer_.release();
    FibTransaction again;
    again.groups = {{7, {{2, 1}}}};
    apply(again);
    EXPECT_EQ(table_.group_status(7)->members[0].packets, 0U);
}

TEST_F(Groups, KeepASlotFilledUntilNobodyCanHoldIt) {
    apply(base());
    const std::uint32_t slot = table_.lookup_v4(test::number("10.2.0.1"));
    FibTransaction gone;
    gone.removed_routes = {prefix("10.2.0.0/16")};
    gone.removed_groups = {2};
    apply(gone);
    ASSERT_NE(table_.group(slot), nullptr);
    EXPECT_EQ(table_.group(slot)->select(0).port, 2);
    FibTransaction other;
    other.groups = {{7, {{1, 1}}}};
    apply(other);
    EXPECT_EQ(table_.group(slot)->select(0).port, 2);
    reclaimer_.release();
}

}  // namespace
}  // namespace torii::fib
