// Reserved addresses and conflicts of pools.
#include "agent/ipam/pool.h"

#include "tests/unit/agent/ipam/cluster.h"

#include <gmock/gmock.h>

namespace torii::ipam {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Number available(const PoolUse& use) {
    return use.total - use.used;
}

TEST(Pool, FirstAndLastAreReservedInCidrBlocksOnly) {
    Cluster cluster;
    cluster.pool("p", "allowFirstLastIPs: 'No', blocks: [{cidr: 172.16.1.0/24}]");
    EXPECT_EQ(available(cluster.use("p")), 254U);
    EXPECT_EQ(cluster.use("p").total, 256U);
    cluster.pool("p", "allowFirstLastIPs: 'No', blocks: [{start: 172.16.1.0, stop: 172.16.1.9}]");
    EXPECT_EQ(available(cluster.use("p")), 10U);
    for (const auto* small : {"10.0.0.0/31", "10.0.0.0/32", "fd00::/127", "fd00::/128"}) {
        cluster.pool("p", fmt::format("allowFirstLastIPs: 'No', blocks: [{{cidr: '{}'}}]", small));
        EXPECT_EQ(cluster.use("p").used, 0U) << small;
    }
    cluster.pool("p", "blocks: [{cidr: 172.16.1.0/24}]");
    EXPECT_EQ(available(cluster.use("p")), 256U) << "allowed unless said otherwise";
}

TEST(Pool, TheYoungerOfTwoThatOverlapConflicts) {
    Cluster cluster;
    cluster.pool("z", "blocks: [{cidr: 10.0.10.0/24}]", "2022-10-16T12:00:00Z");
    cluster.pool("a", "blocks: [{cidr: 10.0.10.0/24}, {cidr: 'FF::0/48'}]", "2022-10-16T13:30:00Z");
    EXPECT_THAT(cluster.use("z").conflict, IsEmpty());
    EXPECT_THAT(cluster.use("a").conflict,
                HasSubstr("block '10.0.10.0/24' of a overlaps block '10.0.10.0/24' of z"));
    cluster.service("six", "ipFamilies: [IPv6]");
    EXPECT_EQ(cluster.told("six"), "no_pool") << "no block of the pool gives any more";
    cluster.pool("a", "blocks: [{cidr: 'FF::0/48'}]", "2022-10-16T13:30:00Z");
    EXPECT_THAT(cluster.use("a").conflict, IsEmpty());
    EXPECT_EQ(cluster.told("six"), "ff:: satisfied");
}

TEST(Pool, WithoutAgeTheNameDecides) {
    Cluster cluster;
    cluster.pool("a", "blocks: [{cidr: 10.0.10.0/24}]");
    cluster.pool("b", "blocks: [{cidr: 10.0.10.128/25}]");
    cluster.pool("c", "blocks: [{start: 10.0.10.200, stop: 10.0.11.1}]");
    EXPECT_THAT(cluster.use("a").conflict, IsEmpty());
    EXPECT_THAT(cluster.use("b").conflict, HasSubstr("of b overlaps"));
    EXPECT_THAT(cluster.use("c").conflict,
                HasSubstr("block '10.0.10.200 - 10.0.11.1' of c overlaps block '10.0.10.0/24'"));
}

TEST(Pool, AConflictingPoolIsNoConflictOfAnother) {
    Cluster cluster;
    cluster.pool("a", "blocks: [{cidr: 10.0.10.0/24}]");
    cluster.pool("b", "blocks: [{cidr: 10.0.10.0/24}, {cidr: 10.0.20.0/24}]");
    cluster.pool("c", "blocks: [{cidr: 10.0.20.0/24}]");
    EXPECT_THAT(cluster.use("c").conflict, IsEmpty());
}

TEST(Pool, OverlapInsideAPool) {
    Cluster cluster;
    cluster.pool("c", "blocks: [{cidr: 10.0.10.0/24}, {cidr: 10.0.10.64/28}]");
    EXPECT_THAT(cluster.use("c").conflict, HasSubstr("of c overlaps block '10.0.10.0/24' of c"));
    cluster.pool("c", "blocks: [{cidr: 10.0.10.0/24}]");
    EXPECT_THAT(cluster.use("c").conflict, IsEmpty());
}

}  // namespace
}  // namespace torii::ipam
