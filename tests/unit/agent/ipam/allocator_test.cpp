#include "agent/ipam/allocator.h"

#include "tests/unit/agent/ipam/cluster.h"

namespace torii::ipam {
namespace {

constexpr const char* kPool = "allowFirstLastIPs: 'No', blocks: [{cidr: 172.16.1.0/24}]";

TEST(Allocator, DormantUntilThereIsAPool) {
    Cluster cluster;
    cluster.service("a");
    EXPECT_EQ(cluster.told("a"), "not served");
    cluster.pool("p", kPool);
    EXPECT_EQ(cluster.told("a"), "172.16.1.1 satisfied");
    EXPECT_EQ(cluster.use("p").used, 3U);
    cluster.remove("pool/p");
    EXPECT_EQ(cluster.told("a"), "no_pool") << "it had its address from a pool";
}

TEST(Allocator, OnlyServicesOfTypeLoadBalancerAndOurClass) {
    Cluster cluster;
    cluster.pool("p", kPool);
    cluster.service("a", "loadBalancerClass: io.other/other");
    cluster.service("b", "loadBalancerClass: io.cilium/bgp-control-plane");
    cluster.service("c");
    EXPECT_EQ(cluster.told("a"), "not served");
    EXPECT_EQ(cluster.told("b"), "172.16.1.1 satisfied");
    EXPECT_EQ(cluster.told("c"), "172.16.1.2 satisfied");
    cluster.settings.serves_unclassed = false;
    EXPECT_EQ(cluster.told("c"), "not served");
    cluster.service("b", "loadBalancerClass: io.other/other");
    cluster.service("d", "loadBalancerClass: io.cilium/bgp-control-plane");
    EXPECT_EQ(cluster.told("d"), "172.16.1.1 satisfied") << "what is released is free";
}

TEST(Allocator, NothingMovesBecauseOfAnother) {
    Cluster cluster;
    cluster.pool("p", kPool);
    cluster.service("m");
    cluster.service("z");
    cluster.service("a");
    EXPECT_EQ(cluster.told("m"), "172.16.1.1 satisfied");
    EXPECT_EQ(cluster.told("z"), "172.16.1.2 satisfied");
    EXPECT_EQ(cluster.told("a"), "172.16.1.3 satisfied");
    cluster.remove("service/default/m");
    EXPECT_EQ(cluster.told("z"), "172.16.1.2 satisfied");
    cluster.service("n");
    EXPECT_EQ(cluster.told("n"), "172.16.1.1 satisfied");
}

TEST(Allocator, EditsOfAPoolMoveOnlyWhatTheyTakeAway) {
    Cluster cluster;
    cluster.pool("p", "blocks: [{start: 10.0.0.1, stop: 10.0.0.2}, {start: 10.0.1.1}]");
    for (const auto* name : {"a", "b", "c", "d"}) cluster.service(name);
    EXPECT_EQ(cluster.told("c"), "10.0.1.1 satisfied") << "the next block when one is full";
    EXPECT_EQ(cluster.told("d"), "out_of_ips");
    cluster.pool("p", "blocks: [{start: 10.0.1.1, stop: 10.0.1.5}]");
    EXPECT_EQ(cluster.told("c"), "10.0.1.1 satisfied");
    EXPECT_EQ(cluster.told("a"), "10.0.1.2 satisfied");
    EXPECT_EQ(cluster.told("d"), "10.0.1.4 satisfied");
    cluster.pool("p", "disabled: true, blocks: [{start: 10.0.1.1, stop: 10.0.1.5}]");
    EXPECT_EQ(cluster.told("c"), "10.0.1.1 satisfied") << "what a disabled pool has given stays,";
    cluster.service("e");
    EXPECT_EQ(cluster.told("e"), "no_pool") << "it gives no more";
    cluster.pool("p", "serviceSelector: {matchLabels: {x: y}}, blocks: [{cidr: 10.0.1.0/24}]");
    EXPECT_EQ(cluster.told("c"), "no_pool") << "a pool that no longer selects it takes it away";
}

TEST(Allocator, SelectorsSeeNameAndNamespace) {
    Cluster cluster;
    cluster.pool("p",
                 "serviceSelector: {matchLabels: {io.kubernetes.service.namespace: n, "
                 "io.kubernetes.service.name: s}}, blocks: [{cidr: 10.0.0.0/24}]");
    cluster.service("n/s");
    cluster.service("n/t");
    EXPECT_EQ(cluster.told("n/s"), "10.0.0.0 satisfied");
    EXPECT_EQ(cluster.told("n/t"), "no_pool");
}

TEST(Allocator, RequestedAddresses) {
    Cluster cluster;
    cluster.pool("p", "blocks: [{cidr: 10.0.10.0/24}, {cidr: 'fd00::/120'}]");
    cluster.pool("q", "serviceSelector: {matchLabels: {x: y}}, blocks: [{cidr: 10.0.20.0/24}]");
    cluster.service("a", "loadBalancerIP: 10.0.10.9", "lbipam.cilium.io/ips: '10.0.10.8, fd00::8'");
    EXPECT_EQ(cluster.told("a"), "10.0.10.8 10.0.10.9 fd00::8 satisfied");
    cluster.service("b", "", "io.cilium/lb-ipam-ips: 10.0.20.1");
    EXPECT_EQ(cluster.told("b"), "pool_selector_mismatch");
    cluster.service("c", "loadBalancerIP: 192.0.2.1");
    EXPECT_EQ(cluster.told("c"), "no_pool");
    cluster.service("d", "loadBalancerIP: 10.0.10.9");
    EXPECT_EQ(cluster.told("d"), "already_allocated");
    cluster.service("a", "loadBalancerIP: 10.0.10.7");
    EXPECT_EQ(cluster.told("a"), "10.0.10.7 satisfied") << "a new request, a new address";
    EXPECT_EQ(cluster.told("d"), "10.0.10.9 satisfied") << "and the old one is free";
}

TEST(Allocator, ReservedAddressesAreGivenToNobody) {
    Cluster cluster;
    cluster.pool("a", "allowFirstLastIPs: 'No', blocks: [{cidr: 10.0.10.16/30}]");
    cluster.service("s", "loadBalancerIP: 10.0.10.16");
    EXPECT_EQ(cluster.told("s"), "no_pool");
    cluster.pool("a", "blocks: [{cidr: 10.0.10.16/30}]");
    EXPECT_EQ(cluster.told("s"), "10.0.10.16 satisfied");
}

struct FamilyRow {
    const char* policy;
    const char* families;
    bool ipv4, ipv6;
    const char* expected;
};

constexpr FamilyRow kRows[] = {
    {"", "", true, false, "10.0.0.0 satisfied"},
    {"", "", false, true, "fd00:: satisfied"},
    {"", "", true, true, "10.0.0.0 satisfied"},
    {"", "IPv6", true, false, "fd00:: satisfied"},
    {"", "IPv4", false, true, "10.0.0.0 satisfied"},
    {"", "IPv4, IPv6", false, false, "10.0.0.0 satisfied"},
    {"", "IPv6, IPv4", false, false, "fd00:: satisfied"},
    {"SingleStack", "", true, true, "10.0.0.0 satisfied"},
    {"PreferDualStack", "", true, true, "10.0.0.0 fd00:: satisfied"},
    {"PreferDualStack", "IPv4", false, true, "satisfied"},
    {"RequireDualStack", "IPv4", false, true, "fd00:: satisfied"},
    {"RequireDualStack", "IPv4", true, true, "10.0.0.0 fd00:: satisfied"},
};

TEST(Allocator, FamiliesByPolicyListAndWhatTheClusterHas) {
    for (const FamilyRow& row : kRows) {
        Cluster cluster;
        cluster.settings.ipv4 = row.ipv4;
        cluster.settings.ipv6 = row.ipv6;
        cluster.pool("p", "blocks: [{cidr: 10.0.0.0/24}, {cidr: 'fd00::/120'}]");
        const std::string policy =
            *row.policy == '\0' ? "" : fmt::format("ipFamilyPolicy: {}, ", row.policy);
        cluster.service("s", fmt::format("{}ipFamilies: [{}]", policy, row.families));
        EXPECT_EQ(cluster.told("s"), row.expected)
            << row.policy << " [" << row.families << "] " << row.ipv4 << row.ipv6;
    }
}

}  // namespace
}  // namespace torii::ipam
