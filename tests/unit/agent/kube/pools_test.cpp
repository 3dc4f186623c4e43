#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

test::Decoded load_balancer_pool(std::string_view spec) {
    return test::decoded(
        fmt::format("apiVersion: cilium.io/v2alpha1\nkind: CiliumLoadBalancerIPPool\n"
                    "metadata: {{name: p}}\nspec: {{{}}}\n",
                    spec));
}

model::LoadBalancerIpPool good(std::string_view spec) {
    test::Decoded decoded = load_balancer_pool(spec);
    EXPECT_THAT(decoded.problems, IsEmpty()) << spec;
    return decoded.snapshot.load_balancer_pools["p"];
}

TEST(LoadBalancerPool, Defaults) {
    const auto pool = good("blocks: [{cidr: 172.16.1.77/24}]");
    EXPECT_FALSE(pool.service_selector.has_value());
    EXPECT_TRUE(pool.allow_first_last);
    EXPECT_FALSE(pool.disabled);
    ASSERT_EQ(pool.blocks.size(), 1U);
    EXPECT_EQ(pool.blocks[0].first, address("172.16.1.0")) << "host bits are cleared";
    EXPECT_EQ(pool.blocks[0].last, address("172.16.1.255"));
    EXPECT_EQ(pool.blocks[0].to_string(), "172.16.1.0/24");
}

TEST(LoadBalancerPool, CidrsAndRangesOfBothFamilies) {
    const auto pool = good(
        "allowFirstLastIPs: 'No', disabled: true, serviceSelector: {}, "
        "blocks: [{cidr: 'FD00::/120'}, {start: 10.0.0.5, stop: 10.0.1.7}, {start: 'fd01::9'}]");
    EXPECT_FALSE(pool.allow_first_last);
    EXPECT_TRUE(pool.disabled);
    EXPECT_TRUE(pool.service_selector.has_value());
    ASSERT_EQ(pool.blocks.size(), 3U);
    EXPECT_EQ(pool.blocks[0].last, address("fd00::ff"));
    EXPECT_EQ(pool.blocks[1].to_string(), "10.0.0.5 - 10.0.1.7");
    EXPECT_EQ(pool.blocks[2].last, address("fd01::9")) << "only a start is one address";
}

TEST(LoadBalancerPool, WhatIsWrong) {
    const auto decoded = load_balancer_pool(
        "allowFirstLastIPs: Maybe, blocks: [{cidr: 10.0.0.0}, {start: 10.0.0.9, stop: 10.0.0.8}, "
        "{start: 10.0.0.1, stop: 'fd00::1'}, {stop: 10.0.0.1}, {cidr: 10.0.0.0/8, start: "
        "10.0.0.1}]");
    EXPECT_THAT(decoded.snapshot.load_balancer_pools, IsEmpty());
    EXPECT_THAT(decoded.problems,
                ElementsAre(HasSubstr("spec.allowFirstLastIPs: Unsupported value: \"Maybe\""),
                            HasSubstr("spec.blocks[0].cidr: Invalid value: \"10.0.0.0\""),
                            HasSubstr("spec.blocks[1].stop: Invalid value: \"10.0.0.8\""),
                            HasSubstr("spec.blocks[2].stop: Invalid value: \"fd00::1\""),
                            HasSubstr("spec.blocks[3].start: Required value"),
                            HasSubstr("spec.blocks[4]: Invalid value: cidr and start/stop")));
}

TEST(PodPool, CidrsOfBothFamilies) {
    auto decoded = test::decoded(
        "apiVersion: cilium.io/v2alpha1\nkind: CiliumPodIPPool\n"
        "metadata: {name: p, labels: {color: red}}\n"
        "spec: {ipv4: {cidrs: [10.20.0.0/16], maskSize: 24}, "
        "ipv6: {cidrs: ['fd00::/104'], maskSize: 120}}\n");
    EXPECT_THAT(decoded.problems, IsEmpty());
    const model::PodIpPool& pool = decoded.snapshot.pod_pools["p"];
    EXPECT_THAT(pool.cidrs,
                ElementsAre(*Prefix::parse("10.20.0.0/16"), *Prefix::parse("fd00::/104")));
}

TEST(PodPool, WhatIsWrong) {
    const auto decoded = test::decoded(
        "apiVersion: cilium.io/v2alpha1\nkind: CiliumPodIPPool\nmetadata: {name: p}\n"
        "spec: {ipv4: {cidrs: ['fd00::/104'], maskSize: 33}, ipv6: {cidrs: []}}\n");
    EXPECT_THAT(decoded.problems,
                ElementsAre(HasSubstr("spec.ipv4.maskSize: Invalid value: 33"),
                            HasSubstr("spec.ipv4.cidrs[0]: Invalid value: \"fd00::/104\""),
                            HasSubstr("spec.ipv6.maskSize: Required value"),
                            HasSubstr("spec.ipv6.cidrs: Invalid value: []")));
}

TEST(CiliumNode, WhatItHasOfPodPools) {
    auto decoded = test::decoded(
        "apiVersion: cilium.io/v2\nkind: CiliumNode\nmetadata: {name: n}\n"
        "spec: {ipam: {pools: {allocated: [{pool: red, cidrs: [10.20.1.0/24, 'fd00::/120']}]}}}\n");
    EXPECT_THAT(decoded.problems, IsEmpty());
    const auto& pools = decoded.snapshot.cilium_nodes["n"].pools;
    ASSERT_EQ(pools.size(), 1U);
    EXPECT_EQ(pools[0].pool, "red");
    EXPECT_THAT(pools[0].cidrs,
                ElementsAre(*Prefix::parse("10.20.1.0/24"), *Prefix::parse("fd00::/120")));
}

}  // namespace
}  // namespace torii::kube
