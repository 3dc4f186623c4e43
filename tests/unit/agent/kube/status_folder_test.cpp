// The folder that keeps statuses.
#include "agent/kube/status_folder.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

Statuses statuses() {
    boost::json::object service{{"conditions",
                                 {{{"type", "cilium.io/IPAMRequestSatisfied"},
                                   {"status", "True"},
                                   {"reason", "satisfied"}}}},
                                {"loadBalancer", {{"ingress", {{{"ip", "172.16.1.1"}}}}}}};
    return {{{"v1", "Service", "n", "s"}, std::move(service)},
            {{"cilium.io/v2", "CiliumLoadBalancerIPPool", "", "p"}, {}}};
}

TEST(StatusFolder, WhatOneWritesAnotherReads) {
    const test::TemporaryFolder folder;
    StatusFolder writer(folder.path());
    writer.read();
    ASSERT_TRUE(writer.lead());
    ASSERT_TRUE(writer.write(statuses()).has_value());

    StatusFolder reader(folder.path());
    reader.read();
    EXPECT_EQ(reader.statuses(), writer.statuses());
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
    EXPECT_THAT(reader.statuses(), IsEmpty()) << "what is no longer said goes";
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
    StatusFolder folder_of_statuses(folder.path());
    std::ofstream(folder.path() / "Service_n_s.yaml") << "[";
    std::ofstream(folder.path() / "Service_n_t.yaml")
        << "{apiVersion: v1, kind: Service, metadata: {name: t, namespace: n}}";
    folder_of_statuses.read();
    EXPECT_THAT(folder_of_statuses.statuses(),
                ElementsAre(Key(ObjectKey{"v1", "Service", "n", "t"})));
    StatusFolder(folder.path() / "absent").read();
}

}  // namespace
}  // namespace torii::kube
