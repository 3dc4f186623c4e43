// Which address of a service is advertised when: the rows of the advertisement matrix.
#include "agent/reconcile/services.h"

#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

namespace torii::reconcile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kAll = "LoadBalancerIP, ClusterIP, ExternalIP";
constexpr std::string_view kLoadBalancer = "type: LoadBalancer, clusterIP: 10.96.0.1";
constexpr std::string_view kHere = "{addresses: [10.0.1.5], nodeName: n1}";
constexpr std::string_view kElsewhere = "{addresses: [10.0.2.5], nodeName: n2}";

std::string advertisement(std::string_view service, std::string_view selector = "{}",
                          std::string_view rest = "") {
    return fmt::format(
        "apiVersion: cilium.io/v2\nkind: CiliumBGPAdvertisement\n"
        "metadata: {{name: a, labels: {{advertise: bgp}}}}\n"
        "spec: {{advertisements: [{{advertisementType: Service, service: {{{}}}, "
        "selector: {}{}}}]}}\n---\n",
        service, selector, rest);
}

std::string addresses(std::string_view kinds) {
    return fmt::format("addresses: [{}]", kinds);
}

std::string service(std::string_view spec, std::string_view name = "s",
                    std::string_view ingress = "172.16.1.1") {
    return fmt::format(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {}, namespace: n, labels: {{app: {}}}}}\n"
        "spec: {{{}}}\nstatus: {{loadBalancer: {{ingress: [{{ip: '{}'}}]}}}}\n---\n",
        name, name, spec, ingress);
}

std::string slice(std::string_view endpoints, std::string_view name = "e") {
    return fmt::format(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
        "metadata: {{name: {}, namespace: n, labels: {{kubernetes.io/service-name: s}}}}\n"
        "addressType: IPv4\nendpoints: [{}]\n---\n",
        name, endpoints);
}

template <class... Texts>
Desired desired_with(const NodeSettings& settings, const Texts&... texts) {
    return desired(snapshot_of(kNode, kCluster, kPeerConfig, texts...), settings);
}

template <class... Texts>
std::vector<std::string> prefixes_with(const NodeSettings& settings, const Texts&... texts) {
    std::vector<std::string> prefixes;
    const Desired wanted = desired_with(settings, texts...);
    EXPECT_THAT(wanted.conditions, IsEmpty());
    for (const auto& route : wanted.instances.at("i").routes) {
        prefixes.push_back(route.prefix.to_string());
    }
    return prefixes;
}

template <class... Texts>
std::vector<std::string> prefixes(const Texts&... texts) {
    return prefixes_with({"n1"}, texts...);
}

// One row: a service with all kinds of addresses and its endpoints, and what is told of it.
struct Row {
    std::string_view why;
    std::string spec;
    std::string endpoints;
    std::vector<std::string> expected;
};

std::string balanced(std::string_view policies = "") {
    return fmt::format("{}, externalIPs: [192.0.2.9]{}", kLoadBalancer, policies);
}

const std::vector<std::string> kEvery{"10.96.0.1/32", "172.16.1.1/32", "192.0.2.9/32"};
constexpr std::string_view kExternalLocal = ", externalTrafficPolicy: Local";
constexpr std::string_view kInternalLocal = ", internalTrafficPolicy: Local";

std::string endpoint(std::string_view conditions) {
    return fmt::format("{{addresses: [10.0.1.5], nodeName: n1, conditions: {{{}}}}}", conditions);
}

const std::vector<Row> kRows{
    {"Cluster: even without an endpoint", balanced(), "", kEvery},
    {"Cluster: with an endpoint elsewhere", balanced(), std::string(kElsewhere), kEvery},
    {"Local: with an endpoint here", balanced(kExternalLocal), std::string(kHere), kEvery},
    {"external Local does not concern the cluster IP",
     balanced(kExternalLocal),
     std::string(kElsewhere),
     {"10.96.0.1/32"}},
    {"external Local without any endpoint", balanced(kExternalLocal), "", {"10.96.0.1/32"}},
    {"internal Local concerns only the cluster IP",
     balanced(kInternalLocal),
     std::string(kElsewhere),
     {"172.16.1.1/32", "192.0.2.9/32"}},
    {"internal Local with an endpoint here", balanced(kInternalLocal), std::string(kHere), kEvery},
    {"Local: an endpoint that terminates keeps no route, be it serving",
     balanced(kExternalLocal),
     endpoint("ready: false, serving: true, terminating: true"),
     {"10.96.0.1/32"}},
    {"Local: an endpoint that is not ready",
     balanced(kExternalLocal),
     endpoint("ready: false"),
     {"10.96.0.1/32"}},
    {"Local: an unknown readiness counts as ready", balanced(kExternalLocal), endpoint(""), kEvery},
    {"NodePort has no load balancer address",
     "type: NodePort, clusterIP: 10.96.0.1",
     "",
     {"10.96.0.1/32"}},
    {"ClusterIP with external addresses",
     "clusterIP: 10.96.0.1, externalIPs: [192.0.2.9]",
     "",
     {"10.96.0.1/32", "192.0.2.9/32"}},
    {"headless", "clusterIP: None", std::string(kHere), {}},
    {"ExternalName",
     "type: ExternalName, externalName: a.example, externalIPs: [192.0.2.9]",
     "",
     {}},
    {"our class", balanced(", loadBalancerClass: io.cilium/bgp-control-plane"), "", kEvery},
    {"a foreign class is only about the load balancer address",
     balanced(", loadBalancerClass: io.other/other"),
     "",
     {"10.96.0.1/32", "192.0.2.9/32"}},
};

TEST(Services, TheAdvertisementMatrix) {
    for (const Row& row : kRows) {
        EXPECT_EQ(prefixes(advertisement(addresses(kAll)), service(row.spec), slice(row.endpoints)),
                  row.expected)
            << row.why;
    }
}

TEST(Services, OnlyTheKindsOfAddressesThatAreListed) {
    const std::string all = service(balanced());
    EXPECT_THAT(prefixes(advertisement(addresses("LoadBalancerIP")), all),
                ElementsAre("172.16.1.1/32"));
    EXPECT_THAT(prefixes(advertisement(addresses("ClusterIP")), all), ElementsAre("10.96.0.1/32"));
    EXPECT_THAT(prefixes(advertisement(addresses("ExternalIP")), all), ElementsAre("192.0.2.9/32"));
}

TEST(Services, WithoutRoutableServicesThatHaveNoEndpointClusterNeedsOneAnywhere) {
    const NodeSettings strict{.node = "n1", .no_endpoints_routable = false};
    const std::string all = advertisement(addresses("LoadBalancerIP"));
    const std::string one = service(balanced());
    EXPECT_THAT(prefixes_with(strict, all, one), IsEmpty());
    EXPECT_THAT(prefixes_with(strict, all, one, slice(kElsewhere)), ElementsAre("172.16.1.1/32"));
    EXPECT_THAT(prefixes_with(strict, all, one, slice(endpoint("ready: true, terminating: true"))),
                IsEmpty());
}

TEST(Services, EndpointsOfAllSlicesCountTogether) {
    EXPECT_THAT(prefixes(advertisement(addresses("LoadBalancerIP")),
                         service(balanced(kExternalLocal)), slice(kElsewhere), slice(kHere, "f")),
                ElementsAre("172.16.1.1/32"));
}

TEST(Services, SelectedByLabelsNameAndNamespace) {
    const std::string two =
        service(kLoadBalancer, "s", "172.16.1.1") + service(kLoadBalancer, "t", "172.16.1.2");
    const auto selected = [&](std::string_view selector) {
        return prefixes(advertisement(addresses("LoadBalancerIP"), selector), two);
    };
    EXPECT_THAT(selected("{}"), ElementsAre("172.16.1.1/32", "172.16.1.2/32"));
    EXPECT_THAT(selected("null"), IsEmpty()) << "no selector selects nothing";
    EXPECT_THAT(selected("{matchLabels: {app: t}}"), ElementsAre("172.16.1.2/32"));
    EXPECT_THAT(selected("{matchLabels: {io.kubernetes.service.name: s}}"),
                ElementsAre("172.16.1.1/32"));
    EXPECT_THAT(selected("{matchLabels: {io.kubernetes.service.namespace: other}}"), IsEmpty());
    EXPECT_THAT(selected("{matchExpressions: [{key: app, operator: NotIn, values: [s]}]}"),
                ElementsAre("172.16.1.2/32"));
}

TEST(Services, AFamilyThatThePeerDoesNotHaveIsNotTold) {
    EXPECT_THAT(
        prefixes(advertisement(addresses(kAll)),
                 service("type: LoadBalancer, clusterIPs: [10.96.0.1, 'fd96::1']", "s", "fd16::1")),
        ElementsAre("10.96.0.1/32"));
}

TEST(Services, ASummaryHasNoHostBitsAndStandsForAll) {
    const std::string summary =
        advertisement("addresses: [LoadBalancerIP], aggregationLengthIPv4: 24");
    EXPECT_THAT(prefixes(summary, service(kLoadBalancer, "s", "172.16.1.1"),
                         service(kLoadBalancer, "t", "172.16.1.2")),
                ElementsAre("172.16.1.0/24"));
}

TEST(Services, NoSummaryUnderPolicyLocal) {
    const std::string summary =
        advertisement("addresses: [LoadBalancerIP, ClusterIP], aggregationLengthIPv4: 24");
    EXPECT_THAT(prefixes(summary, service(balanced(kExternalLocal)), slice(kHere)),
                ElementsAre("10.96.0.0/24", "172.16.1.1/32"))
        << "the policy of the address's own kind decides";
    EXPECT_THAT(prefixes(summary, service(balanced(kInternalLocal)), slice(kHere)),
                ElementsAre("10.96.0.1/32", "172.16.1.0/24"));
}

TEST(Services, ExactAndSummaryHaveTheirOwnAttributes) {
    const std::string both =
        advertisement("addresses: [LoadBalancerIP], aggregationLengthIPv4: 24", "{}",
                      ", attributes: {localPreference: 200}}, {advertisementType: Service, "
                      "service: {addresses: [LoadBalancerIP]}, selector: {}, "
                      "attributes: {communities: {standard: ['65000:100']}}");
    const Desired wanted = desired_with({"n1"}, both, service(kLoadBalancer));
    const auto& statements = wanted.instances.at("i").statements;
    ASSERT_EQ(statements.size(), 2U);
    EXPECT_EQ(statements[0].name, "Service-s-n-LoadBalancerIP-ipv4");
    EXPECT_THAT(statements[0].prefixes, ElementsAre(*Prefix::parse("172.16.1.1/32")));
    EXPECT_THAT(statements[0].attributes.communities, ElementsAre(0xFDE80064U));
    EXPECT_FALSE(statements[0].attributes.local_preference.has_value());
    EXPECT_EQ(statements[1].name, "Service-s-n-LoadBalancerIP-ipv4-agg-24");
    EXPECT_THAT(statements[1].prefixes, ElementsAre(*Prefix::parse("172.16.1.0/24")));
    EXPECT_THAT(statements[1].attributes.communities, IsEmpty());
    EXPECT_EQ(statements[1].attributes.local_preference, 200U);
}

TEST(Services, ASharedAddressStaysAsLongAsOneOfThemHasIt) {
    const std::string all = advertisement(addresses("LoadBalancerIP"));
    const std::string local = service(balanced(kExternalLocal), "s", "172.16.1.1");
    EXPECT_THAT(prefixes(all, local, service(kLoadBalancer, "t", "172.16.1.1")),
                ElementsAre("172.16.1.1/32"));
    EXPECT_THAT(prefixes(all, local), IsEmpty());
}

TEST(Services, TheLegacyOriginIsThatOfLoadBalancerIpsAlone) {
    NodeSettings settings{"n1"};
    settings.legacy_origin = true;
    const Desired wanted =
        desired_with(settings, advertisement(addresses(kAll)),
                     service(fmt::format("{}, externalIPs: [192.0.2.9]", kLoadBalancer)));
    std::map<std::string, bgp::Origin> origins;
    for (const auto& route : wanted.instances.at("i").routes) {
        origins[route.prefix.to_string()] = route.origin;
    }
    EXPECT_EQ(origins,
              (std::map<std::string, bgp::Origin>{{"10.96.0.1/32", bgp::Origin::igp},
                                                  {"172.16.1.1/32", bgp::Origin::incomplete},
                                                  {"192.0.2.9/32", bgp::Origin::igp}}));
}

}  // namespace
}  // namespace torii::reconcile
