// Manifests as toriictl shows and changes them, and the tables it prints.
#include "agent/ctl/resource_folder.h"

#include "agent/ctl/policy_report.h"
#include "agent/ctl/resource_table.h"
#include "agent/ctl/service_report.h"
#include "tests/support/temporary_folder.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace torii::agent {
namespace {

using testing::HasSubstr;
using Change = Resources::Change;

constexpr std::string_view kTwo =
    "apiVersion: v1\nkind: Service\nmetadata: {name: a, creationTimestamp: "
    "'2025-01-01T00:00:00Z'}\n"
    "spec: {type: LoadBalancer, clusterIP: 10.96.0.1, selector: {app: a}, "
    "ports: [{port: 80, nodePort: 31726}, {port: 53, protocol: UDP}]}\n"
    "---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n";

class Folder : public testing::Test {
protected:
    Folder() {
        folder_.write("two.yaml", kTwo);
        std::filesystem::create_directory(folder_.path() / "status");
    }
    std::unique_ptr<ResourceFolder> opened(const std::string& now = "NOW") {
        auto opened =
            std::make_unique<ResourceFolder>(folder_.path(), folder_.path() / "status", now);
        EXPECT_TRUE(opened->read().has_value());
        return opened;
    }
    std::vector<kube::Object> found(std::string_view kind) {
        return opened()->find(*find_kind(kind), "", "").value();
    }
    static kube::Object object(std::string_view text) {
        return kube::read_objects(text, "given.yaml")->front();
    }
    std::string text(const std::string& file) {
        std::ifstream stream(folder_.path() / file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    test::TemporaryFolder folder_;
};

TEST_F(Folder, ApplyAddsReplacesOrChangesNothing) {
    constexpr std::string_view kPool =
        "{apiVersion: cilium.io/v2, kind: CiliumLoadBalancerIPPool, metadata: {name: p}, "
        "spec: {blocks: [{cidr: 10.0.0.0/24}]}}";
    EXPECT_EQ(*opened()->apply(object(kPool)), Change::created);
    EXPECT_EQ(*opened("LATER")->apply(object(kPool)), Change::unchanged);
    EXPECT_THAT(text("CiliumLoadBalancerIPPool_p.yaml"), HasSubstr("creationTimestamp: NOW"));
    EXPECT_EQ(*opened()->apply(object("{apiVersion: v1, kind: Service, metadata: {name: a}}")),
              Change::configured);
    EXPECT_THAT(text("two.yaml"), HasSubstr("creationTimestamp: 2025-01-01T00:00:00Z"));
    EXPECT_THAT(text("two.yaml"), HasSubstr("kind: Node")) << "the other resource stays";
}

TEST_F(Folder, WhatTheAgentWouldRefuseIsRefusedWithEveryMistake) {
    auto folder = opened();
    const auto refused =
        folder->apply(object("{apiVersion: v1, kind: Service, metadata: {name: a}, "
                             "spec: {type: X, externalTrafficPolicy: Y}}"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, HasSubstr("spec.type: Unsupported value"));
    EXPECT_THAT(refused.error().message, HasSubstr("spec.externalTrafficPolicy: Unsupported"));
    EXPECT_EQ(text("two.yaml"), kTwo);
}

TEST_F(Folder, PatchMergesAndNullRemoves) {
    const kube::ObjectKey key{"", "Service", "default", "a"};
    const auto change = boost::json::parse(
        R"({"spec":{"externalTrafficPolicy":"Local","selector":null},"metadata":{"labels":{"x":"y"}}})");
    EXPECT_EQ(*opened()->patch(key, change.as_object()), Change::configured);
    EXPECT_EQ(*opened()->patch(key, change.as_object()), Change::unchanged);
    const auto service = found("svc").front();
    EXPECT_EQ(service.labels, (model::Labels{{"x", "y"}}));
    const std::string content = boost::json::serialize(service.content);
    EXPECT_THAT(content, HasSubstr(R"("type":"LoadBalancer")"));
    EXPECT_THAT(content, HasSubstr(R"("externalTrafficPolicy":"Local")"));
    EXPECT_THAT(content, testing::Not(HasSubstr("selector")));
    EXPECT_FALSE(opened()->patch({"", "Service", "other", "a"}, change.as_object()).has_value());
}

TEST_F(Folder, RemoveTakesTheFileWithTheLastResource) {
    auto folder = opened();
    ASSERT_TRUE(folder->remove({"", "Service", "default", "a"}).has_value());
    EXPECT_THAT(text("two.yaml"), HasSubstr("kind: Node"));
    ASSERT_TRUE(folder->remove({"", "Node", "", "n"}).has_value());
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "two.yaml"));
    EXPECT_FALSE(folder->remove({"", "Node", "", "n"}).has_value());
}

TEST_F(Folder, TheTableOfServicesHasTheirStatuses) {
    const auto table = [&](TableOptions options) {
        options.now = 1735689600 + 30 * 3600;  // 30 hours after 2025-01-01
        return resource_table(*find_kind("svc"), found("svc"), options);
    };
    EXPECT_EQ(table({}),
              "NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)               AGE\n"
              "a      LoadBalancer   10.96.0.1    <pending>     80:31726/TCP,53/UDP   30h\n");
    folder_.write("status/Service_default_a.yaml",
                  "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: default}, "
                  "status: {loadBalancer: {ingress: [{ip: 172.16.1.1}, {ip: 'fd00::1'}]}}}");
    EXPECT_EQ(table({.wide = true, .all_namespaces = true}),
              "NAMESPACE   NAME   TYPE           CLUSTER-IP   EXTERNAL-IP          PORT(S)       "
              "        AGE   SELECTOR\n"
              "default     a      LoadBalancer   10.96.0.1    172.16.1.1,fd00::1   "
              "80:31726/TCP,53/UDP   30h   app=a\n");
}

TEST_F(Folder, TheTableOfPools) {
    folder_.write("p.yaml",
                  "{apiVersion: cilium.io/v2, kind: CiliumLoadBalancerIPPool, metadata: {name: "
                  "cilium-pool}, spec: {blocks: [{cidr: 10.0.0.0/24}]}, status: {conditions: "
                  "[{type: cilium.io/PoolConflict, status: 'False'}, {type: "
                  "cilium.io/IPsAvailable, message: '254'}]}}");
    EXPECT_EQ(resource_table(*find_kind("ippool"), found("ippool"), {}),
              "NAME          DISABLED   CONFLICTING   IPS AVAILABLE   AGE\n"
              "cilium-pool   false      False         254             <unknown>\n");
}

TEST(AgeText, CoarserTheOlder) {
    const auto age = [](std::int64_t seconds) { return age_text("1970-01-01T00:00:00Z", seconds); };
    EXPECT_EQ(age(7), "7s");
    EXPECT_EQ(age(330), "5m30s");
    EXPECT_EQ(age(3600), "60m");
    EXPECT_EQ(age(3 * 3600), "3h");
    EXPECT_EQ(age(21 * 3600), "21h");
    EXPECT_EQ(age(51 * 3600), "2d3h");
    EXPECT_EQ(age(30 * 86400), "30d");
}

ipc::AgentServices services() {
    ipc::AgentServices answer;
    answer.set_node("n");
    ipc::AgentFrontend& frontend = *answer.add_frontends();
    frontend.set_id(16);
    frontend.set_address("172.16.1.1:80/TCP");
    frontend.set_type("LoadBalancer");
    frontend.add_flags("LoadBalancer");
    frontend.add_flags("Local");
    frontend.add_backends()->set_address("172.20.1.76:80/TCP");
    ipc::AgentBackend& second = *frontend.add_backends();
    second.set_address("172.20.2.68:80/TCP");
    second.set_terminating(true);
    return answer;
}

TEST(ServiceReport, AsTheDocumentShowsThem) {
    EXPECT_EQ(report_services({services()}, Output::table),
              "ID   Frontend            Service Type   Backend\n"
              "16   172.16.1.1:80/TCP   LoadBalancer   1 => 172.20.1.76:80/TCP (active)\n"
              "                                        2 => 172.20.2.68:80/TCP (terminating)\n");
    EXPECT_EQ(report_load_balancing({services()}, Output::table),
              "SERVICE ADDRESS         BACKEND ADDRESS (REVNAT_ID) (SLOT)\n"
              "172.16.1.1:80/TCP (0)   0.0.0.0:0 (16) (0) [LoadBalancer, Local]\n"
              "172.16.1.1:80/TCP (1)   172.20.1.76:80/TCP (16) (1)\n"
              "172.16.1.1:80/TCP (2)   172.20.2.68:80/TCP (16) (2)\n");
}

TEST(PolicyReport, AsTheDocumentShowsThem) {
    ipc::AgentPolicies answer;
    answer.set_node("n");
    ipc::AgentPolicyInstance& instance = *answer.add_instances();
    instance.set_name("i");
    instance.set_local_as(65001);
    const auto add = [&](const char* name, std::vector<const char*> prefixes) {
        ipc::AgentPolicyStatement& statement = *answer.add_statements();
        statement.set_instance("i");
        statement.set_peer_name("tor-switch");
        statement.set_peer_address("192.168.10.200");
        statement.set_name(name);
        for (const char* prefix : prefixes) statement.add_prefixes(prefix);
        return &statement;
    };
    add("PodCIDR-ipv4", {"172.20.1.0/24"});
    auto* service = add("Service-webpod-default-LoadBalancerIP-ipv4-agg-24",
                        {"172.16.1.0/24", "172.16.2.0/24"});
    service->set_local_preference(200);
    service->add_communities("65000:1");
    service->add_communities("65000:2");
    EXPECT_EQ(
        report_policies({answer}, Output::table),
        "VRouter   Policy Name                                                    Type     "
        "Match Peers         Match Families   Match Prefixes (Min..Max Len)                       "
        "RIB Action   Path Actions\n"
        "65001     allow-local                                                    import   "
        "                                                                                         "
        "accept\n"
        "65001     tor-switch-ipv4-PodCIDR                                        export   "
        "192.168.10.200/32                    172.20.1.0/24 (24..24)                              "
        "accept\n"
        "65001     tor-switch-ipv4-Service-webpod-default-LoadBalancerIP-agg-24   export   "
        "192.168.10.200/32                    {172.16.1.0/24 (24..24)} {172.16.2.0/24 (24..24)}   "
        "accept       {SetLocalPreference: 200} {AddCommunities: [65000:1 65000:2]}\n");
}

}  // namespace
}  // namespace torii::agent
