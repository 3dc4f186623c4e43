#include "controlplane/server/fib_messages.h"

#include "platform/ipc/convert.h"

#include <gtest/gtest.h>

namespace torii::controlplane {
namespace {

const IpAddress kGateway = IpAddress::v4(0xc0a80a64);

TEST(FibMessagesTest, BatchBecomesUpdate) {
    routing::FibBatch batch;
    batch.version = 9;
    batch.begin_sync = true;
    batch.next_hops = {{4, {routing::NextHopKind::gateway, kGateway, "eth1"}},
                       {5, {routing::NextHopKind::local, {}, {}}}};
    batch.groups = {{2, {{4, 3}}}};
    batch.routes = {{Prefix::parse("172.20.0.0/24").value(), 2}};
    batch.removed_routes = {Prefix::parse("10.0.0.0/8").value()};
    batch.removed_groups = {1};
    batch.removed_next_hops = {3};
    const ipc::FibUpdate update = to_proto(batch);
    EXPECT_EQ(update.version(), 9U);
    EXPECT_TRUE(update.begin_sync());
    EXPECT_FALSE(update.end_sync());
    EXPECT_EQ(ipc::to_address(update.next_hops(0).address()), kGateway);
    EXPECT_EQ(update.next_hops(0).interface(), "eth1");
    EXPECT_EQ(update.next_hops(1).kind(), ipc::NEXT_HOP_LOCAL);
    EXPECT_TRUE(update.next_hops(1).address().empty());
    EXPECT_EQ(update.groups(0).members(0).weight(), 3U);
    EXPECT_EQ(ipc::to_prefix(update.routes(0).prefix()), batch.routes[0].prefix);
    EXPECT_EQ(ipc::to_prefix(update.removed_routes(0)), batch.removed_routes[0]);
    EXPECT_EQ(update.removed_groups(0), 1U);
    EXPECT_EQ(update.removed_next_hops(0), 3U);
}

ipc::ForwardingGroups engine_groups() {
    ipc::ForwardingGroups groups;
    auto* group = groups.add_groups();
    group->set_id(12);
    auto* member = group->add_members();
    member->set_next_hop_id(30);
    member->set_kind(ipc::NEXT_HOP_GATEWAY);
    member->set_address(ipc::to_octets(kGateway));
    member->set_interface("eth1");
    member->set_weight(1);
    return groups;
}

TEST(FibMessagesTest, TakesOverIds) {
    routing::GroupTable table;
    ASSERT_TRUE(adopt(engine_groups(), table));
    table.set_ports({"eth1"});
    routing::ForwardingStore store;
    const auto same = store.intern({{{routing::NextHopKind::gateway, kGateway, "eth1"}, 1}});
    const auto other = store.intern({{{routing::NextHopKind::local, {}, {}}, 1}});
    routing::FibBatch batch;
    EXPECT_EQ(table.use(same, batch), 12U);
    EXPECT_EQ(batch.next_hops.at(0).id, 30U);
    EXPECT_EQ(table.use(other, batch), 13U);
    EXPECT_EQ(batch.next_hops.at(1).id, 31U);
}

TEST(FibMessagesTest, NonsenseIsNotTakenOver) {
    auto groups = engine_groups();
    groups.mutable_groups(0)->mutable_members(0)->set_address("abc");
    routing::GroupTable table;
    EXPECT_FALSE(adopt(groups, table));
    groups = engine_groups();
    groups.mutable_groups(0)->mutable_members(0)->set_next_hop_id(0);
    EXPECT_FALSE(adopt(groups, table));
}

}  // namespace
}  // namespace torii::controlplane
