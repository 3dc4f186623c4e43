// What a controller makes of cluster configurations.
#include "agent/reconcile/cluster_config.h"

#include "agent/reconcile/node_config.h"
#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

#include <map>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

std::string node(const std::string& name, const std::string& labels = "bgp: 'true'") {
    return "{apiVersion: v1, kind: Node, metadata: {name: " + name + ", labels: {" + labels +
           "}}, status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}}\n---\n";
}

std::string config(const std::string& name, const std::string& selector = "bgp: 'true'") {
    return "{apiVersion: cilium.io/v2, kind: CiliumBGPClusterConfig, metadata: {name: " + name +
           "}, spec: {nodeSelector: {matchLabels: {" + selector +
           "}}, bgpInstances: [{name: i, localASN: 65001, peers: [{name: p, peerAddress: "
           "192.0.2.9, peerConfigRef: {name: absent}}]}]}}\n---\n";
}

// The cluster after a controller has done its work.
model::Snapshot controlled(model::Snapshot snapshot, const std::optional<Prefix>& pool = {}) {
    for (auto& [name, change] : node_config_changes(snapshot, pool)) {
        snapshot.node_configs.erase(name);
        if (change) snapshot.node_configs.emplace(name, *change);
    }
    return snapshot;
}

std::string router_id(const model::Snapshot& snapshot, const std::string& node) {
    const auto& id = snapshot.node_configs.at(node).instances.at(0).router_id;
    return id ? id->to_string() : "none";
}

std::map<std::string, std::string> told(const ConditionsByName& all, const std::string& name) {
    std::map<std::string, std::string> told;
    for (const model::StatusCondition& condition : all.at(name)) {
        told[condition.type.substr(condition.type.find('/') + 1)] =
            condition.status + " " + condition.reason + " " + condition.message;
    }
    return told;
}

TEST(NodeConfigs, EverySelectedNodeGetsOneOnce) {
    const auto snapshot =
        controlled(snapshot_of(node("a"), node("b"), node("c", "other: x"), config("x")));
    ASSERT_THAT(snapshot.node_configs, ElementsAre(Key("a"), Key("b")));
    EXPECT_EQ(snapshot.node_configs.at("a").owner, "x");
    EXPECT_EQ(snapshot.node_configs.at("a").instances, snapshot.cluster_configs.at("x").instances);
    EXPECT_THAT(node_config_changes(snapshot), IsEmpty());
}

TEST(NodeConfigs, WithTheOverrideOfTheNode) {
    const auto snapshot = controlled(snapshot_of(
        node("a"), node("b"), config("x"),
        "{apiVersion: cilium.io/v2, kind: CiliumBGPNodeConfigOverride, metadata: {name: a}, spec: "
        "{bgpInstances: [{name: i, routerID: 1.2.3.4, localPort: 1179, peers: [{name: p, "
        "localAddress: 192.0.2.5}]}]}}"));
    const model::BgpInstance& instance = snapshot.node_configs.at("a").instances[0];
    EXPECT_EQ(router_id(snapshot, "a"), "1.2.3.4");
    EXPECT_EQ(instance.local_port, 1179);
    EXPECT_EQ(instance.peers[0].local_address, *IpAddress::parse("192.0.2.5"));
    EXPECT_EQ(router_id(snapshot, "b"), "none");
}

TEST(NodeConfigs, GoWithWhatTheyAreMadeOf) {
    const auto before = controlled(snapshot_of(node("a"), node("b"), config("x")));
    auto now = before;
    now.nodes.at("a").metadata.labels.clear();
    EXPECT_THAT(node_config_changes(now), ElementsAre(testing::Pair("a", std::nullopt)));
    now = before;
    now.nodes.erase("b");
    EXPECT_THAT(node_config_changes(now), ElementsAre(testing::Pair("b", std::nullopt)));
    now = before;
    now.cluster_configs.clear();
    EXPECT_THAT(node_config_changes(now), SizeIs(2));
    Conditions conditions;
    EXPECT_FALSE(node_config(now, "a", conditions).has_value()) << "the node does not wait for it";
}

TEST(NodeConfigs, APersonsStays) {
    const auto snapshot = snapshot_of(
        node("a"), config("x"),
        "{apiVersion: cilium.io/v2, kind: CiliumBGPNodeConfig, metadata: {name: a}, spec: "
        "{bgpInstances: [{name: mine, localASN: 1}]}}");
    EXPECT_THAT(node_config_changes(snapshot), IsEmpty());
}

TEST(NodeConfigs, WhoHasANodeKeepsItAsLongAsItSelectsIt) {
    auto snapshot = controlled(snapshot_of(node("a"), config("m")));
    // By name and age "b" would come first.
    snapshot.cluster_configs.merge(snapshot_of(config("b")).cluster_configs);
    EXPECT_THAT(node_config_changes(snapshot), IsEmpty());
    const auto conditions = cluster_config_conditions(snapshot);
    EXPECT_EQ(told(conditions, "b")["ConflictingClusterConfig"],
              "True ClusterConfigConflict Selecting the same node(s) with ClusterConfig(s): [m]");
    EXPECT_EQ(told(conditions, "m")["ConflictingClusterConfig"],
              "True ClusterConfigConflict Selecting the same node(s) with ClusterConfig(s): [b]");
    snapshot.cluster_configs.at("m").node_selector->match_labels["bgp"] = "false";
    const auto changes = node_config_changes(snapshot);
    ASSERT_THAT(changes, ElementsAre(Key("a")));
    EXPECT_EQ(changes.at("a")->owner, "b");
}

TEST(NodeConfigs, RouterIdsComeFromThePoolAndStay) {
    const std::optional<Prefix> pool = Prefix::parse("10.0.0.0/29").value();
    auto snapshot = controlled(snapshot_of(node("b"), node("c"), config("x")), pool);
    EXPECT_EQ(router_id(snapshot, "b"), "10.0.0.1");
    EXPECT_EQ(router_id(snapshot, "c"), "10.0.0.2");
    // One more that comes before them, and one that goes.
    snapshot.nodes.merge(snapshot_of(node("a")).nodes);
    snapshot = controlled(snapshot, pool);
    EXPECT_EQ(router_id(snapshot, "a"), "10.0.0.3");
    EXPECT_EQ(router_id(snapshot, "b"), "10.0.0.1");
    snapshot.nodes.erase("b");
    snapshot.nodes.merge(snapshot_of(node("d")).nodes);
    snapshot = controlled(snapshot, pool);
    EXPECT_EQ(router_id(snapshot, "d"), "10.0.0.1") << "free again";
    // Another pool: none of the old ones is of it.
    snapshot = controlled(snapshot, Prefix::parse("10.9.0.0/31").value());
    EXPECT_EQ(router_id(snapshot, "a"), "10.9.0.0");
    EXPECT_EQ(router_id(snapshot, "c"), "10.9.0.1");
    EXPECT_EQ(router_id(snapshot, "d"), "none") << "the pool is empty";
}

TEST(ClusterConfigConditions, SayWhatIsAndWhatIsNot) {
    const auto snapshot = snapshot_of(node("a"), config("x"), config("y", "no: node"));
    const auto conditions = cluster_config_conditions(snapshot);
    EXPECT_EQ(told(conditions, "x"),
              (std::map<std::string, std::string>{
                  {"NoMatchingNode", "False MatchingNodeSelected "},
                  {"MissingPeerConfigs",
                   "True PeerConfigsMissing Referenced CiliumBGPPeerConfig(s) are missing: "
                   "[absent]"},
                  {"ConflictingClusterConfig", "False ClusterConfigValidated "}}));
    EXPECT_EQ(told(conditions, "y")["NoMatchingNode"],
              "True MatchingNodeUnavailable No node matches spec.nodeSelector");
}

TEST(PeerConfigConditions, ASecretThatIsMissing) {
    const auto snapshot = snapshot_of(
        "{apiVersion: cilium.io/v2, kind: CiliumBGPPeerConfig, metadata: {name: with}, spec: "
        "{authSecretRef: s}}\n---\n"
        "{apiVersion: cilium.io/v2, kind: CiliumBGPPeerConfig, metadata: {name: without}, spec: "
        "{}}\n---\n");
    const auto conditions = peer_config_conditions(snapshot, "kube-system");
    EXPECT_EQ(told(conditions, "with")["MissingAuthSecret"],
              "True MissingAuthSecret Referenced Auth Secret is missing: kube-system/s");
    EXPECT_THAT(told(conditions, "without")["MissingAuthSecret"], HasSubstr("False"));
}

}  // namespace
}  // namespace torii::reconcile
