// Statuses as patches, and when there is nothing to patch.
#include "agent/api/resource_request.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::api {
namespace {

boost::json::object object(std::string_view text) {
    return boost::json::parse(text).as_object();
}

TEST(StatusPatch, OfAServiceOthersKeepTheirConditions) {
    const Kept kept{{"v1", "Service", "n", "s"}, "services", "u", "7", {}};
    const Request request = status_patch(kept, object(R"({"conditions":[]})"));
    EXPECT_EQ(request.method, "PATCH");
    EXPECT_EQ(request.target, "/api/v1/namespaces/n/services/s/status?fieldManager=torii-agent");
    EXPECT_EQ(request.content_type, "application/strategic-merge-patch+json");
    EXPECT_EQ(request.body,
              R"({"metadata":{"uid":"u","resourceVersion":"7"},"status":{"conditions":[]}})");
}

TEST(StatusPatch, OfAPool) {
    const Kept kept{{"cilium.io/v2alpha1", "CiliumLoadBalancerIPPool", "", "p"},
                    "ciliumloadbalancerippools",
                    "u",
                    "7",
                    {}};
    const Request request = status_patch(kept, {});
    EXPECT_EQ(request.target,
              "/apis/cilium.io/v2alpha1/ciliumloadbalancerippools/p/status"
              "?fieldManager=torii-agent");
    EXPECT_EQ(request.content_type, "application/merge-patch+json");
}

TEST(StatusPatch, NothingToDoWhenAllIsSaid) {
    const auto wanted =
        wanted_status(object(R"({"conditions":[{"type":"a","status":"True"}],)"
                             R"("loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}})"));
    EXPECT_TRUE(says(object(R"({"loadBalancer":{"ingress":[{"ip":"192.0.2.1","ipMode":"VIP"}]},)"
                            R"("conditions":[{"type":"b"},{"status":"True","type":"a"}]})"),
                     wanted));
    EXPECT_FALSE(says(object(R"({"loadBalancer":{"ingress":[{"ip":"192.0.2.2"}]},)"
                             R"("conditions":[{"type":"a","status":"True"}]})"),
                      wanted));
    EXPECT_FALSE(says(object(R"({"loadBalancer":{"ingress":[{"ip":"192.0.2.1"},{"ip":"::1"}]},)"
                             R"("conditions":[{"type":"a","status":"True"}]})"),
                      wanted));
    EXPECT_FALSE(says(object(R"({"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]},)"
                             R"("conditions":[{"type":"a","status":"False"}]})"),
                      wanted));
    EXPECT_FALSE(says({}, wanted));
}

TEST(StatusPatch, NoAddressesMeansThatTheyGo) {
    const auto wanted = wanted_status(object(R"({"loadBalancer":{}})"));
    EXPECT_TRUE(says({}, wanted));
    EXPECT_TRUE(says(object(R"({"loadBalancer":{}})"), wanted));
    EXPECT_FALSE(says(object(R"({"loadBalancer":{"ingress":[{"ip":"::1"}]}})"), wanted));
}

TEST(StatusPatch, AReleasedServiceHasNothingOfOurs) {
    EXPECT_FALSE(says(object(R"({"conditions":[{"type":"ours"}]})"), released_status("ours")));
    EXPECT_TRUE(has_condition(object(R"({"conditions":[{"type":"ours"}]})"), "ours"));
    EXPECT_FALSE(has_condition(object(R"({"conditions":[{"type":"theirs"}]})"), "ours"));
    EXPECT_FALSE(has_condition({}, "ours"));
}

}  // namespace
}  // namespace torii::api
