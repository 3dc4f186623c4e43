#include "controlplane/routing/kernel_limit.h"

#include <gtest/gtest.h>

namespace torii::routing {
namespace {

TEST(KernelLimitTest, AllUpToTheLimitAndNoneAbove) {
    KernelLimit limit;
    EXPECT_FALSE(limit.set_limit(1000));
    EXPECT_FALSE(limit.observe(1000));
    EXPECT_FALSE(limit.left_out());
    EXPECT_TRUE(limit.observe(1001));
    EXPECT_TRUE(limit.exceeded());
    EXPECT_FALSE(limit.observe(5000)) << "said once";
}

TEST(KernelLimitTest, ComesBackWellBelowIt) {
    KernelLimit limit;
    limit.set_limit(1000);
    limit.observe(1001);
    EXPECT_FALSE(limit.observe(1000));
    EXPECT_FALSE(limit.observe(901));
    EXPECT_TRUE(limit.left_out());
    EXPECT_TRUE(limit.observe(900));
    EXPECT_FALSE(limit.left_out());
    EXPECT_FALSE(limit.observe(1000));
    EXPECT_TRUE(limit.observe(1001));
}

TEST(KernelLimitTest, AnotherLimitDecidesAtOnce) {
    KernelLimit limit;
    limit.set_limit(1000);
    limit.observe(1500);
    EXPECT_TRUE(limit.set_limit(1500));
    EXPECT_FALSE(limit.left_out());
    EXPECT_TRUE(limit.set_limit(1499));
    EXPECT_TRUE(limit.left_out());
}

TEST(KernelLimitTest, OfNoneNothingIsExceeded) {
    KernelLimit limit;
    EXPECT_TRUE(limit.set_limit(0));
    EXPECT_TRUE(limit.left_out());
    EXPECT_FALSE(limit.observe(5));
    EXPECT_FALSE(limit.observe(0));
    EXPECT_TRUE(limit.left_out());
    EXPECT_FALSE(limit.exceeded());
}

}  // namespace
}  // namespace torii::routing
