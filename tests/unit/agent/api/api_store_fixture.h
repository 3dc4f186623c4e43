#pragma once

#include "agent/api/api_store.h"
#include "agent/api/http_transport.h"
#include "platform/runtime/event_loop.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/temporary_folder.h"

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

// A store over real sockets, and an API server that forgets, cuts and refuses.
namespace torii::api {

using namespace std::chrono_literals;
namespace json = boost::json;

inline constexpr const char* kServices = "/api/v1/services";
inline constexpr const char* kPools = "/apis/cilium.io/v2/ciliumloadbalancerippools";
inline constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/leases";

inline std::string collection_of(const json::object& resource) {
    const std::string_view kind = resource.at("kind").as_string();
    for (const ResourceType& type : resource_types()) {
        if (type.kind == kind) {
            return collection_path(type.group, type.versions[0], {}, type.plural);
        }
    }
    throw std::invalid_argument(std::string(kind));
}

inline json::object service(const std::string& name, const std::string& spec = "{}") {
    return json::parse(
               R"({"kind":"Service","apiVersion":"v1","metadata":{"namespace":"n","name":")" +
               name + R"("},"spec":)" + spec + "}")
        .as_object();
}

class ApiStoreTest : public testing::Test {
protected:
    explicit ApiStoreTest(bool tls = false) : cluster_(loop_, tls) {
        for (const ResourceType& type : resource_types()) {
            cluster_.add_collection(collection_path(type.group, type.versions[0], {}, type.plural));
        }
        cluster_.add_collection(kLeases);
        access_.host = "127.0.0.1";
        access_.port = cluster_.port();
        access_.tls = tls;
        access_.authority.text = cluster_.certificate();
        access_.token.file = folder_.path() / "token";
        folder_.write("token", "first\n");
    }

    std::unique_ptr<ApiStore> open(bool controller = false, const std::string& identity = "a",
                                   const std::string& node = "k8s-w0") {
        ApiStoreOptions options;
        options.node = node;
        options.secrets_namespace = "kube-system";
        options.controller = controller;
        options.lease.identity = identity;
        options.lease.duration = 2s;
        options.lease.deadline = 1500ms;
        options.lease.retry = 200ms;
        options.own_condition = "ours";
        const auto access = std::make_shared<const Access>(access_);
        return std::make_unique<ApiStore>(
            loop_, options,
            [this, access] { return std::make_unique<HttpTransport>(loop_, access); },
            random_source());
    }
    void start() {
        store_ = open();
        ASSERT_TRUE(store_->start([this] { reading_ = *store_->read(); }).has_value());
    }

    template <class Condition>
    [[nodiscard]] bool until(Condition condition, Duration patience = 10s) {
        const TimePoint end = loop_.now() + patience;
        while (!condition() && loop_.now() < end) turn();
        return condition();
    }
    void wait(Duration span) {
        const TimePoint end = loop_.now() + span;
        while (loop_.now() < end) turn();
    }
    void turn() {
        loop_.context().restart();
        loop_.context().run_one_for(10ms);
    }
    [[nodiscard]] bool complete() {
        return until([&] { return reading_.complete; });
    }
    [[nodiscard]] bool watching() {
        return until([&] { return cluster_.watches() == resource_types().size(); });
    }
    [[nodiscard]] bool knows(const std::string& name) const {
        return reading_.snapshot.services.contains("n/" + name);
    }
    [[nodiscard]] std::string problems() const {
        std::string all;
        for (const Error& problem : reading_.problems) all += problem.message + "\n";
        return all;
    }

    EventLoop loop_;
    test::TemporaryFolder folder_;
    test::FakeCluster cluster_;
    Access access_;
    std::unique_ptr<ApiStore> store_;
    kube::Reading reading_{.snapshot = {}, .problems = {}, .changes = {}, .complete = false};
};

class ApiControllerTest : public ApiStoreTest {
protected:
    void lead() {
        store_ = open(true);
        ASSERT_TRUE(store_->start([this] { reading_ = *store_->read(); }).has_value());
        ASSERT_TRUE(until([&] { return store_->lead(); }));
    }
    static json::object addresses(const std::string& ip) {
        return json::parse(R"({"conditions":[{"type":"ours","status":"True"}],)"
                           R"("loadBalancer":{"ingress":[{"ip":")" +
                           ip + R"("}]}})")
            .as_object();
    }
    [[nodiscard]] std::string address(const std::string& name) const {
        boost::system::error_code error;
        const json::value whole = cluster_.at(kServices, "n/" + name);
        const json::value* ip = whole.find_pointer("/status/loadBalancer/ingress/0/ip", error);
        return ip == nullptr ? "" : std::string(ip->as_string());
    }
    [[nodiscard]] std::size_t patches() const {
        return static_cast<std::size_t>(
            std::ranges::count(cluster_.requests, "PATCH", &test::FakeRequest::method));
    }

    const kube::ObjectKey a_{"v1", "Service", "n", "a"};
};

}  // namespace torii::api
