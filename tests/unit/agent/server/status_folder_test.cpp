// Statuses of services and pools, and the folder that keeps them.
#include "agent/server/status_folder.h"

#include "agent/server/ipam_status.h"
#include "tests/support/manifests.h"
#include "tests/support/temporary_folder.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace torii::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

model::Snapshot cluster() {
    return test::decoded(
               "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}, "
               "spec: {type: LoadBalancer}}\n---\n"
               "{apiVersion: cilium.io/v2, kind: CiliumLoadBalancerIPPool, metadata: {name: p}, "
               "spec: {allowFirstLastIPs: 'No', blocks: [{cidr: 172.16.1.0/24}]}}\n")
        .snapshot;
}

StatusDocuments statuses(const StatusDocuments& before, const std::string& now) {
    const model::Snapshot snapshot = cluster();
    return ipam_statuses(ipam::assign(snapshot, {}), snapshot, before, now);
}

TEST(IpamStatus, ServicesAndPools) {
    const StatusDocuments documents = statuses({}, "NOW");
    EXPECT_EQ(boost::json::serialize(documents.at("Service_n_s.yaml")),
              R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"n"},)"
              R"("status":{"conditions":[{"type":"cilium.io/IPAMRequestSatisfied",)"
              R"("status":"True","lastTransitionTime":"NOW","reason":"satisfied","message":""}],)"
              R"("loadBalancer":{"ingress":[{"ip":"172.16.1.1","ipMode":"VIP"}]}}})");
    const std::string pool =
        boost::json::serialize(documents.at("CiliumLoadBalancerIPPool_p.yaml"));
    EXPECT_THAT(pool, HasSubstr(R"("type":"cilium.io/PoolConflict","status":"False")"));
    EXPECT_THAT(pool, HasSubstr(R"("type":"cilium.io/IPsAvailable","status":"Unknown",)"
                                R"("lastTransitionTime":"NOW","reason":"noreason",)"
                                R"("message":"253")"));
}

TEST(IpamStatus, AConditionThatStaysKeepsItsTime) {
    const StatusDocuments first = statuses({}, "FIRST");
    EXPECT_EQ(statuses(first, "SECOND"), first);
}

TEST(StatusFolder, WhatOneWritesAnotherReads) {
    const test::TemporaryFolder folder;
    StatusFolder writer(folder.path());
    writer.read();
    ASSERT_TRUE(writer.lead());
    ASSERT_TRUE(writer.write(statuses({}, "NOW")).has_value());

    StatusFolder reader(folder.path());
    reader.read();
    EXPECT_EQ(reader.documents(), writer.documents());
    model::Service service;
    service.metadata.name = "s";
    service.metadata.namespace_name = "n";
    service.load_balancer_ips = {*IpAddress::parse("192.0.2.1")};
    reader.overlay(service);
    EXPECT_THAT(service.load_balancer_ips, ElementsAre(*IpAddress::parse("172.16.1.1")));
    ASSERT_EQ(service.conditions.size(), 1U);
    EXPECT_EQ(service.conditions[0].reason, "satisfied");

    ASSERT_TRUE(writer.write({}).has_value());
    reader.read();
    EXPECT_THAT(reader.documents(), IsEmpty()) << "what is no longer said goes";
}

TEST(StatusFolder, OnlyOneLeads) {
    const test::TemporaryFolder folder;
    StatusFolder second(folder.path());
    {
        StatusFolder first(folder.path());
        EXPECT_TRUE(first.lead());
        EXPECT_TRUE(first.lead());
        EXPECT_FALSE(second.lead());
    }
    EXPECT_TRUE(second.lead()) << "until it ends";
}

TEST(StatusFolder, AFileThatIsNoStatusIsAbsent) {
    const test::TemporaryFolder folder;
    StatusFolder statuses_folder(folder.path());
    std::ofstream(folder.path() / "Service_n_s.yaml") << "[";
    std::ofstream(folder.path() / "Service_n_t.yaml")
        << "{apiVersion: v1, kind: Service, metadata: {name: t}}";
    statuses_folder.read();
    EXPECT_THAT(statuses_folder.documents(), ElementsAre(Key("Service_n_t.yaml")));
    StatusFolder(folder.path() / "absent").read();
}

}  // namespace
}  // namespace torii::agent
