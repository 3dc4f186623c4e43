#include "dataplane/fib/ecmp_hash.h"

#include <gtest/gtest.h>

#include <array>

namespace torii::fib {
namespace {

constexpr std::uint32_t kFlows = 20000;

std::uint32_t hash_v4(std::uint32_t seed, std::uint32_t flow) {
    return ecmp_hash_v4({HashSeed::make(seed)}, 0x0a000000 + flow / 100, 0xac100009,
                        (flow % 100) << 16U | 80U, 6);
}
std::uint32_t hash_v6(std::uint32_t seed, std::uint32_t flow) {
    std::array<std::uint8_t, 16> source{0xfd, 0};
    source[14] = static_cast<std::uint8_t>(flow >> 8U);
    source[15] = static_cast<std::uint8_t>(flow);
    const std::array<std::uint8_t, 16> destination{0xfd, 1};
    return ecmp_hash_v6({HashSeed::make(seed)}, source.data(), destination.data(), flow >> 16U, 6);
}

using HashFunction = std::uint32_t (*)(std::uint32_t, std::uint32_t);
class EcmpHash : public ::testing::TestWithParam<HashFunction> {};

// Two routers in a row, four ways each: whatever way a flow took at the first, the second spreads
// it.
TEST_P(EcmpHash, DoesNotPolariseInTwoTiers) {
    std::array<std::array<int, 4>, 4> ways{};
    std::array<int, 4> first_tier{};
    for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
        const std::uint32_t first = GetParam()(1, flow) % 4;
        ++first_tier[first];
        ++ways[first][GetParam()(2, flow) % 4];
    }
    for (std::size_t first = 0; first < 4; ++first) {
        EXPECT_NEAR(first_tier[first] / double{kFlows}, 0.25, 0.02);
        for (const int flows : ways[first]) {
            EXPECT_NEAR(flows / static_cast<double>(first_tier[first]), 0.25, 0.03);
        }
    }
}

TEST_P(EcmpHash, FillsAllBucketsEvenly) {
    std::array<int, 64> buckets{};
    for (std::uint32_t flow = 0; flow < kFlows; ++flow) ++buckets[GetParam()(7, flow) & 63U];
    double chi_square = 0;
    for (const int count : buckets) {
        const double expected = kFlows / 64.0;
        chi_square += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_square, 120);  // 63 degrees of freedom: beyond it once in 20,000
}

INSTANTIATE_TEST_SUITE_P(Families, EcmpHash, ::testing::Values(&hash_v4, &hash_v6),
                         [](const auto& function) {
                             return function.index == 0 ? "Ipv4" : "Ipv6";
                         });

TEST(EcmpHashFields, AllMatter) {
    const HashRules rules{HashSeed::make(1)};
    const std::uint32_t hash = ecmp_hash_v4(rules, 1, 2, 3, 4);
    EXPECT_NE(hash, ecmp_hash_v4(rules, 9, 2, 3, 4));
    EXPECT_NE(hash, ecmp_hash_v4(rules, 1, 9, 3, 4));
    EXPECT_NE(hash, ecmp_hash_v4(rules, 1, 2, 9, 4));
    EXPECT_NE(hash, ecmp_hash_v4(rules, 1, 2, 3, 9));
    EXPECT_NE(hash, ecmp_hash_v4({HashSeed::make(2)}, 1, 2, 3, 4));
}

}  // namespace
}  // namespace torii::fib
