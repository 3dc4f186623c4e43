#include "tests/unit/dataplane/fib/table_test.h"

#include <gmock/gmock.h>

namespace torii::fib {
namespace {

using test::prefix;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CountedRoutesTest : public test::TableTest {
protected:
    CountedRoutesTest() { apply(base()); }

    void count_in(const std::vector<std::string>& prefixes, std::uint32_t maximum = 100) {
        CountedRoutes wanted{{}, maximum};
        for (const std::string& text : prefixes) wanted.prefixes.push_back(prefix(text));
        table_.set_counted_routes(wanted);
    }
    void put(const std::string& text, std::uint32_t group) {
        FibTransaction transaction;
        transaction.routes = {{prefix(text), group}};
        apply(transaction);
    }
    void remove(const std::string& text) {
        FibTransaction transaction;
        transaction.removed_routes = {prefix(text)};
        apply(transaction);
    }
    [[nodiscard]] std::uint32_t slot_of(const std::string& to) const {
        return table_.lookup_v4(test::address(to).v4_number());
    }
    // As a worker does.
    void send(const std::string& to, std::uint32_t octets, unsigned worker = 0) {
        ASSERT_TRUE(is_counted(slot_of(to)));
        table_.route_cells(worker).add(slot_of(to), octets);
    }
    [[nodiscard]] std::uint64_t octets_of(const std::string& route) const {
        return table_.route_count(prefix(route)).value().octets;
    }
    [[nodiscard]] std::vector<std::string> counted() const {
        std::vector<std::string> out;
        for (const FibRoute& route : table_.counted_routes()) {
            out.push_back(route.prefix.to_string());
        }
        return out;
    }
};

TEST_F(CountedRoutesTest, NothingIsCountedUnasked) {
    EXPECT_FALSE(table_.counts_routes());
    EXPECT_FALSE(is_counted(slot_of("10.1.0.1")));
    EXPECT_EQ(table_.route_count(prefix("10.1.0.0/16")), std::nullopt);
}

TEST_F(CountedRoutesTest, RoutesInAPrefixAreCountedThoseThereAndThoseToCome) {
    count_in({"10.0.0.0/15", "10.2.3.0/24", "fd00::/8"});
    put("10.2.3.4/32", 2);
    EXPECT_THAT(counted(), ElementsAre("10.1.0.0/16", "10.2.3.4/32", "fd01::/64"));
    EXPECT_TRUE(table_.counts_routes());
    EXPECT_FALSE(is_counted(slot_of("10.2.0.1")));
    send("10.1.0.1", 100);
    send("10.1.0.1", 20, 1);
    send("10.2.3.4", 7);
    EXPECT_EQ(octets_of("10.1.0.0/16"), 120U);
    EXPECT_EQ(table_.route_count(prefix("10.1.0.0/16"))->packets, 2U);
    EXPECT_EQ(octets_of("10.2.3.4/32"), 7U);
    EXPECT_EQ(octets_of("fd01::/64"), 0U);
}

TEST_F(CountedRoutesTest, PacketsGoWhereTheGroupLeads) {
    count_in({"10.0.0.0/8"});
    EXPECT_EQ(port_of("10.1.0.1"), 1);
    EXPECT_EQ(table_.group_status(1)->routes, 2U);  // fd01::/64 too
    EXPECT_EQ(table_.route(prefix("10.1.0.0/16")), 1U);
    EXPECT_EQ(table_.best_route(prefix("10.1.2.3/32"))->group_id, 1U);
    // Its group gets another member.
    FibTransaction change;
    change.next_hops = {test::gateway(3, "192.0.2.3", 3)};
    change.groups = {{1, {{3, 1}}}};
    apply(change);
    EXPECT_EQ(port_of("10.1.0.1"), 3);
    reclaimer_.release();
    EXPECT_EQ(port_of("10.1.0.1"), 3);
}

TEST_F(CountedRoutesTest, ARouteKeepsItsCounterInAnotherGroup) {
    count_in({"10.0.0.0/8"});
    put("10.1.1.0/24", 1);
    send("10.1.0.1", 100);
    const std::uint32_t slot = slot_of("10.1.0.1");
    put("10.1.0.0/16", 2);
    EXPECT_EQ(slot_of("10.1.0.1"), slot);
    EXPECT_EQ(port_of("10.1.0.1"), 2);
    EXPECT_EQ(octets_of("10.1.0.0/16"), 100U);
    EXPECT_EQ(table_.group_status(1)->routes, 2U);
    EXPECT_EQ(table_.group_status(2)->routes, 2U);
    // The group it left is not its own any more: that one may go, the other changes it.
    FibTransaction gone;
    gone.removed_routes = {prefix("10.1.1.0/24"), prefix("fd01::/64")};
    gone.removed_groups = {1};
    apply(gone);
    reclaimer_.release();
    FibTransaction change;
    change.groups = {{2, {{1, 1}}}};
    apply(change);
    reclaimer_.release();
    EXPECT_EQ(port_of("10.1.0.1"), 1);
    EXPECT_EQ(port_of("10.2.0.1"), 1);
}

TEST_F(CountedRoutesTest, WhoComesAgainBeginsAnewAndSoDoesWhoGetsTheSlot) {
    count_in({"10.0.0.0/8"});
    send("10.1.0.1", 100);
    const std::uint32_t slot = slot_of("10.1.0.1");
    remove("10.1.0.0/16");
    EXPECT_EQ(table_.route_count(prefix("10.1.0.0/16")), std::nullopt);
    put("10.3.0.0/16", 1);
    EXPECT_NE(slot_of("10.3.0.1"), slot);  // a worker may still have the old one
    reclaimer_.release();
    put("10.4.0.0/16", 2);
    EXPECT_EQ(slot_of("10.4.0.1"), slot);
    EXPECT_EQ(octets_of("10.4.0.0/16"), 0U);
    EXPECT_EQ(port_of("10.4.0.1"), 2);
}

TEST_F(CountedRoutesTest, NoMoreThanTheMaximum) {
    count_in({"10.0.0.0/8"}, 1);
    EXPECT_THAT(counted(), ElementsAre("10.1.0.0/16"));
    EXPECT_EQ(table_.sizes().counted_routes, 1U);
    EXPECT_EQ(table_.sizes().uncounted_routes, 1U);
    put("10.3.0.0/16", 1);
    EXPECT_EQ(table_.sizes().uncounted_routes, 2U);
    EXPECT_EQ(port_of("10.3.0.1"), 1);
    remove("10.1.0.0/16");
    put("10.4.0.0/16", 1);
    EXPECT_THAT(counted(), ElementsAre("10.4.0.0/16"));
    EXPECT_EQ(table_.sizes().uncounted_routes, 2U);
    count_in({"10.0.0.0/8"}, 2);
    EXPECT_THAT(counted(), ElementsAre("10.2.0.0/16", "10.4.0.0/16"));
    send("10.4.0.1", 9);
    count_in({"10.4.0.0/16"}, 2);  // goes on with its counter
    EXPECT_EQ(octets_of("10.4.0.0/16"), 9U);
    EXPECT_EQ(table_.sizes().uncounted_routes, 0U);
    EXPECT_FALSE(is_counted(slot_of("10.2.0.1")));
    EXPECT_EQ(port_of("10.2.0.1"), 2);
    count_in({});
    EXPECT_THAT(counted(), IsEmpty());
    EXPECT_FALSE(table_.counts_routes());
    EXPECT_EQ(port_of("10.4.0.1"), 1);
}

TEST_F(CountedRoutesTest, ASynchronisationKeepsThemAndSweepsThem) {
    count_in({"10.0.0.0/8"});
    send("10.1.0.1", 5);
    FibTransaction sync = base();
    sync.begin_sync = sync.end_sync = true;
    sync.routes.erase(sync.routes.begin() + 1);
    apply(sync);
    EXPECT_THAT(counted(), ElementsAre("10.1.0.0/16"));
    EXPECT_EQ(octets_of("10.1.0.0/16"), 5U);
    EXPECT_EQ(table_.sizes().uncounted_routes, 0U);
    // What is counted anew keeps its mark: nothing is swept that the synchronisation named.
    FibTransaction begin = base();
    begin.begin_sync = true;
    apply(begin);
    count_in({});
    FibTransaction end;
    end.end_sync = true;
    apply(end);
    EXPECT_EQ(port_of("10.1.0.1"), 1);
}

}  // namespace
}  // namespace torii::fib
