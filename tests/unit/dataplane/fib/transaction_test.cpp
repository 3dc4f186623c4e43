#include "tests/unit/dataplane/fib/table_test.h"

#include <gmock/gmock.h>

namespace torii::fib {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Transactions : public test::TableTest {};

TEST_F(Transactions, InstallAWholeChain) {
    apply(base());
    EXPECT_EQ(port_of("10.1.0.1"), 1);
    EXPECT_EQ(port_of("10.2.0.1"), 2);
    EXPECT_EQ(port_of("fd01::1"), 1);
    EXPECT_EQ(table_.group(table_.lookup_v4(0x0b000000)), nullptr);
    const TableSizes sizes = table_.sizes();
    EXPECT_EQ(sizes.routes_v4, 2U);
    EXPECT_EQ(sizes.routes_v6, 1U);
    EXPECT_EQ(sizes.groups, 2U);
    EXPECT_EQ(sizes.next_hops, 2U);
    EXPECT_EQ(sizes.adjacencies, 2U);
    EXPECT_EQ(sizes.tables_v4, 0U) << "its first one has 24 bits";
    EXPECT_GT(sizes.tables_v6, 0U);
    EXPECT_GT(sizes.tables_v6_max, sizes.tables_v6);
    FibTransaction longer;
    longer.routes = {{test::prefix("10.1.2.3/32"), 1}};
    apply(longer);
    EXPECT_EQ(table_.sizes().tables_v4, 1U);
    EXPECT_EQ(table_.sizes().tables_v4_max, sizes.tables_v4_max);
}

TEST_F(Transactions, AreAllOrNothing) {
    FibTransaction transaction = base();
    transaction.routes.push_back({test::prefix("10.9.0.0/16"), 77});
    EXPECT_THAT(error_of(transaction), HasSubstr("77"));
    EXPECT_EQ(table_.sizes().routes_v4, 0U);
    EXPECT_EQ(table_.sizes().groups, 0U);
    EXPECT_EQ(table_.sizes().next_hops, 0U);
}

TEST_F(Transactions, RefuseWhatIsNotThere) {
    FibTransaction transaction;
    transaction.groups = {{5, {{9, 1}}}};
    EXPECT_THAT(error_of(transaction), HasSubstr("group 5 uses next hop 9"));
    transaction.groups = {{5, {}}};
    EXPECT_THAT(error_of(transaction), HasSubstr("group 5 has no members"));
    transaction = base();
    transaction.groups = {{1, {{1, 1}, {1, 2}}}};
    EXPECT_THAT(error_of(transaction), HasSubstr("twice"));
    transaction = {};
    transaction.next_hops = {test::gateway(0, "192.0.2.1", 1)};
    EXPECT_THAT(error_of(transaction), HasSubstr("id 0"));
    transaction.next_hops = {test::gateway(1, "192.0.2.1", kMaxPorts)};
    EXPECT_THAT(error_of(transaction), HasSubstr("port 64"));
}

TEST_F(Transactions, RefuseToRemoveWhatIsInUse) {
    apply(base());
    FibTransaction transaction;
    transaction.removed_groups = {1};
    EXPECT_THAT(error_of(transaction), HasSubstr("group 1 is still used by 2 routes"));
    transaction = {};
    transaction.removed_next_hops = {2};
    EXPECT_THAT(error_of(transaction), HasSubstr("next hop 2 is still used by group 2"));
    EXPECT_EQ(port_of("10.2.0.1"), 2);
}

TEST_F(Transactions, RemoveAChainAtOnce) {
    apply(base());
    FibTransaction transaction;
    transaction.removed_routes = {test::prefix("10.2.0.0/16")};
    transaction.removed_groups = {2};
    transaction.removed_next_hops = {2};
    apply(transaction);
    EXPECT_EQ(table_.lookup_v4(test::number("10.2.0.1")), 0U);
    EXPECT_EQ(table_.sizes().groups, 1U);
    EXPECT_EQ(table_.sizes().next_hops, 1U);
    EXPECT_EQ(table_.sizes().adjacencies, 1U);
}

TEST_F(Transactions, MoveARouteAndRemoveItsFormerGroup) {
    apply(base());
    FibTransaction transaction;
    transaction.routes = {{test::prefix("10.2.0.0/16"), 1}};
    transaction.removed_groups = {2};
    apply(transaction);
    EXPECT_EQ(port_of("10.2.0.1"), 1);
}

TEST_F(Transactions, RemovingWhatIsGoneIsNoError) {
    FibTransaction transaction;
    transaction.removed_routes = {test::prefix("10.2.0.0/16")};
    transaction.removed_groups = {2};
    transaction.removed_next_hops = {2};
    apply(transaction);
}

TEST_F(Transactions, CanBeRepeated) {
    apply(base());
    const std::uint32_t slot = table_.lookup_v4(test::number("10.1.0.1"));
    const GroupTable* group = table_.group(slot);
    apply(base());
    EXPECT_EQ(table_.lookup_v4(test::number("10.1.0.1")), slot);
    EXPECT_EQ(table_.group(slot), group);  // nothing was published anew
    EXPECT_EQ(table_.group_status(1)->routes, 2U);
}

TEST_F(Transactions, SynchronisationSweepsWhatItDidNotName) {
    apply(base());
    FibTransaction start;
    start.begin_sync = true;
    start.next_hops = {test::gateway(1, "192.0.2.1", 1)};
    start.groups = {{1, {{1, 1}}}};
    start.routes = {{test::prefix("10.1.0.0/16"), 1}};
    apply(start);
    EXPECT_EQ(port_of("10.2.0.1"), 2);  // traffic goes on meanwhile
    FibTransaction end;
    end.routes = {{test::prefix("10.3.0.0/16"), 1}};
    end.end_sync = true;
    apply(end);
    EXPECT_EQ(port_of("10.1.0.1"), 1);
    EXPECT_EQ(port_of("10.3.0.1"), 1);
    EXPECT_EQ(table_.lookup_v4(test::number("10.2.0.1")), 0U);
    EXPECT_EQ(table_.sizes().routes_v6, 0U);
    EXPECT_EQ(table_.sizes().groups, 1U);
    EXPECT_EQ(table_.sizes().next_hops, 1U);
}

TEST_F(Transactions, SweepKeepsAGroupThatNewRoutesUse) {
    apply(base());
    FibTransaction sync;
    sync.begin_sync = true;
    sync.routes = {{test::prefix("10.2.0.0/16"), 2}};
    sync.end_sync = true;
    apply(sync);
    EXPECT_EQ(port_of("10.2.0.1"), 2);
    EXPECT_THAT(table_.group_ids(), ::testing::ElementsAre(2));
}

TEST_F(Transactions, TellWhatIsInstalled) {
    apply(base());
    EXPECT_EQ(table_.route(test::prefix("10.1.0.0/16")), 1U);
    EXPECT_FALSE(table_.route(test::prefix("10.1.0.0/17")));
    const auto best = table_.best_route(test::prefix("10.2.3.4/32"));
    ASSERT_TRUE(best);
    EXPECT_EQ(best->prefix, test::prefix("10.2.0.0/16"));
    EXPECT_EQ(best->group_id, 2U);
    EXPECT_EQ(table_.best_route(test::prefix("fd01::7/128"))->prefix, test::prefix("fd01::/64"));
    EXPECT_EQ(table_.best_route(test::prefix("10.2.3.0/25"))->prefix, test::prefix("10.2.0.0/16"));
    EXPECT_EQ(table_.best_route(test::prefix("10.2.0.0/16"))->prefix, test::prefix("10.2.0.0/16"));
    EXPECT_FALSE(table_.best_route(test::prefix("10.2.0.0/15")));
    EXPECT_FALSE(table_.best_route(test::prefix("11.0.0.1/32")));
    std::vector<std::string> routes;
    table_.for_each_route(
        [&](const FibRoute& route) { routes.push_back(route.prefix.to_string()); });
    EXPECT_THAT(routes, UnorderedElementsAre("10.1.0.0/16", "10.2.0.0/16", "fd01::/64"));
    EXPECT_FALSE(table_.group_status(99));
}

}  // namespace
}  // namespace torii::fib
