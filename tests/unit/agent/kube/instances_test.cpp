// CiliumBGPClusterConfig, CiliumBGPNodeConfig and CiliumBGPNodeConfigOverride: lists of instances.
#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string resource(std::string_view kind, std::string_view spec) {
    return fmt::format("apiVersion: cilium.io/v2\nkind: {}\nmetadata: {{name: c}}\nspec: {}\n",
                       kind, spec);
}

model::BgpClusterConfig good(std::string_view spec) {
    test::Decoded decoded = test::decoded(resource("CiliumBGPClusterConfig", spec));
    EXPECT_THAT(decoded.problems, IsEmpty()) << spec;
    return decoded.snapshot.cluster_configs["c"];
}

std::string problem(std::string_view spec) {
    const test::Decoded decoded = test::decoded(resource("CiliumBGPClusterConfig", spec));
    EXPECT_THAT(decoded.snapshot.cluster_configs, IsEmpty()) << spec;
    if (decoded.problems.size() == 1) return decoded.problems[0];
    ADD_FAILURE() << decoded.problems.size() << " problems: " << spec;
    return {};
}

std::string with_peer(std::string_view peer) {
    return fmt::format("{{bgpInstances: [{{name: i, peers: [{{{}}}]}}]}}", peer);
}

TEST(ClusterConfig, EveryFieldIsRead) {
    const model::BgpClusterConfig config = good(R"(
  nodeSelector: {matchLabels: {enable-bgp: "true"}}
  bgpInstances:
  - name: instance-65001
    localASN: 65001
    localPort: 1179
    peers:
    - name: tor-switch
      peerASN: 65000
      peerAddress: 192.168.10.200
      peerConfigRef: {name: cilium-peer}
    - name: gateway
      autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}
)");
    EXPECT_TRUE(config.node_selector->matches({{"enable-bgp", "true"}}));
    ASSERT_EQ(config.instances.size(), 1U);
    const model::BgpInstance& instance = config.instances[0];
    EXPECT_EQ(instance.name, "instance-65001");
    EXPECT_EQ(instance.local_as, bgp::Asn(65001));
    EXPECT_EQ(instance.local_port, 1179);
    ASSERT_EQ(instance.peers.size(), 2U);
    EXPECT_EQ(instance.peers[0].name, "tor-switch");
    EXPECT_EQ(instance.peers[0].peer_as, bgp::Asn(65000));
    EXPECT_EQ(instance.peers[0].peer_address->address, *IpAddress::parse("192.168.10.200"));
    EXPECT_EQ(instance.peers[0].peer_config, "cilium-peer");
    EXPECT_EQ(instance.peers[1].default_gateway, IpFamily::v4);
    EXPECT_FALSE(instance.peers[1].peer_address.has_value());
}

TEST(ClusterConfig, DefaultsOfThePeer) {
    const model::BgpClusterConfig config = good(with_peer("name: p, peerAddress: '2001:db8::1'"));
    EXPECT_FALSE(config.node_selector.has_value());
    EXPECT_FALSE(config.instances[0].local_as.has_value());
    EXPECT_FALSE(config.instances[0].local_port.has_value());
    EXPECT_EQ(config.instances[0].peers[0].peer_as, bgp::Asn(0));
    EXPECT_THAT(config.instances[0].peers[0].peer_config, IsEmpty());
}

TEST(ClusterConfig, AddressesMayHaveAZoneInIpv6Only) {
    const auto config = good(with_peer("name: p, peerAddress: 'fe80::1%eth0'"));
    EXPECT_EQ(config.instances[0].peers[0].peer_address->zone, "eth0");
    for (const char* wrong : {"192.0.2.1%eth0", "fe80::1%", "tor", "192.0.2.256", ""}) {
        EXPECT_THAT(problem(with_peer(fmt::format("name: p, peerAddress: '{}'", wrong))),
                    HasSubstr("spec.bgpInstances[0].peers[0].peerAddress: Invalid value: "))
            << wrong;
    }
}

TEST(ClusterConfig, NumbersHaveBounds) {
    EXPECT_THAT(problem("{bgpInstances: [{name: i, localASN: 0}]}"),
                HasSubstr("spec.bgpInstances[0].localASN: Invalid value: 0: should be greater"));
    EXPECT_THAT(problem("{bgpInstances: [{name: i, localASN: 4294967296}]}"),
                HasSubstr("localASN: Invalid value: 4294967296: should be less than"));
    EXPECT_THAT(problem("{bgpInstances: [{name: i, localPort: 65536}]}"),
                HasSubstr("localPort: Invalid value: 65536"));
    EXPECT_THAT(problem(with_peer("name: p, peerASN: -1")),
                HasSubstr("peers[0].peerASN: Invalid value: -1"));
}

TEST(ClusterConfig, NamesAreRequiredAndUnique) {
    EXPECT_THAT(problem("{bgpInstances: [{localASN: 1}]}"),
                HasSubstr("spec.bgpInstances[0].name: Required value"));
    EXPECT_THAT(problem("{bgpInstances: [{name: ''}]}"),
                HasSubstr("name: Invalid value: \"\": should be at least 1 character long"));
    EXPECT_THAT(problem(fmt::format("{{bgpInstances: [{{name: {}}}]}}", std::string(256, 'n'))),
                HasSubstr("name: Too long: may not be more than 255 characters"));
    EXPECT_THAT(problem("{bgpInstances: [{name: i}, {name: i}]}"),
                HasSubstr("spec.bgpInstances[1]: Duplicate value: {\"name\":\"i\"}"));
    EXPECT_THAT(problem("{bgpInstances: [{name: i, peers: [{name: p}, {name: p}]}]}"),
                HasSubstr("spec.bgpInstances[0].peers[1]: Duplicate value: {\"name\":\"p\"}"));
}

TEST(ClusterConfig, OneToSixteenInstances) {
    EXPECT_THAT(problem("{}"), HasSubstr("spec.bgpInstances: Required value"));
    EXPECT_THAT(problem("{bgpInstances: []}"), HasSubstr("should have at least 1 items"));
    std::string list = "{name: i0}";
    for (int index = 1; index < 16; ++index) list += fmt::format(", {{name: i{}}}", index);
    EXPECT_EQ(good("{bgpInstances: [" + list + "]}").instances.size(), 16U);
    EXPECT_THAT(problem("{bgpInstances: [" + list + ", {name: i16}]}"),
                HasSubstr("spec.bgpInstances: Too many: 17: must have at most 16 items"));
}

TEST(ClusterConfig, AutoDiscoveryIsChecked) {
    EXPECT_THAT(problem(with_peer("name: p, autoDiscovery: {}")),
                HasSubstr("autoDiscovery.mode: Required value"));
    EXPECT_THAT(problem(with_peer("name: p, autoDiscovery: {mode: Magic}")),
                HasSubstr("autoDiscovery.mode: Unsupported value: \"Magic\""));
    EXPECT_THAT(problem(with_peer("name: p, autoDiscovery: {mode: DefaultGateway, "
                                  "defaultGateway: {addressFamily: ip}}")),
                HasSubstr("defaultGateway.addressFamily: Unsupported value: \"ip\""));
}

TEST(ClusterConfig, PeerConfigReference) {
    EXPECT_THAT(problem(with_peer("name: p, peerConfigRef: {}")),
                HasSubstr("peers[0].peerConfigRef.name: Required value"));
    // v2alpha1 has group and kind, with one value each that means anything.
    EXPECT_EQ(good(with_peer("name: p, peerConfigRef: {group: cilium.io, "
                             "kind: CiliumBGPPeerConfig, name: r}"))
                  .instances[0]
                  .peers[0]
                  .peer_config,
              "r");
    EXPECT_THAT(problem(with_peer("name: p, peerConfigRef: {group: other.io, name: r}")),
                HasSubstr("peerConfigRef.group: Unsupported value"));
}

TEST(NodeConfig, CarriesRouterIdAndLocalAddress) {
    test::Decoded decoded =
        test::decoded(resource("CiliumBGPNodeConfig",
                               "{bgpInstances: [{name: i, localASN: 1, routerID: 5.6.7.8, "
                               "peers: [{name: p, localAddress: 'fd00::1'}]}]}"));
    EXPECT_THAT(decoded.problems, IsEmpty());
    const model::BgpNodeConfig& config = decoded.snapshot.node_configs["c"];
    ASSERT_EQ(config.instances.size(), 1U);
    EXPECT_EQ(config.instances[0].router_id, *IpAddress::parse("5.6.7.8"));
    EXPECT_EQ(config.instances[0].peers[0].local_address, *IpAddress::parse("fd00::1"));
}

TEST(NodeConfigOverride, RouterIdIsAnIpv4AddressButNotZero) {
    for (const char* wrong : {"0.0.0.0", "::1", "router"}) {
        const test::Decoded decoded = test::decoded(
            resource("CiliumBGPNodeConfigOverride",
                     fmt::format("{{bgpInstances: [{{name: i, routerID: '{}'}}]}}", wrong)));
        EXPECT_THAT(decoded.problems,
                    ElementsAre(HasSubstr("spec.bgpInstances[0].routerID: Invalid value: ")))
            << wrong;
        EXPECT_THAT(decoded.snapshot.overrides, IsEmpty());
    }
}

TEST(NodeConfigOverride, EveryFieldIsRead) {
    test::Decoded decoded = test::decoded(
        resource("CiliumBGPNodeConfigOverride",
                 "{bgpInstances: [{name: i, localASN: 65010, localPort: 179, routerID: 1.2.3.4, "
                 "peers: [{name: p, localAddress: 192.0.2.7, localPort: 5}]}]}"));
    EXPECT_THAT(decoded.problems, IsEmpty());
    const model::BgpInstance& instance = decoded.snapshot.overrides["c"].instances.at(0);
    EXPECT_EQ(instance.local_as, bgp::Asn(65010));
    EXPECT_EQ(instance.local_port, 179);
    EXPECT_EQ(instance.router_id, *IpAddress::parse("1.2.3.4"));
    EXPECT_EQ(instance.peers[0].local_address, *IpAddress::parse("192.0.2.7"));
}

}  // namespace
}  // namespace torii::kube
