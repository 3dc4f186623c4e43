#pragma once

#include "agent/loadbalance/frontends.h"
#include "tests/support/manifests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace torii::loadbalance {

constexpr std::string_view kHere = "{addresses: [10.0.1.5], nodeName: n1}";
constexpr std::string_view kElsewhere = "{addresses: [10.0.2.5], nodeName: n2}";

inline std::string node(std::string_view pods = "10.0.1.0/24") {
    return fmt::format(
        "apiVersion: v1\nkind: Node\nmetadata: {{name: n1}}\nspec: {{podCIDRs: ['{}']}}\n---\n",
        pods);
}

inline std::string service(std::string_view spec, std::string_view port = "port: 80") {
    return fmt::format(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: test}}\n"
        "spec: {{ports: [{{name: http, {}}}], {}}}\n"
        "status: {{loadBalancer: {{ingress: [{{ip: 172.16.1.1}}]}}}}\n---\n",
        port, spec);
}

inline std::string slice(std::string_view endpoints,
                         std::string_view port = "name: http, port: 8080",
                         std::string_view type = "IPv4") {
    return fmt::format(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
        "metadata: {{name: web-{}, namespace: test, labels: {{kubernetes.io/service-name: web}}}}\n"
        "addressType: {}\nendpoints: [{}]\nports: [{{{}}}]\n---\n",
        type == "IPv4" ? "a" : "b", type, endpoints, port);
}

template <class... Texts>
NodeBalancing balancing_of(const Texts&... texts) {
    std::string all;
    ((all += texts), ...);
    const test::Decoded decoded = test::decoded(all);
    EXPECT_TRUE(decoded.problems.empty());
    return node_balancing(decoded.snapshot, {"n1", false});
}

}  // namespace torii::loadbalance
