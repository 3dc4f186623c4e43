// What the node itself adds to what the resources say: interfaces, annotations, addresses.
#include "agent/reconcile/interfaces.h"
#include "agent/reconcile/ip_cache.h"
#include "agent/reconcile/virtual_router.h"
#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

model::Interface interface(const std::string& name, std::vector<const char*> addresses,
                           bool up = true) {
    model::Interface made{name, MacAddress{{2, 0, 10, 11, 12, 13}}, up, {}};
    for (const char* address : addresses) made.addresses.push_back(*IpAddress::parse(address));
    return made;
}

NodeSettings settings(std::vector<model::Interface> interfaces) {
    NodeSettings settings{"n1"};
    settings.interfaces = std::move(interfaces);
    return settings;
}

std::vector<std::string> prefixes(const Desired& wanted) {
    std::vector<std::string> prefixes;
    for (const auto& route : wanted.instances.at("i").routes) {
        prefixes.push_back(route.prefix.to_string());
    }
    return prefixes;
}

const std::string kInterfaceAdvertisement =
    "{apiVersion: cilium.io/v2, kind: CiliumBGPAdvertisement, metadata: {name: a, labels: "
    "{advertise: bgp}}, spec: {advertisements: [{advertisementType: Interface, interface: {name: "
    "lo}, attributes: {communities: {standard: ['65000:1']}}}]}}\n---\n";

TEST(InterfaceAdvertisement, EachAddressThatOthersCanReach) {
    std::string both(kPeerConfig);
    both.insert(
        both.find("---"),
        "  - {afi: ipv6, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}\n");
    const auto snapshot = snapshot_of(kNode, kCluster, both, kInterfaceAdvertisement);
    EXPECT_TRUE(wants_interfaces(snapshot, "n1"));
    const auto at = [&](bool up) {
        return desired(snapshot,
                       settings({interface("lo",
                                           {"127.0.0.1", "192.0.2.50", "203.0.113.7", "::1",
                                            "2001:db8::7", "fe80::7", "::ffff:192.0.2.9"},
                                           up),
                                 interface("eth0", {"192.0.2.1"})}));
    };
    const Desired wanted = at(true);
    EXPECT_THAT(prefixes(wanted),
                ElementsAre("192.0.2.50/32", "203.0.113.7/32", "2001:db8::7/128"));
    const auto& statements = wanted.instances.at("i").statements;
    ASSERT_EQ(statements.size(), 2U);
    EXPECT_EQ(statements[0].name, "Interface-lo-ipv4");
    EXPECT_THAT(statements[0].attributes.communities, ElementsAre(0xFDE80001));
    EXPECT_THAT(prefixes(at(false)), IsEmpty());
}

TEST(SourceInterface, GivesSessionsItsAddress) {
    std::string sourced(kPeerConfig);
    sourced.replace(sourced.find("spec:"), 5, "spec:\n  transport: {sourceInterface: dum0}");
    const auto snapshot = snapshot_of(kNode, kCluster, sourced);
    EXPECT_TRUE(wants_interfaces(snapshot, "n1"));
    const auto with = [&](std::vector<const char*> addresses) {
        return desired(snapshot, settings({interface("dum0", std::move(addresses))}));
    };
    const auto local = [](const Desired& wanted) {
        return wanted.instances.at("i").speaker.peers.at(0).local_address;
    };
    EXPECT_EQ(local(with({"192.0.2.77", "2001:db8::77"})), *IpAddress::parse("192.0.2.77"));
    EXPECT_EQ(local(with({"2001:db8::77"})), std::nullopt) << "the kernel chooses";
    const Desired two = with({"192.0.2.77", "192.0.2.78"});
    EXPECT_THAT(two.instances.at("i").speaker.peers, IsEmpty());
    EXPECT_THAT(texts(two.conditions).at(0),
                HasSubstr("i: peer tor: sourceInterface dum0 has 2 IPv4 addresses instead of one"));
}

std::string annotated(const std::string& text) {
    std::string node(kNode);
    node.replace(node.find("labels:"), 7,
                 "annotations: {cilium.io/bgp-virtual-router.65001: '" + text + "'}, labels:");
    return node;
}

TEST(VirtualRouter, TheAnnotationOfTheNode) {
    const auto wanted = [](const std::string& text) {
        return desired(snapshot_of(annotated(text), kCluster, kPeerConfig), {"n1"});
    };
    const Desired both = wanted("router-id=10.1.2.3,local-port=1179");
    EXPECT_EQ(both.instances.at("i").speaker.router_id, bgp::RouterId(0x0A010203));
    EXPECT_EQ(both.instances.at("i").speaker.listen_port, 1179);
    for (const char* wrong : {"router-id=fd00::1", "local-port=0", "local-port=x", "as=1"}) {
        const Desired none = wanted(wrong);
        EXPECT_THAT(none.instances, IsEmpty()) << wrong;
        EXPECT_THAT(texts(none.conditions).at(0),
                    HasSubstr("annotation cilium.io/bgp-virtual-router.65001"));
    }
}

TEST(RouterId, OfANodeWithoutIpv4IsOfItsMac) {
    std::string node(kNode);
    node.replace(node.find("address: 192.0.2.1"), 18, "address: 'fd00::1'");
    const auto snapshot = snapshot_of(node, kCluster, kPeerConfig);
    EXPECT_TRUE(wants_interfaces(snapshot, "n1"));
    EXPECT_THAT(desired(snapshot, {"n1"}).instances, IsEmpty());
    const Desired wanted = desired(
        snapshot, settings({interface("eth1", {"fd00::2"}), interface("eth0", {"fd00::1"})}));
    EXPECT_EQ(wanted.instances.at("i").speaker.router_id, bgp::RouterId(0x0A0B0C0D));
}

TEST(RouterId, IsWaitedForWhereControllersGiveIt) {
    NodeSettings given{"n1"};
    given.router_ids_given = true;
    const Desired wanted = desired(snapshot_of(kNode, kCluster, kPeerConfig), given);
    EXPECT_THAT(wanted.instances, IsEmpty());
    EXPECT_THAT(texts(wanted.conditions).at(0), HasSubstr("a controller has to give one"));
}

TEST(IpCache, SaysWhereAddressesAre) {
    const auto snapshot = snapshot_of(
        kNode,
        "{apiVersion: v1, kind: Node, metadata: {name: n2}, status: {addresses: [{type: "
        "InternalIP, address: 192.0.2.2}]}}\n---\n"
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: "
        "{name: s-1, namespace: d, labels: {kubernetes.io/service-name: s}}, endpoints: ["
        "{addresses: [10.0.1.5], nodeName: n1}, {addresses: [10.0.2.5], nodeName: n2}, "
        "{addresses: [10.0.3.5], nodeName: n3}, {addresses: [198.51.100.1]}]}\n---\n");
    std::map<std::string, IpCacheEntry> entries;
    for (const IpCacheEntry& entry : ip_cache(snapshot, "n1")) {
        entries.emplace(entry.prefix.to_string(), entry);
    }
    EXPECT_EQ(entries.size(), 7U) << "an endpoint outside the cluster is none of it";
    EXPECT_EQ(entries.at("0.0.0.0/0").identity, 2U);
    EXPECT_EQ(entries.at("192.0.2.1/32").identity, 1U);
    EXPECT_EQ(entries.at("192.0.2.2/32").identity, 6U);
    EXPECT_EQ(entries.at("10.0.1.5/32").node_address, "");
    EXPECT_EQ(entries.at("10.0.2.5/32").node_address, "192.0.2.2");
    EXPECT_EQ(entries.at("10.0.3.5/32").node_address, "n3");
    EXPECT_EQ(entries.at("10.0.1.5/32").identity, entries.at("10.0.2.5/32").identity);
    EXPECT_GE(entries.at("10.0.1.5/32").identity, 256U);
}

}  // namespace
}  // namespace torii::reconcile
