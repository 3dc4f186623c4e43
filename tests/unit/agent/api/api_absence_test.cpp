// What nodes tell the others of themselves at an API server, and what it costs.
#include "tests/unit/agent/api/api_store_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace torii::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;
using State = model::Absence::State;

class ApiAbsenceTest : public ApiStoreTest {
protected:
    static constexpr const char* kNodes = "/api/v1/nodes";

    ApiAbsenceTest() {
        for (int number = 0; number < 3; ++number) put_node(number);
    }
    void put_node(int number) {
        const std::string text = fmt::format(
            R"({{"apiVersion":"v1","kind":"Node","metadata":{{"name":"k8s-w{0}"}},"status":)"
            R"({{"addresses":[{{"type":"InternalIP","address":"192.0.2.{0}"}}]}}}})",
            number);
        cluster_.put(kNodes, json::parse(text).as_object());
    }
    static model::Absence absence(State state) {
        model::Absence made;
        made.metadata.name = "k8s-w0";
        made.metadata.namespace_name = model::Absence::kNamespace;
        made.state = state;
        made.addresses = {*IpAddress::parse("192.0.2.1")};
        return made;
    }
    // What this node says until the store has it.
    [[nodiscard]] bool tell(State state) {
        return until([&] {
            EXPECT_TRUE(store_->tell(absence(state)).has_value());
            return seen() == state;
        });
    }
    [[nodiscard]] State seen() const {
        const auto found = reading_.snapshot.absences.find(kKey);
        return found == reading_.snapshot.absences.end() ? State::none : found->second.state;
    }
    [[nodiscard]] std::ptrdiff_t count(std::string_view method) const {
        return std::ranges::count(cluster_.requests, method, &test::FakeRequest::method);
    }

    const std::string kKey = model::Absence::key("k8s-w0");
};

TEST_F(ApiAbsenceTest, OthersSeeWhatANodeTells) {
    kube::Reading theirs;
    const auto other = open(false, "b", "k8s-w1");
    ASSERT_TRUE(other->start([&] { theirs = *other->read(); }).has_value());
    start();
    ASSERT_TRUE(complete() && tell(State::leaving));
    const auto they_see = [&](State state) {
        return until([&] {
            const auto& all = theirs.snapshot.absences;
            return all.contains(kKey) && all.at(kKey).state == state;
        });
    };
    ASSERT_TRUE(they_see(State::leaving));
    EXPECT_THAT(theirs.snapshot.absences.at(kKey).addresses,
                ElementsAre(*IpAddress::parse("192.0.2.1")));
    EXPECT_THAT(theirs.snapshot.nodes, ElementsAre(Key("k8s-w1"))) << "their own alone";
    // It ends with its node.
    const json::value lease = cluster_.at(kLeases, kKey);
    EXPECT_EQ(lease.at_pointer("/metadata/ownerReferences/0/uid"),
              cluster_.at(kNodes, "k8s-w0").at("metadata").at("uid"));
    ASSERT_TRUE(tell(State::back) && they_see(State::back));
    ASSERT_TRUE(store_->tell(std::nullopt).has_value());
    EXPECT_TRUE(until([&] { return theirs.snapshot.absences.empty() && seen() == State::none; }));
    EXPECT_EQ(count("POST") + count("PATCH") + count("DELETE"), 3) << "each once";
}

TEST_F(ApiAbsenceTest, OnlyANodeThatIsBackFollowsTheOthers) {
    start();
    ASSERT_TRUE(complete() && tell(State::leaving));
    EXPECT_THAT(reading_.snapshot.nodes, ElementsAre(Key("k8s-w0")));
    ASSERT_TRUE(tell(State::back));
    EXPECT_THAT(reading_.snapshot.nodes, SizeIs(3)) << "as soon as it counts as back";
    put_node(3);
    cluster_.erase(kNodes, "k8s-w1");
    ASSERT_TRUE(until([&] {
        const auto& nodes = reading_.snapshot.nodes;
        return nodes.contains("k8s-w3") && !nodes.contains("k8s-w1");
    }));
    ASSERT_TRUE(store_->tell(std::nullopt).has_value());
    ASSERT_TRUE(until([&] { return seen() == State::none; }));
    EXPECT_THAT(reading_.snapshot.nodes, ElementsAre(Key("k8s-w0")));
    EXPECT_TRUE(watching()) << "no watch more than before";
}

TEST_F(ApiAbsenceTest, AnAgentThatComesToANodeThatIsBackKnowsTheOthersFromTheFirstReadingOn) {
    start();
    ASSERT_TRUE(complete() && tell(State::back));
    store_.reset();
    reading_ = {.snapshot = {}, .problems = {}, .changes = {}, .complete = false};
    start();
    ASSERT_TRUE(complete());
    EXPECT_EQ(seen(), State::back);
    EXPECT_THAT(reading_.snapshot.nodes, SizeIs(3));
}

TEST_F(ApiAbsenceTest, NobodyWaitsForLeasesThatMayNotBeRead) {
    cluster_.before = [&](const test::FakeRequest& request) -> std::optional<test::FakeAnswer> {
        if (request.path.ends_with("/leases")) return test::FakeAnswer{.status = 403};
        return std::nullopt;
    };
    start();
    ASSERT_TRUE(complete());
    EXPECT_THAT(problems(), HasSubstr("403 (leases)"));
    EXPECT_THAT(reading_.snapshot.absences, IsEmpty());
}

}  // namespace
}  // namespace torii::api
