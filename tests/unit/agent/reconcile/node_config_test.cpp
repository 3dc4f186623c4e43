#include "agent/reconcile/node_config.h"

#include "agent/reconcile/cluster_config.h"
#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kOverride = R"(
apiVersion: cilium.io/v2
kind: CiliumBGPNodeConfigOverride
metadata: {name: n1}
spec:
  bgpInstances:
  - name: i
    routerID: 5.6.7.8
    localPort: 1179
    localASN: 65010
    peers: [{name: tor, localAddress: 192.0.2.77}]
---
)";

// Of the same node selection as kCluster, with another instance.
std::string rival(std::string_view name, std::string_view creation_timestamp) {
    return fmt::format(
        "{{apiVersion: cilium.io/v2, kind: CiliumBGPClusterConfig, metadata: "
        "{{name: {}{}}}, spec: {{bgpInstances: [{{name: of-{}}}]}}}}\n---\n",
        name,
        creation_timestamp.empty() ? ""
                                   : fmt::format(", creationTimestamp: '{}'", creation_timestamp),
        name);
}

TEST(NodeConfig, IsTheInstancesOfTheClusterConfig) {
    Conditions conditions;
    const auto config = node_config(snapshot_of(kNode, kCluster), "n1", conditions);
    ASSERT_TRUE(config.has_value());
    EXPECT_EQ(config->metadata.name, "n1");
    ASSERT_THAT(config->instances, SizeIs(1));
    EXPECT_EQ(config->instances[0].name, "i");
    EXPECT_THAT(conditions, IsEmpty());
}

TEST(NodeConfig, OverrideReplacesWhatItStates) {
    Conditions conditions;
    const auto config = node_config(snapshot_of(kNode, kCluster, kOverride), "n1", conditions);
    ASSERT_TRUE(config.has_value());
    const model::BgpInstance& instance = config->instances[0];
    EXPECT_EQ(instance.router_id, *IpAddress::parse("5.6.7.8"));
    EXPECT_EQ(instance.local_port, 1179);
    EXPECT_EQ(instance.local_as, bgp::Asn(65010));
    ASSERT_THAT(instance.peers, SizeIs(1));
    EXPECT_EQ(instance.peers[0].local_address, *IpAddress::parse("192.0.2.77"));
    EXPECT_EQ(instance.peers[0].peer_as, bgp::Asn(65000)) << "the rest stays";
    EXPECT_THAT(conditions, IsEmpty());
}

// A CiliumBGPNodeConfig has no field for it.
TEST(NodeConfig, TheSourcePortComesFromTheOverrideWhoeverMadeTheConfig) {
    std::string other(kOverride);
    other.insert(other.find("}]\n---"), ", localPort: 1790");
    model::Snapshot snapshot = snapshot_of(kNode, kCluster, other);
    Conditions conditions;
    const auto mapped = node_config(snapshot, "n1", conditions);
    EXPECT_EQ(mapped->instances[0].peers[0].local_port, 1790);
    const auto changes = node_config_changes(snapshot);
    ASSERT_THAT(changes, SizeIs(1));
    model::BgpNodeConfig made = *changes.begin()->second;
    EXPECT_FALSE(made.instances[0].peers[0].local_port.has_value());
    snapshot.node_configs["n1"] = made;
    EXPECT_THAT(node_config_changes(snapshot), IsEmpty());
    EXPECT_EQ(node_config(snapshot, "n1", conditions)->instances[0].peers[0].local_port, 1790);
    EXPECT_THAT(conditions, IsEmpty());
}

TEST(NodeConfig, OverrideIsForTheNodeOfItsNameOnly) {
    std::string other(kOverride);
    other.replace(other.find("name: n1"), 8, "name: n2");
    Conditions conditions;
    const auto config = node_config(snapshot_of(kNode, kCluster, other), "n1", conditions);
    EXPECT_FALSE(config->instances[0].router_id.has_value());
}

TEST(NodeConfig, OverridesThatLeadNowhereAreTold) {
    std::string other(kOverride);
    other.replace(other.find("name: tor"), 9, "name: wrong");
    other.insert(other.find("---"), "  - {name: none}\n");
    Conditions conditions;
    ASSERT_TRUE(node_config(snapshot_of(kNode, kCluster, other), "n1", conditions).has_value());
    EXPECT_THAT(texts(conditions),
                ElementsAre("CiliumBGPNodeConfigOverride/n1: torii/DanglingReference: "
                            "instance i has no peer wrong",
                            "CiliumBGPNodeConfigOverride/n1: torii/DanglingReference: "
                            "the node has no instance none"));
}

TEST(NodeConfig, AReadyOneGoesBeforeEverything) {
    Conditions conditions;
    const auto config = node_config(
        snapshot_of(kNode, kCluster, kOverride,
                    "{apiVersion: cilium.io/v2, kind: CiliumBGPNodeConfig, metadata: {name: n1}, "
                    "spec: {bgpInstances: [{name: ready, localASN: 1}]}}"),
        "n1", conditions);
    ASSERT_TRUE(config.has_value());
    ASSERT_THAT(config->instances, SizeIs(1));
    EXPECT_EQ(config->instances[0].name, "ready");
}

TEST(NodeConfig, NothingForNodesThatNobodySelects) {
    Conditions conditions;
    EXPECT_FALSE(node_config(snapshot_of(kNode), "n1", conditions).has_value());
    EXPECT_FALSE(node_config(snapshot_of(kNode, kCluster), "n2", conditions).has_value());
    EXPECT_THAT(conditions, IsEmpty());
}

TEST(NodeConfig, TheOlderOfTwoClusterConfigsGetsTheNode) {
    const auto owner = [](const model::Snapshot& snapshot) {
        Conditions conditions;
        return node_config(snapshot, "n1", conditions)->instances.at(0).name;
    };
    EXPECT_EQ(owner(snapshot_of(kNode, rival("a", "2026-02-02T00:00:00Z"),
                                rival("b", "2026-01-01T00:00:00Z"))),
              "of-b");
    EXPECT_EQ(owner(snapshot_of(kNode, rival("b", ""), rival("a", ""))), "of-a");
}

TEST(ClusterConfigs, RivalsAreToldOfEachOther) {
    Conditions conditions;
    check_configs(snapshot_of(kNode, rival("a", ""), rival("b", "")), true, "kube-system",
                  conditions);
    EXPECT_THAT(texts(conditions),
                ElementsAre("CiliumBGPClusterConfig/a: cilium.io/ConflictingClusterConfig: "
                            "Selecting the same node(s) with ClusterConfig(s): [b]",
                            "CiliumBGPClusterConfig/b: cilium.io/ConflictingClusterConfig: "
                            "Selecting the same node(s) with ClusterConfig(s): [a]"));
}

}  // namespace
}  // namespace torii::reconcile
