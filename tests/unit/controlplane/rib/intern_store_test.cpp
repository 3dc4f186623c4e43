#include "controlplane/rib/attribute_store.h"
#include "controlplane/rib/audience.h"

#include <gtest/gtest.h>

#include <utility>

namespace torii::rib {
namespace {

bgp::PathAttributes with_med(std::uint32_t med) {
    bgp::PathAttributes attributes;
    attributes.med = med;
    return attributes;
}

TEST(InternStore, EqualValuesAreOne) {
    AttributeStore store;
    const Attributes one = store.intern(with_med(1));
    const Attributes same = store.intern(with_med(1));
    const Attributes other = store.intern(with_med(2));
    EXPECT_EQ(one, same);
    EXPECT_EQ(&*one, &*same);
    EXPECT_NE(one, other);
    EXPECT_EQ(one->med(), 1U);
    EXPECT_EQ(store.size(), 2U);
}

TEST(InternStore, TheLastHandleTakesTheValueWithIt) {
    AttributeStore store;
    Attributes one = store.intern(with_med(1));
    Attributes copy = one;
    Attributes moved = std::move(one);
    EXPECT_FALSE(one);
    copy = {};
    EXPECT_EQ(store.size(), 1U);
    moved = store.intern(with_med(2));
    EXPECT_EQ(store.size(), 1U);
    EXPECT_EQ(moved->med(), 2U);
    moved = {};
    EXPECT_EQ(store.size(), 0U);
}

TEST(InternStore, AssigningAHandleToItselfKeepsIt) {
    AttributeStore store;
    Attributes one = store.intern(with_med(1));
    const Attributes& alias = one;
    one = alias;
    ASSERT_TRUE(one);
    EXPECT_EQ(store.size(), 1U);
}

// Every value has the same hash: equality decides.
struct NoHash {
    std::size_t operator()(int) const { return 7; }
};
TEST(InternStore, CollisionsAreToldApart) {
    InternStore<int, NoHash> store;
    auto one = store.intern(1);
    const auto two = store.intern(2);
    EXPECT_NE(one, two);
    one = {};
    EXPECT_EQ(store.size(), 1U);
    EXPECT_EQ(*store.intern(2), 2);
    EXPECT_EQ(store.intern(2), two);
}

TEST(Audience, UnsetMeansEverybody) {
    AudienceStore store;
    const IpAddress one = IpAddress::v4(1);
    EXPECT_TRUE(includes({}, one));
    EXPECT_TRUE(includes(store.intern({one, IpAddress::v4(3)}), one));
    EXPECT_FALSE(includes(store.intern({one, IpAddress::v4(3)}), IpAddress::v4(2)));
}

}  // namespace
}  // namespace torii::rib
