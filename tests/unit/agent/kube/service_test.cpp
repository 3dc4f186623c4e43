// Services, EndpointSlices and Secrets: defaults, what is refused, and what is let through.
#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

model::Service service(std::string_view spec, std::string_view status = "") {
    test::Decoded decoded = test::decoded(
        fmt::format("apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: n}}\n"
                    "spec: {{{}}}\nstatus: {{{}}}\n",
                    spec, status));
    EXPECT_THAT(decoded.problems, IsEmpty()) << spec;
    return decoded.snapshot.services["n/s"];
}

TEST(Service, Defaults) {
    const model::Service read = service("ports: [{port: 80}]");
    EXPECT_EQ(read.type, model::ServiceType::cluster_ip);
    EXPECT_EQ(read.external_traffic_policy, model::TrafficPolicy::cluster);
    EXPECT_EQ(read.internal_traffic_policy, model::TrafficPolicy::cluster);
    EXPECT_FALSE(read.client_ip_affinity.has_value());
    EXPECT_FALSE(read.load_balancer_class.has_value());
    EXPECT_FALSE(read.ip_family_policy.has_value());
    ASSERT_EQ(read.ports.size(), 1U);
    EXPECT_EQ(read.ports[0].protocol, model::Protocol::tcp);
    EXPECT_EQ(std::get<std::uint16_t>(read.ports[0].target_port), 80);
    EXPECT_EQ(read.ports[0].node_port, 0);
}

TEST(Service, WithoutANamespaceItIsInTheDefaultOne) {
    const auto decoded = test::decoded("{apiVersion: v1, kind: Service, metadata: {name: s}}");
    EXPECT_TRUE(decoded.snapshot.services.contains("default/s"));
}

TEST(Service, EverythingTheDataPathNeeds) {
    const model::Service read = service(
        "type: LoadBalancer, loadBalancerClass: io.cilium/bgp-control-plane, "
        "clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, 'fd00::9'], externalIPs: [192.0.2.9], "
        "externalTrafficPolicy: Local, internalTrafficPolicy: Local, healthCheckNodePort: 32001, "
        "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, "
        "loadBalancerSourceRanges: [10.0.0.1/8], ipFamilies: [IPv6, IPv4], "
        "ipFamilyPolicy: PreferDualStack, loadBalancerIP: 172.16.1.9, selector: {app: web}, "
        "ports: [{name: dns, protocol: UDP, port: 53, targetPort: dns-udp, nodePort: 30053, "
        "appProtocol: x}, {name: tls, port: 443, targetPort: 8443}]",
        "loadBalancer: {ingress: [{ip: 172.16.1.9}, {hostname: a.example}, {ip: nonsense}]}, "
        "conditions: [{type: t, status: 'True', reason: r, message: m}]");
    EXPECT_EQ(read.type, model::ServiceType::load_balancer);
    EXPECT_EQ(read.load_balancer_class, "io.cilium/bgp-control-plane");
    EXPECT_THAT(read.cluster_ips, ElementsAre(address("10.96.0.9"), address("fd00::9")));
    EXPECT_THAT(read.external_ips, ElementsAre(address("192.0.2.9")));
    EXPECT_THAT(read.load_balancer_ips, ElementsAre(address("172.16.1.9")));
    EXPECT_EQ(read.external_traffic_policy, model::TrafficPolicy::local);
    EXPECT_EQ(read.internal_traffic_policy, model::TrafficPolicy::local);
    EXPECT_EQ(read.health_check_node_port, 32001);
    EXPECT_EQ(read.client_ip_affinity, Seconds(60));
    EXPECT_THAT(read.load_balancer_source_ranges, ElementsAre(*Prefix::parse("10.0.0.0/8")));
    EXPECT_THAT(read.ip_families, ElementsAre(IpFamily::v6, IpFamily::v4));
    EXPECT_EQ(read.ip_family_policy, model::IpFamilyPolicy::prefer_dual_stack);
    EXPECT_EQ(read.requested_ip, address("172.16.1.9"));
    EXPECT_EQ(read.selector, (model::Labels{{"app", "web"}}));
    ASSERT_EQ(read.ports.size(), 2U);
    EXPECT_EQ(read.ports[0].protocol, model::Protocol::udp);
    EXPECT_EQ(std::get<std::string>(read.ports[0].target_port), "dns-udp");
    EXPECT_EQ(read.ports[0].node_port, 30053);
    EXPECT_EQ(read.ports[0].app_protocol, "x");
    EXPECT_EQ(std::get<std::uint16_t>(read.ports[1].target_port), 8443);
    EXPECT_THAT(read.conditions, ElementsAre(model::StatusCondition{"t", "True", "r", "m"}));
}

TEST(Service, AHeadlessOneHasNoClusterIp) {
    const model::Service read = service("clusterIP: None, clusterIPs: [None]");
    EXPECT_TRUE(read.headless);
    EXPECT_THAT(read.cluster_ips, IsEmpty());
    EXPECT_FALSE(service("clusterIP: ''").headless);
}

TEST(Service, AffinityLastsThreeHoursUnlessStated) {
    EXPECT_EQ(service("sessionAffinity: ClientIP").client_ip_affinity, Seconds(10800));
}

TEST(Service, WhatIsWrongIsToldWithFileDocumentFieldAndRule) {
    const auto decoded = test::decoded(
        "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: n}\n"
        "spec: {type: Balancer, clusterIP: x, externalTrafficPolicy: Some, "
        "ports: [{port: 0}, {}, {port: 80}, {port: 80}]}\n",
        "svc.yaml");
    EXPECT_THAT(decoded.snapshot.services, IsEmpty());
    EXPECT_THAT(
        decoded.problems,
        ElementsAre(
            "svc.yaml, document 1, Service n/s: spec.type: Unsupported value: \"Balancer\": "
            "supported values: \"ClusterIP\", \"NodePort\", \"LoadBalancer\", "
            "\"ExternalName\"",
            HasSubstr("spec.ports[0].port: Invalid value: 0: should be greater than or "
                      "equal to 1"),
            HasSubstr("spec.ports[1].port: Required value"),
            HasSubstr("spec.ports[1]: Duplicate value"),
            HasSubstr("spec.ports[3]: Duplicate value: port 80"),
            HasSubstr("spec.clusterIP: Invalid value: \"x\""),
            HasSubstr("spec.externalTrafficPolicy: Unsupported value")));
}

model::EndpointSlice slice(std::string_view endpoints, std::string_view version = "v1") {
    test::Decoded decoded = test::decoded(fmt::format(
        "apiVersion: discovery.k8s.io/{}\nkind: EndpointSlice\n"
        "metadata: {{name: e, namespace: n, labels: {{kubernetes.io/service-name: s}}}}\n"
        "addressType: IPv4\nports: [{{name: http, port: 8080}}, {{name: all}}]\n"
        "endpoints: {}\n",
        version, endpoints));
    EXPECT_THAT(decoded.problems, IsEmpty()) << endpoints;
    return decoded.snapshot.endpoint_slices["n/e"];
}

TEST(EndpointSlice, AbsentConditionsMeanReady) {
    const model::EndpointSlice read = slice("[{addresses: [10.1.1.1], nodeName: n1}]");
    EXPECT_EQ(read.service, "s");
    ASSERT_EQ(read.endpoints.size(), 1U);
    EXPECT_THAT(read.endpoints[0].addresses, ElementsAre(address("10.1.1.1")));
    EXPECT_EQ(read.endpoints[0].node_name, "n1");
    EXPECT_TRUE(read.endpoints[0].ready);
    EXPECT_TRUE(read.endpoints[0].serving);
    EXPECT_FALSE(read.endpoints[0].terminating);
    EXPECT_EQ(read.ports[0].port, 8080);
    EXPECT_FALSE(read.ports[1].port.has_value());
}

TEST(EndpointSlice, ConditionsNodeZoneAndHints) {
    const model::EndpointSlice read = slice(
        "[{addresses: [10.1.1.1], hostname: p, zone: z1, hints: {forZones: [{name: z2}]}, "
        "conditions: {ready: false, serving: true, terminating: true}}, "
        "{addresses: [10.1.1.2], conditions: {ready: false}}]");
    EXPECT_FALSE(read.endpoints[0].ready);
    EXPECT_TRUE(read.endpoints[0].serving);
    EXPECT_TRUE(read.endpoints[0].terminating);
    EXPECT_EQ(read.endpoints[0].zone, "z1");
    EXPECT_THAT(read.endpoints[0].zone_hints, ElementsAre("z2"));
    EXPECT_FALSE(read.endpoints[1].serving) << "absent: as ready";
}

TEST(EndpointSlice, TheBetaVersionHasTheNodeInItsTopology) {
    const model::EndpointSlice read =
        slice("[{addresses: [10.1.1.1], topology: {kubernetes.io/hostname: n7}}]", "v1beta1");
    EXPECT_EQ(read.endpoints[0].node_name, "n7");
}

TEST(Secret, DataIsBase64AndStringDataIsNot) {
    auto decoded = test::decoded(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: kube-system}\n"
        "data: {password: c2VjcmV0IQ==, one: QQ==, other: T25l}\nstringData: {other: two}\n");
    EXPECT_THAT(decoded.problems, IsEmpty());
    const auto& data = decoded.snapshot.secrets["kube-system/s"].data;
    EXPECT_EQ(data.at("password"), "secret!");
    EXPECT_EQ(data.at("one"), "A");
    EXPECT_EQ(data.at("other"), "two");
}

TEST(Secret, AMistakeDoesNotTellTheSecret) {
    for (const auto* value : {"hunter2-", "QQ=", "QQ==A===", "Q"}) {
        const auto decoded =
            test::decoded(fmt::format("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n"
                                      "data: {{password: {}}}\n",
                                      value));
        EXPECT_THAT(decoded.problems,
                    ElementsAre("test.yaml, document 1, Secret default/s: data.password: Invalid "
                                "value: must be base64 (RFC 4648); plain text goes into "
                                "stringData"))
            << value;
        EXPECT_THAT(decoded.snapshot.secrets, IsEmpty());
    }
}

}  // namespace
}  // namespace torii::kube
