// What follows from each answer of the API server, without any: no event lost, none believed twice,
// no storm of requests.
#include "agent/api/watch.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace torii::api {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const ResourceType& type(std::string_view kind) {
    for (const ResourceType& candidate : resource_types()) {
        if (candidate.kind == kind) return candidate;
    }
    throw std::invalid_argument(std::string(kind));
}

std::string item(const std::string& name, int version) {
    return fmt::format(R"({{"metadata":{{"name":"{}","namespace":"n","resourceVersion":"{}"}}}})",
                       name, version);
}

std::string page(int version, const std::vector<std::string>& items, const std::string& more = "") {
    return fmt::format(
        R"({{"kind":"ServiceList","metadata":{{"resourceVersion":"{}","continue":"{}"}},)"
        R"("items":[{}]}})",
        version, more, fmt::join(items, ","));
}

std::string event(const std::string& what, const std::string& object) {
    return fmt::format(R"({{"type":"{}","object":{}}})", what, object);
}

// Plays the server. What the watch finds out is "+n/a" and "-n/a".
class WatchTest : public testing::Test {
protected:
    explicit WatchTest(std::string_view kind = "Service")
        : watch_({type(kind), {}, {}}, [] { return 0.5; }) {}

    // The next query, sent when it is due.
    Query ask() {
        Query query = watch_.next();
        now_ += query.delay;
        watch_.begun(now_);
        return query;
    }
    bool take(const std::string& json) {
        watch_.accepted();
        Changes changes;
        const bool taken = watch_.take(boost::json::parse(json), changes).has_value();
        note(changes);
        return taken;
    }
    void end(const Outcome& outcome) {
        Changes changes;
        watch_.ended(outcome, now_, changes);
        note(changes);
    }
    void good() { end({.status = 200}); }
    void cut() { end({.status = 200, .error = "cut"}); }
    void refuse(unsigned status, std::optional<Seconds> retry_after = {}) {
        end({.status = status, .retry_after = retry_after, .message = "no"});
    }
    void answer(const std::string& json) {
        ask();
        take(json);
        good();
    }
    std::vector<std::string> seen() { return std::exchange(seen_, {}); }

    TimePoint now_{};
    Watch watch_;

private:
    void note(const Changes& changes) {
        for (const Change& change : changes) {
            seen_.push_back((change.removed ? "-" : "+") + change.name);
        }
    }
    std::vector<std::string> seen_;
};

TEST_F(WatchTest, ListsThenWatchesFromThere) {
    EXPECT_EQ(ask().target, "/api/v1/services?limit=500");
    EXPECT_TRUE(take(page(10, {item("a", 3), item("b", 7)})));
    EXPECT_FALSE(watch_.complete());
    good();
    EXPECT_TRUE(watch_.complete());
    EXPECT_THAT(seen(), ElementsAre("+a", "+b"));
    const Query query = ask();
    EXPECT_EQ(query.delay, 0s);
    EXPECT_TRUE(query.stream);
    EXPECT_EQ(query.target,
              "/api/v1/services?watch=true&allowWatchBookmarks=true&resourceVersion=10"
              "&timeoutSeconds=450");
    EXPECT_TRUE(take(event("MODIFIED", item("a", 11))));
    EXPECT_TRUE(take(event("DELETED", item("b", 12))));
    EXPECT_TRUE(take(event("ADDED", item("c", 13))));
    EXPECT_THAT(seen(), ElementsAre("+a", "-b", "+c"));
}

TEST_F(WatchTest, ListsInPagesOfOneMoment) {
    answer(page(10, {item("a", 3)}, "to ken"));
    EXPECT_FALSE(watch_.complete());
    EXPECT_EQ(ask().target, "/api/v1/services?limit=500&continue=to%20ken");
    refuse(503);
    EXPECT_EQ(ask().target, "/api/v1/services?limit=500&continue=to%20ken") << "the same page";
    take(page(10, {item("b", 4)}));
    good();
    EXPECT_TRUE(watch_.complete());
    EXPECT_THAT(seen(), ElementsAre("+a", "+b"));
}

TEST_F(WatchTest, APageThatIsGoneStartsTheListAnewInOnePiece) {
    answer(page(10, {item("a", 3)}, "token"));
    ask();
    refuse(410);
    EXPECT_EQ(ask().target, "/api/v1/services");
    take(page(20, {item("b", 15)}));
    good();
    EXPECT_THAT(seen(), ElementsAre("+a", "+b", "-a")) << "the first page was of another moment";
}

TEST_F(WatchTest, ResumesWhereACutStreamWas) {
    answer(page(10, {}));
    ask();
    take(event("ADDED", item("a", 11)));
    cut();
    EXPECT_THAT(ask().target, HasSubstr("resourceVersion=11"));
    take(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"40"}}})");
    now_ += 300s;
    good();
    const Query query = ask();
    EXPECT_THAT(query.target, HasSubstr("resourceVersion=40")) << "as the bookmark says";
    EXPECT_LT(query.delay, 100ms) << "a stream that has had its time is no failure";
}

TEST_F(WatchTest, WhatWasDeletedInAGapIsFoundByTheNextList) {
    answer(page(10, {item("a", 3), item("b", 4), item("c", 5)}));
    EXPECT_THAT(seen(), ElementsAre("+a", "+b", "+c"));
    ask();
    EXPECT_FALSE(take(event("ERROR", R"({"kind":"Status","code":410,"message":"too old"})")));
    cut();
    EXPECT_THAT(seen(), IsEmpty()) << "nothing is gone because we do not know";
    const Query query = ask();
    EXPECT_EQ(query.target, "/api/v1/services?limit=500");
    EXPECT_GT(query.delay, 100ms);
    take(page(50, {item("a", 3), item("c", 44)}));
    good();
    EXPECT_THAT(seen(), ElementsAre("+c", "-b")) << "a is as it was";
}

TEST_F(WatchTest, EventsThatComeTwiceAreSeenOnce) {
    answer(page(10, {item("a", 3)}));
    ask();
    take(event("MODIFIED", item("a", 11)));
    take(event("MODIFIED", item("a", 11)));
    EXPECT_TRUE(take(event("MODIFIED", item("a", 9)))) << "older than what we have";
    EXPECT_TRUE(take(event("DELETED", item("a", 8)))) << "of one before its time";
    EXPECT_THAT(seen(), ElementsAre("+a", "+a"));
}

TEST_F(WatchTest, AStreamOutOfOrderIsNotTrusted) {
    answer(page(10, {item("a", 3), item("b", 4)}));
    seen();
    ask();
    take(event("MODIFIED", item("a", 20)));
    EXPECT_FALSE(take(event("MODIFIED", item("b", 15)))) << "what else was left out?";
    cut();
    EXPECT_EQ(ask().target, "/api/v1/services?limit=500");
    EXPECT_THAT(seen(), ElementsAre("+a"));
}

TEST_F(WatchTest, AServerThatWentBackIsListedAnew) {
    answer(page(10, {item("a", 3)}));
    ask();
    EXPECT_FALSE(take(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5"}}})"));
    cut();
    EXPECT_EQ(ask().target, "/api/v1/services?limit=500");
    take(page(5, {item("b", 4)}));
    good();
    EXPECT_THAT(seen(), ElementsAre("+a", "+b", "-a"));
}

TEST_F(WatchTest, FailuresWaitLongerEachTime) {
    std::vector<Duration> delays;
    for (int count = 0; count < 9; ++count) {
        ask();
        end({.error = "connect: Connection refused"});
        delays.push_back(watch_.next().delay);
    }
    EXPECT_THAT(delays, ElementsAre(375ms, 750ms, 1500ms, 3s, 6s, 12s, 22500ms, 22500ms, 22500ms));
    EXPECT_EQ(watch_.problem(), "connect: Connection refused");
}

TEST_F(WatchTest, TheServerMaySayHowLongToWait) {
    ask();
    refuse(429, 17s);
    EXPECT_EQ(watch_.next().delay, 17s);
    ask();
    refuse(503, 100000s);
    EXPECT_EQ(watch_.next().delay, Watch::kRetryAfterMax) << "but not for ever";
}

// A server that takes each watch and drops it, or that knows no version for long.
TEST_F(WatchTest, ALoopOfSuccessesIsNoStorm) {
    int requests = 0;
    answer(page(10, {}));
    while (now_.time_since_epoch() < 60s) {
        ask();
        ++requests;
        good();
    }
    EXPECT_LT(requests, 12) << "watches that end as soon as they begin";

    requests = 0;
    const TimePoint start = now_;
    while (now_ - start < 60s) {
        if (ask().stream) {
            take(event("ERROR", R"({"code":410})"));
            cut();
        } else {
            take(page(10, {}));
            good();
        }
        ++requests;
    }
    EXPECT_LT(requests, 40) << "lists that lead to no watch";
}

TEST_F(WatchTest, ARefusedTokenIsTriedAgain) {
    answer(page(10, {item("a", 3)}));
    ask();
    refuse(401);
    EXPECT_THAT(ask().target, HasSubstr("resourceVersion=10")) << "with what is known";
    EXPECT_EQ(watch_.problem(), "") << "once happens";
    refuse(401);
    EXPECT_EQ(watch_.problem(), "401: no");
    ask();
    take(event("MODIFIED", item("a", 11)));
    EXPECT_EQ(watch_.problem(), "") << "it works again";
}

TEST_F(WatchTest, NoAnswerTakesAnythingAway) {
    answer(page(10, {item("a", 3)}));
    seen();
    for (const unsigned status : {400U, 401U, 403U, 404U, 409U, 410U, 429U, 500U, 503U, 504U}) {
        ask();
        refuse(status);
    }
    for (const char* const json : {R"({"kind":"Status","code":500})", "[]", R"({"items":{}})",
                                   R"({"kind":"ServiceList","metadata":{}})",
                                   R"({"kind":"ServiceList","metadata":{"resourceVersion":"9"},)"
                                   R"("items":["a"]})"}) {
        ask();
        EXPECT_FALSE(take(json)) << json;
        end({.status = 200, .error = "ended"});
    }
    ask();
    good();
    EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(WatchTest, APageWhoseConnectionBrokeIsAPage) {
    ask();
    take(page(10, {item("a", 3)}));
    cut();
    EXPECT_TRUE(watch_.complete());
}

TEST_F(WatchTest, AListThatBreaksOffTakesNothingOver) {
    answer(page(10, {item("a", 3)}, "token"));
    ask();
    end({.status = 200, .error = "not JSON", .garbled = true});
    EXPECT_EQ(ask().target, "/api/v1/services?limit=50") << "perhaps it was too large";
    take(page(20, {}));
    good();
    EXPECT_THAT(seen(), ElementsAre("+a", "-a"));
}

TEST_F(WatchTest, ListsAnewWhenTold) {
    answer(page(10, {item("a", 3)}));
    ask();
    take(event("MODIFIED", item("a", 11)));
    EXPECT_TRUE(watch_.current());
    watch_.list_again();
    EXPECT_FALSE(watch_.current());
    EXPECT_EQ(watch_.next().target, "/api/v1/services?limit=500");
    EXPECT_EQ(watch_.next().delay, 0s);
}

class PoolWatchTest : public WatchTest {
protected:
    PoolWatchTest() : WatchTest("CiliumPodIPPool") {}
};

TEST_F(PoolWatchTest, TheBestVersionThatThereIs) {
    EXPECT_EQ(ask().target, "/apis/cilium.io/v2/ciliumpodippools?limit=500");
    refuse(404);
    const Query query = ask();
    EXPECT_EQ(query.target, "/apis/cilium.io/v2alpha1/ciliumpodippools?limit=500");
    EXPECT_EQ(query.delay, 0s);
    take(page(10, {}));
    good();
    EXPECT_THAT(ask().target, HasSubstr("/apis/cilium.io/v2alpha1/ciliumpodippools?watch=true"));
}

TEST_F(PoolWatchTest, ATypeThatIsNotThereIsBelievedAfterAWhile) {
    const auto refuse_all = [&] {
        ask();
        refuse(404);
        ask();
        refuse(404);
    };
    refuse_all();
    EXPECT_FALSE(watch_.complete()) << "a server that starts does not know its types yet";
    int rounds = 0;
    while (!watch_.complete()) {
        refuse_all();
        ++rounds;
    }
    EXPECT_GE(now_.time_since_epoch(), Watch::kAbsentPatience);
    EXPECT_LT(rounds, 10);
    EXPECT_GE(watch_.next().delay, 20s);
    answer(page(10, {item("a", 3)}));
    EXPECT_THAT(seen(), ElementsAre("+a")) << "installed later";
}

TEST_F(PoolWatchTest, ATypeThatGoesTakesItsResourcesAlongAfterAWhile) {
    answer(page(10, {item("a", 3)}));
    seen();
    const TimePoint start = now_;
    while (seen().empty()) {
        ask();
        refuse(404);
        ASSERT_LT(now_ - start, 60s);
    }
    EXPECT_GE(now_ - start, Watch::kAbsentPatience);
}

TEST(WatchTargets, NamesAndNamespaces) {
    Watch node({type("Node"), {}, "k8s w0"}, [] { return 0.0; });
    EXPECT_EQ(node.next().target, "/api/v1/nodes?limit=500&fieldSelector=metadata.name%3Dk8s%20w0");
    Watch secrets({type("Secret"), "kube-system", {}}, [] { return 0.0; });
    EXPECT_EQ(secrets.next().target, "/api/v1/namespaces/kube-system/secrets?limit=500");
}

}  // namespace
}  // namespace torii::api
