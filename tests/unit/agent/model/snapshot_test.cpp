#include "agent/model/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::model {
namespace {

using testing::ElementsAre;

Prefix prefix(const char* text) {
    return *Prefix::parse(text);
}
IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

TEST(Snapshot, UnknownNodeIsNothing) {
    EXPECT_FALSE(Snapshot{}.node("k8s-w1").has_value());
}

TEST(Snapshot, NodeOfEitherResource) {
    Snapshot snapshot;
    snapshot.nodes["a"].pod_cidrs = {prefix("10.0.0.0/24")};
    snapshot.cilium_nodes["b"].pod_cidrs = {prefix("10.0.1.0/24")};
    EXPECT_THAT(snapshot.node("a")->pod_cidrs, ElementsAre(prefix("10.0.0.0/24")));
    EXPECT_THAT(snapshot.node("b")->pod_cidrs, ElementsAre(prefix("10.0.1.0/24")));
    EXPECT_THAT(snapshot.node_names(), ElementsAre("a", "b"));
}

TEST(Snapshot, CiliumNodeGoesBeforeNodeWhereItSaysSomething) {
    Snapshot snapshot;
    Node& core = snapshot.nodes["a"];
    core.metadata.labels = {{"rack", "1"}, {"only", "core"}};
    core.pod_cidrs = {prefix("10.0.0.0/24")};
    core.internal_addresses = {address("192.0.2.1")};
    Node& cilium = snapshot.cilium_nodes["a"];
    cilium.metadata.labels = {{"rack", "2"}};
    cilium.pod_cidrs = {prefix("10.0.9.0/24")};

    const Node both = *snapshot.node("a");
    EXPECT_THAT(both.pod_cidrs, ElementsAre(prefix("10.0.9.0/24")));
    EXPECT_THAT(both.internal_addresses, ElementsAre(address("192.0.2.1")));
    EXPECT_EQ(both.metadata.labels, (Labels{{"rack", "2"}, {"only", "core"}}));
    EXPECT_THAT(snapshot.node_names(), ElementsAre("a"));
}

}  // namespace
}  // namespace torii::model
