// What controllers make at an API server, and what nodes report.
#include "tests/unit/agent/api/api_store_fixture.h"

#include <gmock/gmock.h>

namespace torii::api {
namespace {

using testing::ElementsAre;
using testing::Key;

class ApiMakerTest : public ApiControllerTest {
protected:
    static constexpr const char* kClusters = "/apis/cilium.io/v2/ciliumbgpclusterconfigs";
    static constexpr const char* kNodeConfigs = "/apis/cilium.io/v2/ciliumbgpnodeconfigs";

    static json::object node_config(const std::string& instance) {
        return json::parse(
                   R"({"apiVersion":"cilium.io/v2","kind":"CiliumBGPNodeConfig","metadata":{)"
                   R"("name":"k8s-w0","ownerReferences":[{"apiVersion":"cilium.io/v2",)"
                   R"("kind":"CiliumBGPClusterConfig","name":"c"}]},"spec":{"bgpInstances":[)"
                   R"({"name":")" +
                   instance + R"("}]}})")
            .as_object();
    }
    void put_cluster() {
        cluster_.put(kClusters, json::parse(R"({"metadata":{"name":"c"},"spec":{"bgpInstances":[)"
                                            R"({"name":"i"}]}})")
                                    .as_object());
    }
    [[nodiscard]] std::string seen_instance() const {
        const auto found = reading_.snapshot.node_configs.find("k8s-w0");
        return found == reading_.snapshot.node_configs.end() ? "" : found->second.instances[0].name;
    }
    [[nodiscard]] std::size_t count(const std::string& method) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(cluster_.requests, [&](const test::FakeRequest& request) {
                return request.method == method && request.path.starts_with(kNodeConfigs);
            }));
    }

    const kube::ObjectKey node_{"cilium.io/v2", "CiliumBGPNodeConfig", "", "k8s-w0"};
};

TEST_F(ApiMakerTest, MakesChangesAndRemovesOnce) {
    put_cluster();
    lead();
    // Also while the request is under way.
    for (int round = 0; round < 10; ++round) {
        ASSERT_TRUE(store_->make({{node_, node_config("first")}}).has_value());
    }
    ASSERT_TRUE(until([&] { return seen_instance() == "first"; }));
    EXPECT_EQ(count("POST"), 1U);
    EXPECT_EQ(reading_.snapshot.node_configs.at("k8s-w0").owner, "c");
    const json::value made = cluster_.at(kNodeConfigs, "k8s-w0");
    EXPECT_EQ(made.at_pointer("/metadata/ownerReferences/0/uid"),
              cluster_.at(kClusters, "c").at("metadata").at("uid"));
    ASSERT_TRUE(store_->make({{node_, node_config("second")}}).has_value());
    ASSERT_TRUE(until([&] { return seen_instance() == "second"; }));
    EXPECT_EQ(count("PATCH"), 1U);
    ASSERT_TRUE(store_->make({{node_, std::nullopt}}).has_value());
    ASSERT_TRUE(until([&] { return seen_instance().empty(); }));
    EXPECT_EQ(count("DELETE"), 1U);
}

TEST_F(ApiMakerTest, WithoutTheOwnerNothingIsMade) {
    lead();
    ASSERT_TRUE(store_->make({{node_, node_config("first")}}).has_value());
    wait(200ms);
    EXPECT_EQ(count("POST"), 0U);
    put_cluster();
    ASSERT_TRUE(until([&] { return reading_.snapshot.cluster_configs.contains("c"); }));
    ASSERT_TRUE(store_->make({{node_, node_config("first")}}).has_value());
    EXPECT_TRUE(until([&] { return seen_instance() == "first"; }));
}

TEST_F(ApiMakerTest, ANodeReportsWhoeverLeads) {
    json::object config = node_config("i");
    config["metadata"].as_object().erase("ownerReferences");
    cluster_.put(kNodeConfigs, config);
    start();
    ASSERT_TRUE(complete() && watching());
    const json::object status{{"bgpInstances", {{{"name", "i"}, {"localASN", 65001}}}}};
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(store_->report(node_, status).has_value());
        turn();
    }
    wait(200ms);
    EXPECT_EQ(cluster_.at(kNodeConfigs, "k8s-w0").at("status"), json::value(status));
    EXPECT_EQ(count("PATCH"), 1U);
    EXPECT_THAT(store_->statuses(), ElementsAre(Key(node_)));
    // What it says no more goes.
    const json::object less{{"bgpInstances", {{{"name", "i"}}}}};
    ASSERT_TRUE(store_->report(node_, less).has_value());
    EXPECT_TRUE(until(
        [&] { return cluster_.at(kNodeConfigs, "k8s-w0").at("status") == json::value(less); }));
}

}  // namespace
}  // namespace torii::api
