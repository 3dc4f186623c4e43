// What LB-IPAM says of services and pools, as their statuses.
#include "agent/server/ipam_status.h"

#include "tests/support/manifests.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::agent {
namespace {

using testing::HasSubstr;

model::Snapshot cluster() {
    return test::decoded(
               "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}, "
               "spec: {type: LoadBalancer}}\n---\n"
               "{apiVersion: cilium.io/v2, kind: CiliumLoadBalancerIPPool, metadata: {name: p}, "
               "spec: {allowFirstLastIPs: 'No', blocks: [{cidr: 172.16.1.0/24}]}}\n")
        .snapshot;
}

kube::Statuses statuses(const kube::Statuses& before, const std::string& now) {
    const model::Snapshot snapshot = cluster();
    return ipam_statuses(ipam::assign(snapshot, {}), snapshot, before, now);
}

TEST(IpamStatus, ServicesAndPools) {
    const kube::Statuses told = statuses({}, "NOW");
    EXPECT_EQ(boost::json::serialize(told.at({"v1", "Service", "n", "s"})),
              R"({"conditions":[{"type":"cilium.io/IPAMRequestSatisfied",)"
              R"("status":"True","lastTransitionTime":"NOW","reason":"satisfied","message":""}],)"
              R"("loadBalancer":{"ingress":[{"ip":"172.16.1.1","ipMode":"VIP"}]}})");
    const std::string pool =
        boost::json::serialize(told.at({"cilium.io/v2", "CiliumLoadBalancerIPPool", "", "p"}));
    EXPECT_THAT(pool, HasSubstr(R"("type":"cilium.io/PoolConflict","status":"False")"));
    EXPECT_THAT(pool, HasSubstr(R"("type":"cilium.io/IPsAvailable","status":"Unknown",)"
                                R"("lastTransitionTime":"NOW","reason":"noreason",)"
                                R"("message":"253")"));
}

TEST(IpamStatus, AConditionThatStaysKeepsItsTime) {
    const kube::Statuses first = statuses({}, "FIRST");
    EXPECT_EQ(statuses(first, "SECOND"), first);
}

}  // namespace
}  // namespace torii::agent
