#include "agent/loadbalance/service_list.h"

#include "tests/support/manifests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace torii::loadbalance {
namespace {

using testing::ElementsAre;

constexpr std::string_view kSlices = R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: e, namespace: default, labels: {kubernetes.io/service-name: s}}
addressType: IPv4
ports: [{name: http, port: 8080}, {name: dns, port: 5353, protocol: UDP}]
endpoints:
- {addresses: [10.0.2.5], nodeName: n2}
- {addresses: [10.0.1.5], nodeName: n1}
- {addresses: [10.0.1.6], nodeName: n1, conditions: {ready: false}}
- {addresses: [10.0.1.7], nodeName: n1, conditions: {ready: false, serving: true, terminating: true}}
---
)";

std::vector<std::string> lines(std::string_view spec, bool cluster_ips_refused = false) {
    const model::Snapshot snapshot =
        test::decoded(
            std::string(kSlices) +
            fmt::format("{{apiVersion: v1, kind: Service, metadata: {{name: s}}, spec: {{{}}}, "
                        "status: {{loadBalancer: {{ingress: [{{ip: 172.16.1.1}}]}}}}}}",
                        spec))
            .snapshot;
    std::vector<std::string> lines;
    for (const ListedFrontend& frontend : service_list(snapshot, "n1", cluster_ips_refused)) {
        std::string line = fmt::format(
            "{} [{}]", endpoint_text(frontend.address, frontend.port, frontend.protocol),
            fmt::join(frontend.flags, ", "));
        for (const ListedBackend& backend : frontend.backends) {
            line += fmt::format(" {}:{}{}", backend.address, backend.port,
                                backend.terminating ? "!" : "");
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

TEST(ServiceList, ClusterIpsThatNobodyOutsideReaches) {
    const std::string_view spec =
        "type: LoadBalancer, clusterIP: 10.96.0.1, internalTrafficPolicy: Local, "
        "ports: [{name: other, port: 81}]";
    EXPECT_THAT(lines(spec, true),
                ElementsAre("10.96.0.1:81/TCP [ClusterIP, InternalLocal, non-routable]",
                            "172.16.1.1:81/TCP [LoadBalancer, InternalLocal, two-scopes]"));
    EXPECT_THAT(lines(spec, false).front(), "10.96.0.1:81/TCP [ClusterIP, InternalLocal]");
}

TEST(ServiceList, EveryAddressAndPortWithItsBackends) {
    EXPECT_THAT(
        lines("type: LoadBalancer, clusterIP: 10.96.0.1, externalIPs: [192.0.2.9], "
              "ports: [{name: http, port: 80, nodePort: 30080}, {name: other, port: 81}]"),
        ElementsAre("10.96.0.1:80/TCP [ClusterIP] 10.0.1.5:8080 10.0.1.7:8080! 10.0.2.5:8080",
                    "10.96.0.1:81/TCP [ClusterIP]",
                    "192.0.2.9:80/TCP [ExternalIPs] 10.0.1.5:8080 10.0.1.7:8080! 10.0.2.5:8080",
                    "192.0.2.9:81/TCP [ExternalIPs]",
                    "172.16.1.1:80/TCP [LoadBalancer] 10.0.1.5:8080 10.0.1.7:8080! 10.0.2.5:8080",
                    "172.16.1.1:81/TCP [LoadBalancer]",
                    "0.0.0.0:30080/TCP [NodePort] 10.0.1.5:8080 10.0.1.7:8080! 10.0.2.5:8080"));
}

TEST(ServiceList, InternalLocalHasOnlyTheBackendsOfTheNode) {
    EXPECT_THAT(lines("clusterIP: 10.96.0.1, internalTrafficPolicy: Local, "
                      "ports: [{name: dns, port: 53, protocol: UDP}]"),
                ElementsAre("10.96.0.1:53/UDP [ClusterIP, InternalLocal] 10.0.1.5:5353 "
                            "10.0.1.7:5353!"));
}

TEST(ServiceList, Flags) {
    EXPECT_THAT(
        lines("type: LoadBalancer, externalTrafficPolicy: Local, sessionAffinity: ClientIP, "
              "loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]"),
        ElementsAre("172.16.1.1:80/TCP [LoadBalancer, Local, two-scopes, sessionAffinity, "
                    "check source-range]"));
}

}  // namespace
}  // namespace torii::loadbalance
