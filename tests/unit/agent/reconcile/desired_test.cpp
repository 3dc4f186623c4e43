#include "agent/reconcile/desired.h"

#include "agent/kube/manifest_folder.h"
#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

TEST(Desired, TheWalkthroughsNode) {
    const auto reading = kube::ManifestFolder(TORII_EXAMPLES_DIR "/manifests").read();
    ASSERT_TRUE(reading.has_value());
    const Desired wanted = desired(reading->snapshot, {"k8s-w0"});
    EXPECT_THAT(wanted.conditions, IsEmpty());
    ASSERT_THAT(wanted.instances, SizeIs(1));
    const DesiredInstance& instance = wanted.instances.at("instance-65001");
    EXPECT_EQ(instance.speaker.as, bgp::Asn(65001));
    EXPECT_EQ(instance.speaker.router_id, bgp::RouterId(0xC0A81464));  // 192.168.20.100
    EXPECT_EQ(instance.speaker.listen_port, 0);
    EXPECT_TRUE(instance.speaker.originate_only);
    ASSERT_THAT(instance.speaker.peers, SizeIs(1));
    const bgp::PeerConfig& peer = instance.speaker.peers[0];
    EXPECT_EQ(peer.address, address("192.168.10.200"));
    EXPECT_EQ(peer.remote_as, bgp::Asn(65000));
    EXPECT_EQ(peer.ttl, 2);
    EXPECT_EQ(peer.hold_time, Seconds(9));
    EXPECT_EQ(peer.keepalive, Seconds(3));
    EXPECT_THAT(peer.families, ElementsAre(bgp::Family::ipv4_unicast));
    EXPECT_EQ(instance.peer_names.at(peer.address), "tor-switch");
    ASSERT_THAT(instance.routes, SizeIs(1));
    EXPECT_EQ(instance.routes[0].prefix, *Prefix::parse("172.20.2.0/24"));
    EXPECT_THAT(instance.routes[0].peers, ElementsAre(peer.address));
    EXPECT_FALSE(instance.routes[0].med.has_value());
}

TEST(Desired, TheSameSnapshotGivesTheSame) {
    const auto snapshot = snapshot_of(kNode, kCluster, kPeerConfig, kAdvertisement);
    const Desired one = desired(snapshot, {"n1"});
    const Desired other = desired(snapshot, {"n1"});
    EXPECT_EQ(one.instances.at("i").routes, other.instances.at("i").routes);
    EXPECT_EQ(one.instances.at("i").speaker.peers, other.instances.at("i").speaker.peers);
    EXPECT_EQ(one.conditions, other.conditions);
}

TEST(Desired, AnUnknownNodeIsTold) {
    const Desired wanted = desired(snapshot_of(kNode, kCluster, kPeerConfig), {"n2"});
    EXPECT_THAT(wanted.instances, IsEmpty());
    EXPECT_THAT(texts(wanted.conditions),
                ElementsAre("CiliumBGPNodeConfig/n2: cilium.io/BGPReconcileError: "
                            "there is no Node and no CiliumNode of this name"));
}

TEST(Desired, LabelsDecideWhetherTheNodeTakesPart) {
    std::string other(kNode);
    other.replace(other.find("bgp: \"true\""), 11, "bgp: \"false\"");
    const Desired wanted = desired(snapshot_of(other, kCluster, kPeerConfig), {"n1"});
    EXPECT_THAT(wanted.instances, IsEmpty());
    EXPECT_THAT(texts(wanted.conditions),
                ElementsAre("CiliumBGPClusterConfig/cluster: cilium.io/NoMatchingNode: "
                            "No node matches spec.nodeSelector"));
    const NodeSettings alone{.node = "n1", .has_all_nodes = false};
    EXPECT_THAT(texts(desired(snapshot_of(other, kCluster, kPeerConfig), alone).conditions),
                IsEmpty())
        << "who does not know the others cannot say so";
}

TEST(Desired, AMissingPeerConfigTakesOnlyItsPeerOut) {
    const Desired wanted = desired(snapshot_of(kNode, kCluster), {"n1"});
    ASSERT_THAT(wanted.instances, SizeIs(1));
    EXPECT_THAT(wanted.instances.at("i").speaker.peers, IsEmpty());
    EXPECT_THAT(texts(wanted.conditions),
                ElementsAre(HasSubstr("cilium.io/MissingPeerConfigs: Referenced "
                                      "CiliumBGPPeerConfig(s) are missing: [p]"),
                            HasSubstr("i: peer tor: CiliumBGPPeerConfig p is missing")));
}

TEST(Desired, AMissingAsnIsAnErrorAtRunTime) {
    std::string cluster(kCluster);
    cluster.erase(cluster.find("    localASN: 65001\n"), 20);
    const Desired wanted = desired(snapshot_of(kNode, cluster, kPeerConfig), {"n1"});
    EXPECT_THAT(wanted.instances, IsEmpty());
    EXPECT_THAT(texts(wanted.conditions),
                ElementsAre(HasSubstr("i: missing ASN in desired config")));
}

TEST(Desired, AnIpv6OnlyNodeNeedsARouterId) {
    std::string node(kNode);
    node.replace(node.find("192.0.2.1}"), 9, "'fd00::1'");
    const auto without = desired(snapshot_of(node, kCluster, kPeerConfig), {"n1"});
    EXPECT_THAT(without.instances, IsEmpty());
    EXPECT_THAT(texts(without.conditions), ElementsAre(HasSubstr("i: no router ID: ")));
    const auto with = desired(
        snapshot_of(node, kCluster, kPeerConfig,
                    "{apiVersion: cilium.io/v2, kind: CiliumBGPNodeConfigOverride, "
                    "metadata: {name: n1}, spec: {bgpInstances: [{name: i, routerID: 5.6.7.8}]}}"),
        {"n1"});
    ASSERT_THAT(with.instances, SizeIs(1));
    EXPECT_EQ(with.instances.at("i").speaker.router_id, bgp::RouterId(0x05060708));
}

TEST(Desired, TwoPeersMayNotShareAnAddress) {
    std::string cluster(kCluster);
    cluster.insert(cluster.find("---"), "    - {name: twin, peerAddress: 192.0.2.200}\n");
    const Desired wanted = desired(snapshot_of(kNode, cluster, kPeerConfig), {"n1"});
    EXPECT_THAT(wanted.instances.at("i").speaker.peers, SizeIs(1));
    EXPECT_EQ(wanted.instances.at("i").peer_names.at(address("192.0.2.200")), "tor");
    EXPECT_THAT(texts(wanted.conditions),
                ElementsAre(HasSubstr("i: peer twin: peer tor has address 192.0.2.200, too")));
}

// Every start counts as a restart then; nothing has to be selected, so nobody is waited for.
TEST(Desired, GracefulRestartOfAnyPeerMakesTheSpeakerARestartingOne) {
    const auto plain = desired(snapshot_of(kNode, kCluster, kPeerConfig), {"n1"});
    EXPECT_FALSE(plain.instances.at("i").speaker.after_restart);
    std::string graceful(kPeerConfig);
    graceful.insert(graceful.find("  families"), "  gracefulRestart: {enabled: true}\n");
    const auto wanted = desired(snapshot_of(kNode, kCluster, graceful), {"n1"});
    EXPECT_TRUE(wanted.instances.at("i").speaker.after_restart);
    EXPECT_EQ(wanted.instances.at("i").speaker.selection_deferral, Seconds(0));
    EXPECT_TRUE(wanted.instances.at("i").speaker.peers[0].graceful_restart.restarting);
}

TEST(Desired, FamiliesOfTheSpeakerAreThoseOfItsPeers) {
    const auto only_v4 = desired(snapshot_of(kNode, kCluster, kPeerConfig), {"n1"});
    ASSERT_THAT(only_v4.instances.at("i").speaker.families, SizeIs(1));
    EXPECT_EQ(only_v4.instances.at("i").speaker.families[0].family, bgp::Family::ipv4_unicast);
    // A peer without peerConfigRef has both, and gets nothing.
    std::string cluster(kCluster);
    cluster.erase(cluster.find(", peerConfigRef: {name: p}"), 26);
    const auto both = desired(snapshot_of(kNode, cluster, kAdvertisement), {"n1"});
    EXPECT_THAT(both.instances.at("i").speaker.families, SizeIs(2));
    EXPECT_THAT(both.instances.at("i").routes, IsEmpty());
}

TEST(Desired, ThePasswordOfASessionIsInASecret) {
    std::string with_auth(kPeerConfig);
    with_auth.insert(with_auth.find("  families:"), "  authSecretRef: bgp-auth\n");
    const std::string secret =
        "{apiVersion: v1, kind: Secret, metadata: {name: bgp-auth, namespace: kube-system}, "
        "stringData: {password: hunter2}}\n---\n";
    const auto snapshot = snapshot_of(kNode, kCluster, with_auth, secret);
    const Desired wanted = desired(snapshot, {"n1"});
    EXPECT_THAT(wanted.conditions, IsEmpty());
    ASSERT_THAT(wanted.instances.at("i").speaker.peers, SizeIs(1));
    EXPECT_EQ(wanted.instances.at("i").speaker.peers[0].password, "hunter2");

    const Desired elsewhere = desired(snapshot, {.node = "n1", .secrets_namespace = "bgp"});
    EXPECT_THAT(elsewhere.instances.at("i").speaker.peers, IsEmpty());
    EXPECT_THAT(texts(elsewhere.conditions),
                ElementsAre("CiliumBGPPeerConfig/p: cilium.io/MissingAuthSecret: Referenced Auth "
                            "Secret is missing: bgp/bgp-auth",
                            "CiliumBGPNodeConfig/n1: cilium.io/BGPReconcileError: i: peer tor: "
                            "authSecretRef: Secret bgp/bgp-auth is missing, so there is no "
                            "session"));
}

}  // namespace
}  // namespace torii::reconcile
