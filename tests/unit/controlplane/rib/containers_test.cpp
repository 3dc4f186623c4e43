// What holds the tables' millions: compared with containers of the standard library.
#include "controlplane/rib/hash_index.h"
#include "controlplane/rib/id_queue.h"
#include "controlplane/rib/id_set.h"
#include "controlplane/rib/intern_store.h"
#include "controlplane/rib/paged.h"
#include "controlplane/rib/path_list.h"
#include "controlplane/rib/prefix_map.h"

#include <gtest/gtest.h>

#include <malloc.h>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace torii::rib {
namespace {

// The same numbers on every machine.
class Random {
public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

private:
    std::mt19937 engine_;
};

// One that is not there yet.
std::uint32_t add(HashIndex& index, std::uint32_t hash, std::uint32_t number) {
    const auto is = [number](std::uint32_t other) { return other == number; };
    return index.find_or_add(hash, is, [number] { return number; });
}

std::uint32_t none_is_made() {
    throw std::logic_error("it is there");
}

TEST(HashIndex, FindsWhatIsInAndNothingElse) {
    Random random(1);
    HashIndex index;
    std::map<std::uint32_t, std::uint32_t> hash_of;
    for (std::uint32_t step = 0; step < 20000; ++step) {
        // Few hashes, also at the end of the range: long runs, which go on at the beginning.
        const std::uint32_t hash = random() % 2 == 0 ? 0xffffffff - random() % 50 : random();
        if (step % 3 != 2 || hash_of.empty()) {
            ASSERT_EQ(add(index, hash, step), step);
            hash_of.emplace(step, hash);
        } else {
            const auto gone =
                std::next(hash_of.begin(), static_cast<std::ptrdiff_t>(random() % hash_of.size()));
            index.erase(gone->second, gone->first);
            hash_of.erase(gone);
        }
        if (step % 500 != 0) continue;
        for (const auto& one : hash_of) {
            const auto is = [&one](std::uint32_t other) { return other == one.first; };
            ASSERT_EQ(index.find(one.second, is), one.first);
            ASSERT_EQ(index.find_or_add(one.second, is, none_is_made), one.first);
        }
    }
    EXPECT_EQ(index.size(), hash_of.size());
    for (const auto& [number, hash] : hash_of) index.erase(hash, number);
    EXPECT_EQ(index.size(), 0U);
    EXPECT_FALSE(index.find(7, [](std::uint32_t) { return true; }));
}

// Marks of what was erased must not add up, or a search for what is not there never ends.
TEST(HashIndex, StaysAsItIsWhileOneComesForEachThatGoes) {
    Random random(7);
    HashIndex index;
    std::vector<std::uint32_t> hashes;
    for (std::uint32_t number = 0; number < 1000; ++number) {
        hashes.push_back(random());
        add(index, hashes.back(), number);
    }
    for (std::uint32_t step = 0; step < 50000; ++step) {
        const std::uint32_t number = random() % 1000;
        index.erase(hashes[number], number);
        hashes[number] = random();
        add(index, hashes[number], number);
        ASSERT_FALSE(index.find(random(), [](std::uint32_t) { return false; }));
    }
    for (std::uint32_t number = 0; number < 1000; ++number) {
        const auto is = [number](std::uint32_t other) { return other == number; };
        ASSERT_EQ(index.find(hashes[number], is), number);
    }
}

TEST(IdSet, IsASet) {
    Random random(2);
    IdSet set;
    std::set<std::uint32_t> expected;
    for (int step = 0; step < 20000; ++step) {
        const std::uint32_t id = random() % 20000;
        if (random() % 3 != 0) {
            EXPECT_EQ(set.insert(id), expected.insert(id).second);
        } else {
            EXPECT_EQ(set.erase(id), expected.erase(id) != 0);
        }
        const std::uint32_t from = random() % 20000;
        const auto next = expected.lower_bound(from);
        ASSERT_EQ(set.next(from),
                  next == expected.end() ? std::nullopt : std::optional<std::uint32_t>(*next));
    }
    EXPECT_EQ(set.size(), expected.size());
    while (const auto id = set.next(0)) set.erase(*id);
    EXPECT_TRUE(set.empty());
    EXPECT_FALSE(set.contains(0));
}

TEST(IdQueue, FirstInFirstOut) {
    IdQueue queue;
    for (std::uint32_t id = 0; id < 5; ++id) queue.push(id);
    EXPECT_EQ(queue.pop(), 0U);
    queue.push(5);
    for (std::uint32_t id = 1; id < 6; ++id) EXPECT_EQ(queue.pop(), id);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.size(), 0U);
}

TEST(IdQueue, HoldsWhatWaitsAndNoMore) {
    const auto taken = [] {
        const auto memory = mallinfo2();
        return memory.uordblks + memory.hblkhd;
    };
    const std::size_t before = taken();
    IdQueue queue;
    queue.push(0);
    for (std::uint32_t id = 1; id < 4'000'000; ++id) {
        queue.push(id);
        ASSERT_EQ(queue.pop(), id - 1);
    }
    EXPECT_LT(taken(), before + (std::size_t{1} << 20));
}

TEST(Slab, LowestNumbersAreUsedAgainFirst) {
    Slab<int> slab;
    for (int value = 0; value < 10000; ++value) slab[slab.allocate()] = value;
    slab.release(9000);
    slab.release(5);
    EXPECT_FALSE(slab.used(5));
    EXPECT_EQ(slab.allocate(), 5U);
    EXPECT_EQ(slab[5], 0) << "a new one";
    EXPECT_EQ(slab.allocate(), 9000U);
    EXPECT_EQ(slab.allocate(), 10000U);
    EXPECT_EQ(slab[8999], 8999);
    for (std::uint32_t id = 0; id <= 10000; ++id) slab.release(id);
    EXPECT_EQ(slab.size(), 0U);
    EXPECT_EQ(slab.end(), 0U);
}

TEST(Paged, IsZeroUnlessSet) {
    Paged<std::uint32_t> values;
    EXPECT_EQ(values.get(123456), 0U);
    values.set(123456, 7);
    values.set(3, 1);
    values.set(3, 0);
    EXPECT_EQ(values.get(123456), 7U);
    EXPECT_EQ(values.get(3), 0U);
    unsigned count = 0;
    values.for_each([&](std::uint32_t, std::uint32_t value) { count += value; });
    EXPECT_EQ(count, 7U);
}

TEST(PrefixMap, KnowsBothFamiliesApart) {
    struct Item : PrefixItem {};
    PrefixMap<Item> map;
    std::vector<Prefix> prefixes;
    for (const char* text : {"0.0.0.0/0", "::/0", "10.0.0.0/8", "10.0.0.0/9", "a00::/8",
                             "fd00::/64", "fd00::1/128", "10.0.0.1/32"}) {
        prefixes.push_back(Prefix::parse(text).value());
        EXPECT_TRUE(map.add(prefixes.back()).second) << text;
    }
    for (const Prefix& prefix : prefixes) {
        const auto [id, is_new] = map.add(prefix);
        EXPECT_FALSE(is_new);
        EXPECT_EQ(map.prefix(id), prefix);
        EXPECT_EQ(map.find(prefix), id);
    }
    for (const Prefix& prefix : prefixes) map.erase(*map.find(prefix));
    EXPECT_EQ(map.size(), 0U);
    EXPECT_FALSE(map.find(prefixes[0]));
}

TEST(PrefixMap, TablesWithTheSameNumbersKeepAPrefixTogether) {
    struct Item : PrefixItem {
        int value = 0;
    };
    const auto numbers = std::make_shared<PrefixNumbers>();
    const Prefix prefix = Prefix::parse("fd00::/64").value();
    PrefixMap<Item> first(numbers);
    std::uint32_t id = 0;
    {
        PrefixMap<Item> second(numbers);
        id = first.add(prefix).first;
        EXPECT_FALSE(second.used(id));
        EXPECT_FALSE(second.find(prefix));
        EXPECT_TRUE(second.add(id));
        EXPECT_FALSE(second.add(id)) << "it is there";
        second[id].value = 7;
        EXPECT_EQ(second.add(prefix), std::pair(id, false));
        first.erase(id);
        EXPECT_FALSE(first.used(id));
        EXPECT_EQ(second.prefix(id), prefix) << "one still holds it";
        EXPECT_EQ(first.add(prefix), std::pair(id, true));
        EXPECT_EQ(second[id].value, 7);
        first.erase(id);
    }
    EXPECT_EQ(numbers->size(), 0U) << "the last table has gone";
    EXPECT_FALSE(numbers->find(prefix));
}

TEST(InternStore, ANumberHoldsAsAHandleDoes) {
    InternStore<std::string, std::hash<std::string>> store;
    const std::uint32_t one = store.hold(store.intern("one"));
    const std::uint32_t two = store.hold(store.intern("two"));
    EXPECT_NE(one, two);
    EXPECT_EQ(*store.handle(one), "one");
    EXPECT_EQ(store.intern("one").number(), one);
    EXPECT_FALSE(store.handle(0));
    store.drop(one);
    store.drop(0);
    EXPECT_EQ(store.size(), 1U);
    EXPECT_EQ(store.intern("three").number(), one) << "numbers are used again";
    EXPECT_EQ(*store.handle(two), "two");
    store.drop(two);
    EXPECT_EQ(store.size(), 0U);
}

TEST(PathList, KeepsItsOrderInPlaceAndOutside) {
    Random random(3);
    PathList list;
    std::map<std::uint64_t, AttributesId> expected;
    for (std::uint32_t step = 1; step < 20000; ++step) {
        PathSlot slot;
        slot.peer = static_cast<std::uint16_t>(random() % (step % 2000 < 1000 ? 100 : 2));
        slot.id = random() % 2;
        slot.attributes = step;
        const std::size_t position = list.position(slot.key());
        if (position < list.size() && list.slots()[position].key() == slot.key()) {
            list.erase(position);
            expected.erase(slot.key());
        } else {
            list.insert(position, slot);
            expected.emplace(slot.key(), step);
        }
        ASSERT_EQ(list.size(), expected.size());
        auto it = expected.begin();
        for (const PathSlot& known : list.slots()) {
            ASSERT_EQ(known.key(), it->first);
            ASSERT_EQ(known.attributes, it->second);
            ++it;
        }
    }
    PathList moved = std::move(list);
    EXPECT_EQ(moved.size(), expected.size());
}

}  // namespace
}  // namespace torii::rib
