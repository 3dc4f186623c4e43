#include "dataplane/fib/route_map.h"

#include "dataplane/fib/lpm.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

namespace torii::fib {
namespace {

using Reference = std::map<std::pair<std::uint32_t, unsigned>, std::uint32_t>;

void expect_equal(const RouteMap<Ipv4Key>& map, const Reference& reference) {
    ASSERT_EQ(map.size(), reference.size());
    for (const auto& [route, value] : reference) {
        const RouteEntry* entry = map.find({route.first}, route.second);
        ASSERT_NE(entry, nullptr);
        EXPECT_EQ(entry->value, value);
    }
    std::size_t visited = 0;
    map.for_each([&](const Ipv4Key& key, unsigned length, const RouteEntry& entry) {
        ++visited;
        EXPECT_EQ(reference.at({key.number, length}), entry.value);
    });
    EXPECT_EQ(visited, reference.size());
}

TEST(RouteMap, IsEmptyAtFirst) {
    RouteMap<Ipv4Key> map;
    EXPECT_EQ(map.find({1}, 32), nullptr);
    EXPECT_FALSE(map.erase({1}, 32));
    map.prefetch({1}, 32);
    EXPECT_EQ(map.size(), 0U);
}

TEST(RouteMap, TellsLengthsApart) {
    RouteMap<Ipv4Key> map;
    EXPECT_TRUE(map.try_emplace({0}, 0).second);
    EXPECT_TRUE(map.try_emplace({0}, 32).second);
    EXPECT_FALSE(map.try_emplace({0}, 0).second);
    map.try_emplace({0}, 32).first->value = 7;
    EXPECT_EQ(map.erase({0}, 32)->value, 7U);
    EXPECT_EQ(map.find({0}, 32), nullptr);
    EXPECT_NE(map.find({0}, 0), nullptr);
}

// It grows to thousands and shrinks to nothing, with every place taken and left many times.
TEST(RouteMap, EqualsAMapThroughManyChanges) {
    RouteMap<Ipv4Key> map;
    Reference reference;
    std::mt19937 random(5);
    for (unsigned phase = 0; phase < 6; ++phase) {
        const unsigned added_of_ten = phase % 2 == 0 ? 8 : 1;
        for (unsigned change = 0; change < 20'000; ++change) {
            const auto number = static_cast<std::uint32_t>(random() % 6000);
            const auto length = 24U + static_cast<unsigned>(random() % 3);
            if (random() % 10 < added_of_ten) {
                const auto value = static_cast<std::uint32_t>(random());
                const auto [entry, added] = map.try_emplace({number}, length);
                EXPECT_EQ(added, !reference.contains({number, length}));
                entry->value = value;
                reference[{number, length}] = value;
                continue;
            }
            const auto removed = map.erase({number}, length);
            EXPECT_EQ(removed.has_value(), reference.erase({number, length}) == 1);
        }
        expect_equal(map, reference);
    }
    while (!reference.empty()) {
        const auto [number, length] = reference.begin()->first;
        EXPECT_TRUE(map.erase({number}, length));
        reference.erase(reference.begin());
        if (reference.size() % 1000 == 0) expect_equal(map, reference);
    }
}

}  // namespace
}  // namespace torii::fib
