// Every field that the definitions of the resources have means something: another value of it leads
// to something else. Who adds a field to a definition adds its row here.
#include "agent/ipam/allocator.h"
#include "agent/kube/yaml.h"
#include "agent/reconcile/cluster_config.h"
#include "tests/unit/agent/reconcile/cluster.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace torii::reconcile {
namespace {

namespace json = boost::json;

constexpr std::string_view kEverything = R"(
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {bgp: "true", rack: r1}}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: n1}
spec:
  ipam:
    podCIDRs: [10.1.0.0/24]
    pools: {allocated: [{pool: green, cidrs: [10.2.0.0/24]}]}
---
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata: {name: cluster}
spec:
  nodeSelector: {matchLabels: {bgp: "true"}, matchExpressions: [{key: rack, operator: In, values: [r1]}]}
  bgpInstances:
  - name: first
    localASN: 65001
    localPort: 1790
    peers:
    - {name: tor, peerASN: 65000, peerAddress: 192.0.2.200, peerConfigRef: {name: settings}}
    - {name: gateway, peerASN: 65000, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}}
---
apiVersion: cilium.io/v2
kind: CiliumBGPNodeConfigOverride
metadata: {name: n1}
spec:
  bgpInstances:
  - name: first
    localASN: 65002
    localPort: 1791
    routerID: 1.2.3.4
    peers: [{name: tor, localAddress: 192.0.2.3, localPort: 1792}]
---
apiVersion: cilium.io/v2
kind: CiliumBGPNodeConfig
metadata: {name: n2}
spec:
  bgpInstances:
  - name: second
    localASN: 65003
    localPort: 1793
    routerID: 1.2.3.5
    peers:
    - {name: spine, peerASN: 65100, peerAddress: 192.0.2.201, localAddress: 192.0.2.4, peerConfigRef: {name: settings}}
    - {name: exit, peerASN: 65101, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata: {name: settings}
spec:
  transport: {peerPort: 1794}
  timers: {connectRetryTimeSeconds: 11, holdTimeSeconds: 12, keepAliveTimeSeconds: 4}
  authSecretRef: key
  gracefulRestart: {enabled: true, restartTimeSeconds: 13}
  ebgpMultihop: 14
  families:
  - {afi: ipv4, safi: unicast, advertisements: {matchLabels: {advertise: bgp}, matchExpressions: [{key: zone, operator: In, values: [z1]}]}}
  - {afi: ipv6, safi: unicast, advertisements: {matchExpressions: [{key: advertise, operator: Exists}]}}
---
apiVersion: cilium.io/v2
kind: CiliumBGPPeerConfig
metadata: {name: sourced}
spec: {transport: {sourceInterface: eth1}}
---
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata: {name: zz-sourced}
spec:
  nodeSelector: {matchLabels: {rack: r3}}
  bgpInstances: [{name: third, localASN: 65009, peers: [{name: s, peerAddress: 192.0.2.202, peerConfigRef: {name: sourced}}]}]
---
apiVersion: v1
kind: Node
metadata: {name: n3, labels: {rack: r3}}
status: {addresses: [{type: InternalIP, address: 192.0.2.30}]}
---
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: n3}
spec: {addresses: [{type: InternalIP, ip: 192.0.2.31}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: kube-system}
stringData: {password: secret}
---
apiVersion: cilium.io/v2
kind: CiliumBGPAdvertisement
metadata: {name: all, labels: {advertise: bgp, zone: z1}}
spec:
  advertisements:
  - advertisementType: PodCIDR
    attributes:
      communities: {standard: ["65000:1"], wellKnown: [no-export], large: ["1:2:3"]}
      localPreference: 150
  - advertisementType: CiliumPodIPPool
    selector: {matchLabels: {color: green}, matchExpressions: [{key: color, operator: In, values: [green]}]}
  - advertisementType: Service
    service: {addresses: [LoadBalancerIP], aggregationLengthIPv4: 28}
    selector: {matchLabels: {app: web}}
  - advertisementType: Service
    service: {addresses: [ClusterIP], aggregationLengthIPv6: 120}
    selector: {matchLabels: {app: six}}
  - advertisementType: Interface
    interface: {name: eth0}
---
apiVersion: cilium.io/v2
kind: CiliumPodIPPool
metadata: {name: green, labels: {color: green}}
spec: {ipv4: {cidrs: [10.2.0.0/16], maskSize: 24}, ipv6: {cidrs: ["fd00:2::/104"], maskSize: 112}}
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: pool}
spec:
  disabled: false
  allowFirstLastIPs: "No"
  blocks: [{cidr: 172.16.1.0/24}]
  serviceSelector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: In, values: [web]}]}
---
apiVersion: cilium.io/v2
kind: CiliumLoadBalancerIPPool
metadata: {name: ranges}
spec: {blocks: [{start: 172.16.2.1, stop: 172.16.2.9}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: d, labels: {app: web}}
spec: {type: LoadBalancer}
status: {loadBalancer: {ingress: [{ip: 172.16.1.7}]}}
---
apiVersion: v1
kind: Service
metadata: {name: without, namespace: d, labels: {app: web}}
spec: {type: LoadBalancer}
---
apiVersion: v1
kind: Service
metadata: {name: six, namespace: d, labels: {app: six}}
spec: {clusterIPs: ["fd00:9::1"]}
)";

struct Row {
    const char* path;
    const char* text;  // of kEverything
    const char* other;
};

constexpr Row kRows[] = {
    {"CiliumBGPClusterConfig.nodeSelector.matchLabels", "matchLabels: {bgp: \"true\"}",
     "matchLabels: {bgp: \"no\"}"},
    {"CiliumBGPClusterConfig.nodeSelector.matchExpressions[].key", "key: rack,", "key: row,"},
    {"CiliumBGPClusterConfig.nodeSelector.matchExpressions[].operator", "rack, operator: In",
     "rack, operator: NotIn"},
    {"CiliumBGPClusterConfig.nodeSelector.matchExpressions[].values[]", "values: [r1]",
     "values: [r2]"},
    {"CiliumBGPClusterConfig.bgpInstances[].name", "- name: first\n    localASN: 65001",
     "- name: other\n    localASN: 65001"},
    {"CiliumBGPClusterConfig.bgpInstances[].localASN", "localASN: 65009", "localASN: 65010"},
    {"CiliumBGPClusterConfig.bgpInstances[].localPort", "localASN: 65009",
     "localPort: 99, localASN: 65009"},
    {"CiliumBGPClusterConfig.bgpInstances[].peers[].name", "- {name: gateway", "- {name: door"},
    {"CiliumBGPClusterConfig.bgpInstances[].peers[].peerAddress", "192.0.2.200", "192.0.2.210"},
    {"CiliumBGPClusterConfig.bgpInstances[].peers[].peerASN", "peerASN: 65000, peerAddress",
     "peerASN: 65007, peerAddress"},
    {"CiliumBGPClusterConfig.bgpInstances[].peers[].autoDiscovery.mode",
     "peerASN: 65000, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}",
     "peerASN: 65000"},
    {"CiliumBGPClusterConfig.bgpInstances[].peers[].autoDiscovery.defaultGateway.addressFamily",
     "peerASN: 65000, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}",
     "peerASN: 65000, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: "
     "ipv6}}"},
    {"CiliumBGPClusterConfig.bgpInstances[].peers[].peerConfigRef.name",
     "peerConfigRef: {name: sourced}", "peerConfigRef: {name: absent}"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].name", "- name: first\n    localASN: 65002",
     "- name: other\n    localASN: 65002"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].localASN", "localASN: 65002", "localASN: 65012"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].localPort", "localPort: 1791", "localPort: 1781"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].routerID", "1.2.3.4", "4.3.2.1"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].peers[].name", "peers: [{name: tor,",
     "peers: [{name: gateway,"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].peers[].localAddress", "192.0.2.3,",
     "192.0.2.13,"},
    {"CiliumBGPNodeConfigOverride.bgpInstances[].peers[].localPort", ", localPort: 1792", ""},
    {"CiliumBGPNodeConfig.bgpInstances[].name", "name: second", "name: other"},
    {"CiliumBGPNodeConfig.bgpInstances[].localASN", "localASN: 65003", "localASN: 65013"},
    {"CiliumBGPNodeConfig.bgpInstances[].localPort", "localPort: 1793", "localPort: 1783"},
    {"CiliumBGPNodeConfig.bgpInstances[].routerID", "1.2.3.5", "5.3.2.1"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].name", "name: spine", "name: leaf"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].peerAddress", "192.0.2.201", "192.0.2.211"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].peerASN", "65100", "65110"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].autoDiscovery.mode",
     "65101, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}",
     "65101"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].autoDiscovery.defaultGateway.addressFamily",
     "65101, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv4}}",
     "65101, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv6}}"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].peerConfigRef.name",
     "localAddress: 192.0.2.4, peerConfigRef: {name: settings}",
     "localAddress: 192.0.2.4, peerConfigRef: {name: absent}"},
    {"CiliumBGPNodeConfig.bgpInstances[].peers[].localAddress", "192.0.2.4,", "192.0.2.14,"},
    {"CiliumBGPPeerConfig.transport.peerPort", "1794", "1784"},
    {"CiliumBGPPeerConfig.transport.sourceInterface", "sourceInterface: eth1",
     "sourceInterface: eth0"},
    {"CiliumBGPPeerConfig.timers.connectRetryTimeSeconds", "Seconds: 11", "Seconds: 21"},
    {"CiliumBGPPeerConfig.timers.holdTimeSeconds", "holdTimeSeconds: 12", "holdTimeSeconds: 22"},
    {"CiliumBGPPeerConfig.timers.keepAliveTimeSeconds", "keepAliveTimeSeconds: 4",
     "keepAliveTimeSeconds: 5"},
    {"CiliumBGPPeerConfig.authSecretRef", "authSecretRef: key", "authSecretRef: absent"},
    {"CiliumBGPPeerConfig.gracefulRestart.enabled", "enabled: true", "enabled: false"},
    {"CiliumBGPPeerConfig.gracefulRestart.restartTimeSeconds", "Seconds: 13", "Seconds: 23"},
    {"CiliumBGPPeerConfig.ebgpMultihop", "ebgpMultihop: 14", "ebgpMultihop: 24"},
    {"CiliumBGPPeerConfig.families[].afi", "afi: ipv4", "afi: ipv6"},
    {"CiliumBGPPeerConfig.families[].safi", "safi: unicast", "safi: multicast"},
    {"CiliumBGPPeerConfig.families[].advertisements.matchLabels", "matchLabels: {advertise: bgp}",
     "matchLabels: {advertise: other}"},
    {"CiliumBGPPeerConfig.families[].advertisements.matchExpressions[].key", "key: zone",
     "key: area"},
    {"CiliumBGPPeerConfig.families[].advertisements.matchExpressions[].operator",
     "zone, operator: In", "zone, operator: NotIn"},
    {"CiliumBGPPeerConfig.families[].advertisements.matchExpressions[].values[]", "values: [z1]",
     "values: [z2]"},
    {"CiliumBGPAdvertisement.advertisements[].advertisementType", "advertisementType: PodCIDR",
     "advertisementType: Later"},
    {"CiliumBGPAdvertisement.advertisements[].service.addresses[]", "[LoadBalancerIP]",
     "[ExternalIP]"},
    {"CiliumBGPAdvertisement.advertisements[].service.aggregationLengthIPv4", "IPv4: 28",
     "IPv4: 29"},
    {"CiliumBGPAdvertisement.advertisements[].service.aggregationLengthIPv6", "IPv6: 120",
     "IPv6: 121"},
    {"CiliumBGPAdvertisement.advertisements[].interface.name", "interface: {name: eth0}",
     "interface: {name: eth1}"},
    {"CiliumBGPAdvertisement.advertisements[].selector.matchLabels",
     "{matchLabels: {app: web}}\n  -", "{matchLabels: {app: other}}\n  -"},
    {"CiliumBGPAdvertisement.advertisements[].selector.matchExpressions[].key", "key: color",
     "key: shade"},
    {"CiliumBGPAdvertisement.advertisements[].selector.matchExpressions[].operator",
     "color, operator: In", "color, operator: NotIn"},
    {"CiliumBGPAdvertisement.advertisements[].selector.matchExpressions[].values[]",
     "values: [green]", "values: [red]"},
    {"CiliumBGPAdvertisement.advertisements[].attributes.communities.standard[]", "65000:1",
     "65000:2"},
    {"CiliumBGPAdvertisement.advertisements[].attributes.communities.wellKnown[]", "no-export",
     "no-peer"},
    {"CiliumBGPAdvertisement.advertisements[].attributes.communities.large[]", "1:2:3", "1:2:4"},
    {"CiliumBGPAdvertisement.advertisements[].attributes.localPreference", "150", "160"},
    {"CiliumLoadBalancerIPPool.disabled", "disabled: false", "disabled: true"},
    {"CiliumLoadBalancerIPPool.allowFirstLastIPs", "\"No\"", "\"Yes\""},
    {"CiliumLoadBalancerIPPool.blocks[].cidr", "172.16.1.0/24", "172.16.1.0/25"},
    {"CiliumLoadBalancerIPPool.blocks[].start", "start: 172.16.2.1", "start: 172.16.2.2"},
    {"CiliumLoadBalancerIPPool.blocks[].stop", "stop: 172.16.2.9", "stop: 172.16.2.8"},
    {"CiliumLoadBalancerIPPool.serviceSelector.matchLabels", "matchLabels: {app: web}, m",
     "matchLabels: {app: other}, m"},
    {"CiliumLoadBalancerIPPool.serviceSelector.matchExpressions[].key", "key: app", "key: use"},
    {"CiliumLoadBalancerIPPool.serviceSelector.matchExpressions[].operator", "app, operator: In",
     "app, operator: NotIn"},
    {"CiliumLoadBalancerIPPool.serviceSelector.matchExpressions[].values[]", "values: [web]",
     "values: [other]"},
    {"CiliumNode.addresses[].type", "type: InternalIP, ip", "type: ExternalIP, ip"},
    {"CiliumNode.addresses[].ip", "ip: 192.0.2.31}", "ip: 192.0.2.32}"},
    {"CiliumNode.ipam.podCIDRs[]", "10.1.0.0/24", "10.1.1.0/24"},
    {"CiliumNode.ipam.pools.allocated[].pool", "pool: green", "pool: red"},
    {"CiliumNode.ipam.pools.allocated[].cidrs[]", "10.2.0.0/24", "10.2.1.0/24"},
};

// Fields that are checked and have no effect, and why.
const std::map<std::string, std::string> kNoEffect{
    {"CiliumPodIPPool.ipv4.cidrs[]", "what nodes have of a pool is in their CiliumNode"},
    {"CiliumPodIPPool.ipv4.maskSize", "the same"},
    {"CiliumPodIPPool.ipv6.cidrs[]", "the same"},
    {"CiliumPodIPPool.ipv6.maskSize", "the same"},
};

// The fields below a schema, as paths.
void add_fields(const json::object& schema, const std::string& path,
                std::set<std::string>& fields) {
    const json::value* properties = schema.if_contains("properties");
    if (properties != nullptr) {
        for (const auto& property : properties->as_object()) {
            add_fields(property.value().as_object(), path + "." + std::string(property.key()),
                       fields);
        }
    } else if (const json::value* items = schema.if_contains("items")) {
        add_fields(items->as_object(), path + "[]", fields);
    } else {
        fields.insert(path);
    }
}

std::set<std::string> defined_fields() {
    std::set<std::string> fields;
    for (const auto& entry : std::filesystem::directory_iterator(TORII_CRDS_DIR)) {
        std::ifstream file(entry.path());
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const std::vector<json::value> documents = kube::parse_yaml(text).value();
        for (const json::value& document : documents) {
            const std::string kind(document.at("spec").at("names").at("kind").as_string());
            const json::value& schema = document.at("spec").at("versions").at(0).at("schema");
            const json::value* spec =
                schema.at("openAPIV3Schema").at("properties").as_object().if_contains("spec");
            if (spec != nullptr) add_fields(spec->as_object(), kind, fields);
        }
    }
    return fields;
}

struct Outcome {
    using Instance = std::tuple<bgp::Asn, bgp::RouterId, std::uint16_t,
                                std::vector<bgp::PeerConfig>, std::map<IpAddress, std::string>,
                                std::vector<speaker::LocalRoute>, std::vector<ExportStatement>>;
    std::map<std::string, Instance> instances;
    Conditions conditions;
    NodeConfigChanges changes;
    ipam::Assignment assignment;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome(const std::string& manifests) {
    const model::Snapshot snapshot = snapshot_of(manifests);
    Outcome outcome;
    for (const char* node : {"n1", "n2", "n3"}) {
        NodeSettings settings{node};
        settings.default_gateways = {{IpFamily::v4, *IpAddress::parse("192.0.2.254")}};
        settings.interfaces = {{"eth0", {}, true, {*IpAddress::parse("203.0.113.1")}},
                               {"eth1", {}, true, {*IpAddress::parse("203.0.113.2")}}};
        Desired wanted = desired(snapshot, settings);
        for (auto& [name, instance] : wanted.instances) {
            outcome.instances[std::string(node) + "/" + name] = {
                instance.speaker.as,    instance.speaker.router_id, instance.speaker.listen_port,
                instance.speaker.peers, instance.peer_names,        instance.routes,
                instance.statements};
        }
        std::ranges::move(wanted.conditions, std::back_inserter(outcome.conditions));
    }
    outcome.changes = node_config_changes(snapshot);
    outcome.assignment = ipam::assign(snapshot, {});
    return outcome;
}

// In the cluster configuration alone; what a NodeConfig of the same text says is another matter.
std::string replaced(const Row& row) {
    std::string all(kEverything);
    const std::size_t at = all.find(row.text);
    if (at == std::string::npos) ADD_FAILURE() << row.path << ": " << row.text << " is not there";
    all.replace(std::min(at, all.size()), std::string_view(row.text).size(), row.other);
    return all;
}

TEST(Fields, AllAreKnownHere) {
    std::set<std::string> known;
    for (const Row& row : kRows) EXPECT_TRUE(known.insert(row.path).second) << row.path;
    for (const auto& [path, why] : kNoEffect) EXPECT_TRUE(known.insert(path).second) << path;
    EXPECT_EQ(known, defined_fields());
}

TEST(Fields, AnotherValueLeadsToSomethingElse) {
    const Outcome before = outcome(std::string(kEverything));
    for (const Row& row : kRows) EXPECT_NE(outcome(replaced(row)), before) << row.path;
}

}  // namespace
}  // namespace torii::reconcile
