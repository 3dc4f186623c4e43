// The store over real sockets, against an API server that forgets, cuts and refuses.
#include "agent/kube/manifest_folder.h"
#include "agent/kube/yaml.h"
#include "tests/unit/agent/api/api_store_fixture.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace torii::api {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

TEST_F(ApiStoreTest, SaysWhatAFolderOfTheSameResourcesSays) {
    for (const auto& entry : std::filesystem::directory_iterator(TORII_EXAMPLES_DIR "/manifests")) {
        std::ifstream file(entry.path());
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const std::vector<json::value> documents = kube::parse_yaml(text).value();
        for (const json::value& document : documents) {
            if (document.is_object()) {
                cluster_.put(collection_of(document.as_object()), document.as_object());
            }
        }
    }
    kube::ManifestFolder folder(TORII_EXAMPLES_DIR "/manifests");
    kube::Reading expected = *folder.read();
    ASSERT_THAT(expected.snapshot.nodes, testing::SizeIs(testing::Gt(1U)));
    // An agent that is no controller follows its own node alone.
    std::erase_if(expected.snapshot.nodes, [](const auto& node) { return node.first != "k8s-w0"; });
    start();
    ASSERT_TRUE(complete());
    EXPECT_EQ(reading_.snapshot, expected.snapshot);
    EXPECT_THAT(reading_.problems, IsEmpty());
}

TEST_F(ApiStoreTest, ListsOfManyPages) {
    for (int number = 0; number < 1200; ++number) {
        cluster_.put(kServices, service("s" + std::to_string(number)));
    }
    start();
    ASSERT_TRUE(complete());
    EXPECT_EQ(reading_.snapshot.services.size(), 1200U);
    EXPECT_EQ(std::ranges::count(cluster_.requests, kServices, &test::FakeRequest::path), 4)
        << "three pages and a watch";
}

TEST_F(ApiStoreTest, NothingIsSaidBeforeEverythingIsKnown) {
    cluster_.before = [&](const test::FakeRequest& request) -> std::optional<test::FakeAnswer> {
        if (request.path.ends_with("/secrets")) return test::FakeAnswer{.status = 403};
        return std::nullopt;
    };
    cluster_.put(kServices, service("a"));
    start();
    EXPECT_TRUE(until([&] { return problems().find("403 (secrets)") != std::string::npos; }));
    EXPECT_FALSE(reading_.complete);
    EXPECT_THAT(reading_.snapshot.services, IsEmpty());
    cluster_.before = nullptr;
    ASSERT_TRUE(complete());
    EXPECT_TRUE(knows("a"));
    EXPECT_EQ(problems(), "");
}

TEST_F(ApiStoreTest, NoEventIsLostWhenConnectionsBreakInTheMiddleOfOne) {
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.put(kServices, service("a"));
    cluster_.cut_watches(R"({"type":"ADDED","object":{"metadata":{"na)");
    // While nobody watches.
    cluster_.put(kServices, service("b"));
    cluster_.erase(kServices, "n/a");
    cluster_.requests.clear();
    ASSERT_TRUE(until([&] { return knows("b") && !knows("a"); }));
    EXPECT_TRUE(watching());
    EXPECT_TRUE(std::ranges::all_of(cluster_.requests, &test::FakeRequest::is_watch))
        << "resumed, without a list";
}

TEST_F(ApiStoreTest, DeletionsThatTheServerForgotAreFound) {
    cluster_.put(kServices, service("a"));
    cluster_.put(kServices, service("b"));
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.cut_watches();
    cluster_.erase(kServices, "n/a");
    cluster_.put(kServices, service("c"));
    cluster_.compact();
    ASSERT_TRUE(until([&] { return knows("c"); }));
    EXPECT_FALSE(knows("a"));
    EXPECT_TRUE(knows("b"));
}

TEST_F(ApiStoreTest, BookmarksSaveTheList) {
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.put(kPools, json::parse(R"({"metadata":{"name":"p"}})").as_object());
    cluster_.bookmark();
    wait(500ms);
    cluster_.compact();
    cluster_.requests.clear();
    cluster_.cut_watches();
    wait(1s);
    ASSERT_TRUE(watching());
    EXPECT_TRUE(std::ranges::all_of(cluster_.requests, &test::FakeRequest::is_watch))
        << "all knew the last version";
}

TEST_F(ApiStoreTest, EventsTwiceAndOutOfOrder) {
    cluster_.put(kServices, service("a"));
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.put(kServices, service("b"));
    const auto line = [&](const json::object& object) {
        return json::serialize(json::object{{"type", "ADDED"}, {"object", object}}) + "\n";
    };
    const std::string again = line(cluster_.at(kServices, "n/b"));
    cluster_.say_to_watches(again + again);
    ASSERT_TRUE(until([&] { return knows("b"); }));
    cluster_.put(kServices, service("c"));
    json::object late = service("ghost");
    late["metadata"].as_object()["resourceVersion"] = std::to_string(cluster_.version() - 1);
    cluster_.say_to_watches(line(late));
    ASSERT_TRUE(until([&] { return knows("c"); }));
    wait(1500ms);
    EXPECT_FALSE(knows("ghost")) << "the list decides";
    EXPECT_TRUE(watching());
}

TEST_F(ApiStoreTest, ATokenThatIsReplaced) {
    std::string valid = "Bearer first";
    cluster_.before = [&](const test::FakeRequest& request) -> std::optional<test::FakeAnswer> {
        if (request.authorization == valid) return std::nullopt;
        return test::FakeAnswer{.status = 401, .body = R"({"message":"Unauthorized"})"};
    };
    start();
    ASSERT_TRUE(complete() && watching());
    valid = "Bearer second";
    cluster_.cut_watches();
    cluster_.put(kServices, service("a"));
    EXPECT_TRUE(until([&] { return problems().find("401: Unauthorized") != std::string::npos; }));
    EXPECT_FALSE(knows("a"));
    folder_.replace("token", "second\n");
    EXPECT_TRUE(until([&] { return knows("a") && problems().empty(); }));
}

TEST_F(ApiStoreTest, AServerWithTooMuchToDo) {
    int refused = 0;
    cluster_.before = [&](const test::FakeRequest&) -> std::optional<test::FakeAnswer> {
        if (++refused > 24) return std::nullopt;
        return test::FakeAnswer{.status = 429, .headers = "Retry-After: 1\r\n"};
    };
    const TimePoint before = loop_.now();
    start();
    ASSERT_TRUE(complete());
    EXPECT_GE(loop_.now() - before, 2s) << "all had to come back twice, a second later each";
}

TEST_F(ApiStoreTest, AServerThatDropsEveryWatchIsNotFloodedWithThem) {
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.requests.clear();
    const TimePoint end = loop_.now() + 3s;
    while (loop_.now() < end) {
        cluster_.cut_watches();
        turn();
    }
    // Each of the watches after 0.25 to 0.5 s, 0.5 to 1 s, 1 to 2 s.
    EXPECT_LE(cluster_.requests.size(), 4 * resource_types().size());
    EXPECT_TRUE(std::ranges::all_of(cluster_.requests, &test::FakeRequest::is_watch));
}

TEST_F(ApiStoreTest, EverythingStaysWhileTheServerIsAway) {
    cluster_.put(kServices, service("a"));
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.stop();
    EXPECT_TRUE(
        until([&] { return problems().find("Connection refused\n") != std::string::npos; }));
    EXPECT_TRUE(reading_.complete && knows("a"));
    EXPECT_EQ(reading_.problems.size(), 1U) << problems();
    cluster_.resume();
    cluster_.put(kServices, service("b"));
    EXPECT_TRUE(until([&] { return knows("b") && problems().empty(); }));
}

TEST_F(ApiStoreTest, AResourceThatCannotBeReadKeepsWhatItLastSaid) {
    cluster_.put(kServices, service("a", R"({"type":"LoadBalancer"})"));
    start();
    ASSERT_TRUE(complete() && watching());
    cluster_.put(kServices, service("a", R"({"type":"Balancer"})"));
    ASSERT_TRUE(until([&] { return !reading_.problems.empty(); }));
    EXPECT_THAT(problems(), AllOf(HasSubstr("Service n/a: spec.type"), HasSubstr("Balancer")));
    EXPECT_EQ(reading_.snapshot.services.at("n/a").type, model::ServiceType::load_balancer);
    cluster_.erase(kServices, "n/a");
    EXPECT_TRUE(until([&] { return !knows("a") && reading_.problems.empty(); }));
}

TEST_F(ApiStoreTest, ASlowServerIsGivenUp) {
    HttpTransport transport(loop_, std::make_shared<const Access>(access_));
    cluster_.before = [&](const test::FakeRequest& request) -> std::optional<test::FakeAnswer> {
        if (request.path == "/nothing") return test::FakeAnswer{.silent = true};
        return std::nullopt;
    };
    std::optional<Outcome> outcome;
    const auto ask = [&](const std::string& target) {
        outcome.reset();
        Request request;
        request.target = target;
        request.answer_max = 200ms;
        request.pause_max = 300ms;
        return transport.exchange(std::move(request),
                                  {{}, {}, [&](const Outcome& ended) { outcome = ended; }});
    };
    const Timer silent = ask("/nothing");
    ASSERT_TRUE(until([&] { return outcome.has_value(); }));
    EXPECT_THAT(outcome->error, HasSubstr("timed out"));
    const Timer stalled = ask(std::string(kServices) + "?watch=true&resourceVersion=1");
    ASSERT_TRUE(until([&] { return outcome.has_value(); }));
    EXPECT_EQ(outcome->status, 200U);
    EXPECT_THAT(outcome->error, HasSubstr("timed out"));
}

class ApiStoreTlsTest : public ApiStoreTest {
protected:
    ApiStoreTlsTest() : ApiStoreTest(true) {}
};

TEST_F(ApiStoreTlsTest, SpeaksTls) {
    cluster_.put(kServices, service("a"));
    start();
    ASSERT_TRUE(complete() && watching());
    EXPECT_TRUE(knows("a"));
    cluster_.put(kServices, service("b"));
    EXPECT_TRUE(until([&] { return knows("b"); }));
}

TEST_F(ApiStoreTlsTest, ASecretIsForTheRightServerOnly) {
    access_.server_name = "other.test";
    start();
    EXPECT_TRUE(until([&] { return problems().find("certificate verify") != std::string::npos; }));
    EXPECT_THAT(cluster_.requests, IsEmpty()) << "no token for it";
}

TEST_F(ApiStoreTlsTest, ACertificateOfAnUnknownAuthorityIsRefused) {
    access_.authority.text = test::FakeCluster(loop_, true).certificate();
    start();
    EXPECT_TRUE(until([&] { return problems().find("certificate verify") != std::string::npos; }));
    EXPECT_THAT(cluster_.requests, IsEmpty());
}

TEST_F(ApiControllerTest, WritesStatusesOnce) {
    cluster_.put(kServices, service("a"));
    lead();
    // Also while the patch or its event is under way.
    for (int round = 0; round < 100; ++round) {
        ASSERT_TRUE(store_->write({{a_, addresses("192.0.2.1")}}).has_value());
        turn();
    }
    wait(100ms);
    EXPECT_EQ(address("a"), "192.0.2.1");
    EXPECT_EQ(patches(), 1U);
    EXPECT_THAT(store_->statuses(), ElementsAre(Key(a_)));
    // No longer ours.
    ASSERT_TRUE(store_->write({}).has_value());
    ASSERT_TRUE(until([&] { return address("a").empty(); }));
}

TEST_F(ApiControllerTest, WhatIsPromisedCountsBeforeItIsWritten) {
    cluster_.put(kServices, service("a"));
    lead();
    cluster_.before = [&](const test::FakeRequest& request) -> std::optional<test::FakeAnswer> {
        if (request.method == "PATCH") return test::FakeAnswer{.status = 503};
        return std::nullopt;
    };
    ASSERT_TRUE(store_->write({{a_, addresses("192.0.2.1")}}).has_value());
    const kube::Reading reading = *store_->read();
    EXPECT_THAT(reading.snapshot.services.at("n/a").load_balancer_ips,
                ElementsAre(*IpAddress::parse("192.0.2.1")));
    wait(100ms);
    cluster_.before = nullptr;
    EXPECT_TRUE(until([&] { return address("a") == "192.0.2.1"; })) << "tried again";
}

TEST_F(ApiControllerTest, WritesOnlyWhatItHasSeen) {
    cluster_.put(kServices, service("a"));
    lead();
    ASSERT_TRUE(watching());
    // Made anew by somebody: what was decided was for another.
    cluster_.cut_watches();
    cluster_.erase(kServices, "n/a");
    cluster_.put(kServices, service("a"));
    ASSERT_TRUE(store_->write({{a_, addresses("192.0.2.1")}}).has_value());
    ASSERT_TRUE(until([&] { return patches() == 1; }));
    for (int round = 0; round < 10; ++round) {
        turn();
        if (cluster_.watches() > 0) break;
        ASSERT_TRUE(store_->write({{a_, addresses("192.0.2.1")}}).has_value());
    }
    EXPECT_EQ(address("a"), "");
    EXPECT_EQ(patches(), 1U) << "refused (409), and not repeated before the event";
    // It is decided anew for the new one.
    ASSERT_TRUE(watching());
    wait(200ms);
    ASSERT_TRUE(store_->write({{a_, addresses("192.0.2.1")}}).has_value());
    EXPECT_TRUE(until([&] { return address("a") == "192.0.2.1"; }));
}

TEST_F(ApiControllerTest, AnotherLeadsWhenTheFirstIsGone) {
    cluster_.put(kServices, service("a"));
    lead();
    auto second = open(true, "b");
    ASSERT_TRUE(second->start([] {}).has_value());
    wait(1s);
    EXPECT_TRUE(store_->lead());
    EXPECT_FALSE(second->lead());
    ASSERT_TRUE(second->write({{a_, addresses("192.0.2.9")}}).has_value());
    wait(100ms);
    EXPECT_EQ(address("a"), "") << "who does not lead writes nothing";
    store_.reset();
    ASSERT_TRUE(until([&] { return second->lead(); }));
    ASSERT_TRUE(second->write({{a_, addresses("192.0.2.2")}}).has_value());
    EXPECT_TRUE(until([&] { return address("a") == "192.0.2.2"; }));
}

TEST_F(ApiControllerTest, ALeaderWithoutAServerDoesNotLeadForLong) {
    lead();
    cluster_.stop();
    EXPECT_TRUE(until([&] { return !store_->lead(); }));
    cluster_.resume();
    EXPECT_TRUE(until([&] { return store_->lead(); }, 10s));
}

TEST_F(ApiControllerTest, TheNewLeaderListsAnewBeforeItDecides) {
    store_ = open(true);
    ASSERT_TRUE(store_->start([this] { reading_ = *store_->read(); }).has_value());
    bool refuse = false;
    cluster_.before = [&](const test::FakeRequest& request) -> std::optional<test::FakeAnswer> {
        if (request.path.find("/leases") != std::string::npos && !refuse) {
            return test::FakeAnswer{.status = 500};
        }
        if (refuse && request.path == kServices) return test::FakeAnswer{.status = 500};
        return std::nullopt;
    };
    ASSERT_TRUE(complete());
    refuse = true;
    ASSERT_TRUE(until(
        [&] { return !cluster_.requests.empty() && cluster_.requests.back().method == "POST"; }));
    wait(500ms);
    EXPECT_FALSE(store_->lead()) << "elected, but without a new list of the services";
    cluster_.before = nullptr;
    EXPECT_TRUE(until([&] { return store_->lead(); }));
}

}  // namespace
}  // namespace torii::api
