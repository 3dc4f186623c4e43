#include "agent/loadbalance/maglev.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

namespace torii::loadbalance {
namespace {

constexpr std::size_t kSize = 1021;

std::vector<std::string> some_backends(std::size_t least) {
    const auto count = *rc::gen::inRange<std::size_t>(least, 30);
    const auto first = *rc::gen::inRange<unsigned>(0, 10000);
    std::vector<std::string> names;
    for (std::size_t index = 0; index < count; ++index) {
        names.push_back(
            fmt::format("10.{}.{}.1 . 80", (first + index) / 256, (first + index) % 256));
    }
    return names;
}

std::vector<std::string> owners(const std::vector<std::string>& names, std::uint64_t seed) {
    std::vector<std::string> result;
    for (const std::size_t index : maglev_table(names, kSize, seed)) result.push_back(names[index]);
    return result;
}

RC_GTEST_PROP(Maglev, SharesDifferByAFewSlots, ()) {
    const auto names = some_backends(1);
    const auto table = maglev_table(names, kSize, *rc::gen::arbitrary<std::uint64_t>());
    std::vector<std::size_t> shares(names.size());
    for (const std::size_t index : table) ++shares.at(index);
    // All ask in turn, so nobody is more than one ahead.
    RC_ASSERT(*std::ranges::max_element(shares) - *std::ranges::min_element(shares) <= 1U);
}

RC_GTEST_PROP(Maglev, OrderDoesNotMatter, ()) {
    auto names = some_backends(2);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto before = owners(names, seed);
    std::shuffle(names.begin(), names.end(), std::mt19937_64(seed));
    RC_ASSERT(owners(names, seed) == before);
}

RC_GTEST_PROP(Maglev, WhoLeavesTakesLittleElseAlong, ()) {
    auto names = some_backends(2);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto before = owners(names, seed);
    const auto gone = *rc::gen::inRange<std::size_t>(0, names.size());
    const std::string name = names[gone];
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(gone));
    const auto after = owners(names, seed);
    std::size_t moved = 0;
    for (std::size_t slot = 0; slot < kSize; ++slot) {
        if (before[slot] != name && after[slot] != before[slot]) ++moved;
    }
    // Another table altogether would move nearly all; a third is far from that for any names.
    RC_ASSERT(moved < kSize / 3);
}

TEST(Maglev, OnAverageFewSlotsMoveWithoutNeed) {
    std::size_t moved = 0;
    constexpr std::size_t kRounds = 100;
    for (std::uint64_t seed = 0; seed < kRounds; ++seed) {
        std::vector<std::string> names;
        for (int index = 0; index < 10; ++index) names.push_back(fmt::format("10.0.1.{}", index));
        const auto before = owners(names, seed);
        const std::string gone = names[seed % names.size()];
        std::erase(names, gone);
        const auto after = owners(names, seed);
        for (std::size_t slot = 0; slot < kSize; ++slot) {
            if (before[slot] != gone && after[slot] != before[slot]) ++moved;
        }
    }
    EXPECT_LT(moved, kRounds * kSize / 20);  // 5 %
}

}  // namespace
}  // namespace torii::loadbalance
