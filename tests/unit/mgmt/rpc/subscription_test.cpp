#include "rpc_bed.h"

namespace torii::rpc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Subscribing : public RpcBed {
protected:
    Subscribing() { greet(); }
    std::string subscribe(const std::string& inside = "") {
        return call(
            "<create-subscription "
            "xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">" +
            inside + "</create-subscription>");
    }
    void happens(const std::string& id, const std::string& user) {
        router_.events.add(
            {router_.now, R"({"torii-system:commit-done": {"kind": "committed", "id": ")" + id +
                              R"(", "user": ")" + user + R"("}})"});
    }
    static std::string notification(const std::string& time, const std::string& content) {
        return "<notification "
               "xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime>" +
               time + "</eventTime>" + content + "</notification>";
    }
    static std::string commit_done(const std::string& id, const std::string& user) {
        return "<commit-done xmlns=\"urn:torii:system\"><kind>committed</kind><id>" + id +
               "</id><user>" + user + "</user></commit-done>";
    }
    static std::string complete(const std::string& what) {
        return "<" + what + " xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>";
    }
};

TEST_F(Subscribing, WhoHasSubscribedIsTold) {
    happens("1", "before");
    EXPECT_EQ(subscribe("<stream>NETCONF</stream>"), "<ok/>");
    EXPECT_THAT(router_.sent, IsEmpty());
    happens("2", "admin");
    EXPECT_THAT(router_.sent,
                ElementsAre(notification("2023-11-14T22:13:20Z", commit_done("2", "admin"))));
    // The session goes on (interleave).
    EXPECT_THAT(call("<get-config><source><running/></source></get-config>"), HasSubstr("<data>"));
    EXPECT_THAT(subscribe(), HasSubstr("operation-failed"));
    EXPECT_EQ(session_->statistics().out_notifications, 1U);
    session_.reset();
    happens("3", "admin");
    EXPECT_EQ(router_.sent.size(), 1U);
}

TEST_F(Subscribing, AFilterLeavesOut) {
    EXPECT_EQ(subscribe("<filter type=\"xpath\" xmlns:s=\"urn:torii:system\" "
                        "select=\"/s:commit-done[s:user='me']\"/>"),
              "<ok/>");
    happens("1", "me");
    happens("2", "you");
    ASSERT_EQ(router_.sent.size(), 1U);
    EXPECT_THAT(router_.sent[0], HasSubstr("<user>me</user>"));
}

TEST_F(Subscribing, ASubtreeFilterTakesParts) {
    EXPECT_EQ(
        subscribe("<filter><commit-done xmlns=\"urn:torii:system\"><id/></commit-done></filter>"),
        "<ok/>");
    happens("1", "me");
    EXPECT_THAT(
        router_.sent,
        ElementsAre(HasSubstr("<commit-done xmlns=\"urn:torii:system\"><id>1</id></commit-done>")));
}

TEST_F(Subscribing, WhatWasIsToldAgain) {
    router_.now = 1'650'000'000;
    happens("1", "early");
    router_.now = 1'690'000'000;
    happens("2", "late");
    router_.now = 1'700'000'000;
    EXPECT_EQ(subscribe("<startTime>2023-01-01T00:00:00Z</startTime>"), "<ok/>");
    EXPECT_THAT(router_.sent,
                ElementsAre(notification("2023-07-22T04:26:40Z", commit_done("2", "late")),
                            notification("2023-11-14T22:13:20Z", complete("replayComplete"))));
    happens("3", "now");
    EXPECT_EQ(router_.sent.size(), 3U);
}

TEST_F(Subscribing, ItEndsAtItsTime) {
    EXPECT_EQ(subscribe("<startTime>2023-11-14T22:13:20Z</startTime>"
                        "<stopTime>2023-11-14T22:14:20Z</stopTime>"),
              "<ok/>");
    router_.sent.clear();
    router_.scheduler.advance(std::chrono::seconds(59));
    EXPECT_THAT(router_.sent, IsEmpty());
    router_.now += 60;
    router_.scheduler.advance(std::chrono::seconds(1));
    EXPECT_THAT(router_.sent, ElementsAre(notification("2023-11-14T22:14:20Z",
                                                       complete("notificationComplete"))));
    happens("1", "late");
    EXPECT_EQ(router_.sent.size(), 1U);
    EXPECT_EQ(subscribe(), "<ok/>");
}

TEST_F(Subscribing, OnlyThePastEndsAtOnce) {
    happens("1", "admin");
    router_.now += 100;
    EXPECT_EQ(subscribe("<startTime>2023-11-14T22:13:20Z</startTime>"
                        "<stopTime>2023-11-14T22:13:21Z</stopTime>"),
              "<ok/>");
    EXPECT_THAT(router_.sent, ElementsAre(HasSubstr("commit-done"), HasSubstr("replayComplete"),
                                          HasSubstr("notificationComplete")));
}

TEST_F(Subscribing, WrongTimesAndNamesAreRefused) {
    EXPECT_THAT(subscribe("<stream>SNMP</stream>"), HasSubstr("invalid-value"));
    EXPECT_THAT(subscribe("<startTime>now</startTime>"), HasSubstr("invalid-value"));
    EXPECT_THAT(subscribe("<startTime>2030-01-01T00:00:00Z</startTime>"),
                HasSubstr("<error-tag>bad-element</error-tag>"));
    EXPECT_THAT(subscribe("<stopTime>2030-01-01T00:00:00Z</stopTime>"),
                HasSubstr("<error-tag>missing-element</error-tag>"));
    EXPECT_THAT(subscribe("<startTime>2023-01-02T00:00:00Z</startTime>"
                          "<stopTime>2023-01-01T00:00:00Z</stopTime>"),
                HasSubstr("<error-tag>bad-element</error-tag>"));
    EXPECT_THAT(subscribe("<filter type=\"xpath\" select=\"/x[\"/>"), HasSubstr("invalid-value"));
    EXPECT_EQ(subscribe("<startTime>2023-11-14T22:13:20Z</startTime>"
                        "<stopTime>9999-01-01T00:00:00Z</stopTime>"),
              "<ok/>");
}

TEST_F(Subscribing, TheStreamIsDescribed) {
    EXPECT_THAT(call("<get><filter><netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>"
                     "</filter></get>"),
                HasSubstr("<stream><name>NETCONF</name><description>All events.</description>"
                          "<replaySupport>true</replaySupport>"));
}

TEST(EventLog, KeepsTheLatestOnly) {
    EventLog log(0);
    for (std::size_t count = 0; count < EventLog::kKept + 10; ++count) {
        log.add({static_cast<std::int64_t>(count), "{}"});
    }
    EXPECT_EQ(log.events().size(), EventLog::kKept);
    EXPECT_EQ(log.events().front().time, 10);
}

}  // namespace
}  // namespace torii::rpc
