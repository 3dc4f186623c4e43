// toriictl at an API server: the same as with a folder.
#include "agent/ctl/resource_api.h"

#include "agent/api/resource_type.h"
#include "tests/support/fake_cluster.h"

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace torii::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Change = Resources::Change;
namespace json = boost::json;

constexpr const char* kServices = "/api/v1/services";
constexpr const char* kPools = "/apis/cilium.io/v2alpha1/ciliumloadbalancerippools";

// The server runs in a thread of its own, as toriictl waits for its answers. What it has is looked
// at only between them.
class ResourceApiTest : public testing::Test {
protected:
    ResourceApiTest() : cluster_(loop_) {
        cluster_.add_collection(kServices);
        cluster_.add_collection(kPools);  // an old server
        thread_ = std::thread([this] {
            while (!done_) {
                loop_.context().restart();
                loop_.context().run_for(std::chrono::milliseconds(10));
            }
        });
        api::Access access;
        access.host = "127.0.0.1";
        access.port = cluster_.port();
        access.tls = false;
        resources_ = std::make_unique<ResourceApi>(std::move(access));
    }
    ~ResourceApiTest() override {
        done_ = true;
        thread_.join();
    }
    static kube::Object object(const std::string& text) {
        return kube::read_objects(text, "given.yaml")->front();
    }
    static kube::Object service(const std::string& spec) {
        return object("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: n}, spec: " +
                      spec + "}");
    }
    [[nodiscard]] json::value spec() {
        const auto found = resources_->find(*find_kind("svc"), "n", "a").value();
        return found.at(0).content.at("spec");
    }

    EventLoop loop_;
    test::FakeCluster cluster_;
    std::atomic<bool> done_{false};
    std::thread thread_;
    std::unique_ptr<ResourceApi> resources_;
    const kube::ObjectKey key_{"v1", "Service", "n", "a"};
};

TEST_F(ResourceApiTest, ApplyLeavesAloneWhatOthersHaveAdded) {
    EXPECT_EQ(*resources_->apply(service("{type: LoadBalancer, selector: {app: a, x: y}}")),
              Change::created);
    EXPECT_EQ(*resources_->patch(key_, {{"spec", {{"clusterIP", "10.96.0.9"}}}}),
              Change::configured);
    EXPECT_EQ(*resources_->apply(service("{type: LoadBalancer, selector: {app: a, x: y}}")),
              Change::unchanged);
    EXPECT_EQ(*resources_->apply(service("{externalTrafficPolicy: Local, selector: {app: a}}")),
              Change::configured);
    EXPECT_EQ(
        spec(),
        json::parse(
            R"({"selector":{"app":"a"},"clusterIP":"10.96.0.9","externalTrafficPolicy":"Local"})"));
}

TEST_F(ResourceApiTest, FindsPatchesReplacesRemoves) {
    EXPECT_THAT(resources_->find(*find_kind("svc"), "", "").value(), testing::IsEmpty());
    EXPECT_FALSE(resources_->patch(key_, {{"spec", json::object()}}).has_value());
    ASSERT_TRUE(resources_->apply(service("{type: ClusterIP}")).has_value());
    EXPECT_EQ(*resources_->patch(key_, {{"spec", {{"type", "ClusterIP"}}}}), Change::unchanged);
    auto found = resources_->find(*find_kind("svc"), "n", "a").value();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, key_);
    found[0].content["spec"] = {{"type", "LoadBalancer"}};
    EXPECT_EQ(*resources_->replace(key_, found[0].content), Change::configured);
    EXPECT_EQ(spec(), json::parse(R"({"type":"LoadBalancer"})"));
    const auto outdated = resources_->replace(key_, found[0].content);
    ASSERT_FALSE(outdated.has_value()) << "somebody has changed it since";
    EXPECT_THAT(outdated.error().message, HasSubstr("409"));
    EXPECT_TRUE(resources_->remove(key_).has_value());
    EXPECT_FALSE(resources_->remove(key_).has_value());
}

TEST_F(ResourceApiTest, SpeaksTheVersionThatTheServerHas) {
    const auto pool = object(
        "{apiVersion: cilium.io/v2, kind: CiliumLoadBalancerIPPool, metadata: {name: p}, spec: "
        "{blocks: [{cidr: 10.0.0.0/24}]}}");
    EXPECT_EQ(*resources_->apply(pool), Change::created);
    const auto found = resources_->find(*find_kind("ippool"), "", "").value();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key.api_version, "cilium.io/v2alpha1");
    const auto absent = resources_->find(*find_kind("cbgppeer"), "", "");
    ASSERT_FALSE(absent.has_value());
    EXPECT_THAT(absent.error().message, HasSubstr("does not have resources of kind"));
}

TEST_F(ResourceApiTest, RefusesWhatAgentsWould) {
    const auto refused = resources_->apply(service("{type: X, externalTrafficPolicy: Y}"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, HasSubstr("spec.type: Unsupported value"));
    EXPECT_THAT(refused.error().message, HasSubstr("spec.externalTrafficPolicy: Unsupported"));
    EXPECT_THAT(resources_->find(*find_kind("svc"), "", "").value(), testing::IsEmpty());
}

TEST(ThreeWayChange, TakesAwayWhatWasAppliedAndIsNoMore) {
    const auto change =
        three_way_change(json::parse(R"({"a":{"b":1,"c":2},"d":3,"l":[1]})").as_object(),
                         json::parse(R"({"a":{"c":4},"e":5,"l":[2]})").as_object());
    EXPECT_EQ(change, json::parse(R"({"d":null,"a":{"b":null,"c":4},"e":5,"l":[2]})").as_object());
}

}  // namespace
}  // namespace torii::agent
