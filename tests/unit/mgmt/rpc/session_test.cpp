#include "rpc_bed.h"

namespace torii::rpc {
namespace {

using testing::HasSubstr;
using testing::Not;

class NetconfSessionTest : public RpcBed {};

TEST_F(NetconfSessionTest, HelloNamesEveryCapabilityAndEveryModule) {
    ASSERT_EQ(router_.schema->netconf_lacks(), "");
    const std::string hello = session_->hello();
    for (const char* capability :
         {"base:1.0", "base:1.1", "capability:candidate:1.0", "capability:confirmed-commit:1.1",
          "capability:rollback-on-error:1.0", "capability:validate:1.1", "capability:xpath:1.0",
          "basic-mode=explicit&amp;also-supported=report-all,report-all-tagged,trim",
          "capability:notification:1.0", "capability:interleave:1.0",
          "yang-library:1.0?revision="}) {
        EXPECT_THAT(hello, HasSubstr(capability));
    }
    EXPECT_THAT(hello, HasSubstr("<session-id>4</session-id>"));
    EXPECT_THAT(hello, HasSubstr("urn:torii:bgp?module=torii-bgp&amp;revision=2026-01-01<"));
    // Only others take something from it.
    EXPECT_THAT(hello, HasSubstr("urn:torii:types?module=torii-types&amp;revision="));
    EXPECT_THAT(hello,
                HasSubstr("features=candidate,confirmed-commit,rollback-on-error,validate,xpath<"));
    EXPECT_THAT(hello, Not(HasSubstr("writable-running")));
    EXPECT_THAT(hello, Not(HasSubstr("startup")));
}

TEST_F(NetconfSessionTest, WithoutACommonVersionItEnds) {
    const Answer answer =
        say("<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>"
            "urn:ietf:params:netconf:base:2.0</capability></capabilities></hello>");
    EXPECT_TRUE(answer.ended);
    EXPECT_THAT(answer.reason, HasSubstr("base:1.1"));
    EXPECT_EQ(totals_.in_bad_hellos, 1U);
}

TEST_F(NetconfSessionTest, AnOperationBeforeHelloEndsIt) {
    EXPECT_TRUE(
        say("<rpc message-id=\"1\" xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><get/></rpc>")
            .ended);
}

TEST_F(NetconfSessionTest, TheReplyHasTheAttributesOfItsRpc) {
    greet();
    EXPECT_EQ(say("<rpc message-id=\"a&lt;1\" x:user=\"me\" xmlns:x=\"urn:x\" "
                  "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><discard-changes/></rpc>")
                  .text,
              "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"a&lt;1\""
              " xmlns:a1=\"urn:x\" a1:user=\"me\"><ok/></rpc-reply>");
}

TEST_F(NetconfSessionTest, WhatIsNoRpcIsMalformed) {
    greet();
    EXPECT_EQ(say("<rpc").text,
              "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><rpc-error>"
              "<error-type>rpc</error-type><error-tag>malformed-message</error-tag>"
              "<error-severity>error</error-severity><error-message xml:lang=\"en\">"
              "not XML: &lt;rpc does not end with &gt; in line 1</error-message></rpc-error>"
              "</rpc-reply>");
    EXPECT_THAT(say("<rpc message-id=\"1\"/>").text, HasSubstr("malformed-message"));
    EXPECT_EQ(totals_.in_bad_rpcs, 2U);
    EXPECT_EQ(call("<discard-changes/>"), "<ok/>");
}

// RFC 6241 appendix A: base:1.0 has no word for it.
TEST_F(NetconfSessionTest, WhatIsNoRpcEndsASessionOfTheOldVersion) {
    greet("1.0");
    const Answer answer = say("<rpc");
    EXPECT_TRUE(answer.ended);
    EXPECT_EQ(answer.text, "");
}

TEST_F(NetconfSessionTest, AnRpcNeedsItsNumberAndOneOperation) {
    greet();
    const std::string text =
        say("<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><get/></rpc>").text;
    EXPECT_THAT(text, HasSubstr("<error-tag>missing-attribute</error-tag>"));
    EXPECT_THAT(text, HasSubstr("<error-info><bad-attribute>message-id</bad-attribute>"
                                "<bad-element>rpc</bad-element></error-info>"));
    EXPECT_THAT(call(""), HasSubstr("missing-element"));
    EXPECT_THAT(call("<discard-changes/><discard-changes/>"), HasSubstr("unknown-element"));
    EXPECT_THAT(call("<reboot/>"), HasSubstr("operation-not-supported"));
    EXPECT_THAT(call("<get xmlns=\"urn:other\"/>"), HasSubstr("operation-not-supported"));
    EXPECT_EQ(session_->statistics().in_rpcs, 0U);
    EXPECT_EQ(session_->statistics().in_bad_rpcs, 5U);
    EXPECT_EQ(session_->statistics().out_rpc_errors, 5U);
}

TEST_F(NetconfSessionTest, CloseEndsItAfterTheAnswer) {
    greet();
    const Answer answer =
        say("<rpc message-id=\"9\" xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">"
            "<close-session/></rpc>");
    EXPECT_THAT(answer.text, HasSubstr("<ok/>"));
    EXPECT_TRUE(answer.ended);
    EXPECT_EQ(answer.reason, "");
}

TEST_F(NetconfSessionTest, OnlyOtherSessionsThatAreThereCanBeKilled) {
    greet();
    EXPECT_EQ(call("<kill-session><session-id>7</session-id></kill-session>"), "<ok/>");
    EXPECT_THAT(call("<kill-session><session-id>8</session-id></kill-session>"),
                HasSubstr("there is no session 8"));
    EXPECT_THAT(call("<kill-session><session-id>4</session-id></kill-session>"),
                HasSubstr("close-session"));
    EXPECT_THAT(call("<kill-session><session-id>x</session-id></kill-session>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(call("<kill-session/>"), HasSubstr("missing-element"));
    EXPECT_THAT(router_.killed, testing::ElementsAre(7, 8));
}

TEST_F(NetconfSessionTest, ACommitSaysWhatItWants) {
    greet();
    EXPECT_EQ(call("<commit/>"), "<ok/>");
    EXPECT_EQ(call("<commit><confirmed/><confirm-timeout>120</confirm-timeout>"
                   "<persist>mine</persist></commit>"),
              "<ok/>");
    EXPECT_EQ(call("<commit><persist-id>mine</persist-id></commit>"), "<ok/>");
    EXPECT_EQ(call("<cancel-commit><persist-id>mine</persist-id></cancel-commit>"), "<ok/>");
    ASSERT_EQ(router_.commits.size(), 3U);
    EXPECT_FALSE(router_.commits[0].confirmed);
    EXPECT_TRUE(router_.commits[1].confirmed);
    EXPECT_EQ(router_.commits[1].within, std::chrono::seconds(120));
    EXPECT_EQ(router_.commits[1].persist, "mine");
    EXPECT_EQ(router_.commits[2].persist_id, "mine");
    EXPECT_THAT(router_.cancelled, testing::ElementsAre("mine"));
    EXPECT_THAT(call("<commit><confirm-timeout>1</confirm-timeout></commit>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(call("<commit><at/></commit>"), HasSubstr("unknown-element"));
}

TEST_F(NetconfSessionTest, WhoMayOnlyLookChangesNothing) {
    greet();
    router_.may = Needs::look;
    for (const char* operation : {"edit-config", "copy-config", "delete-config", "lock", "unlock",
                                  "commit", "cancel-commit", "discard-changes", "kill-session"}) {
        EXPECT_THAT(call(fmt::format("<{}/>", operation)),
                    HasSubstr("<error-tag>access-denied</error-tag>"))
            << operation;
    }
    EXPECT_EQ(router_.recorded.size(), 9U);
    EXPECT_EQ(router_.recorded[0], "edit-config: failed: viewer may only look");
    EXPECT_THAT(call("<get/>"), HasSubstr("<data>"));
    EXPECT_EQ(call("<close-session/>"), "<ok/>");
    EXPECT_EQ(router_.recorded.size(), 9U);
}

TEST_F(NetconfSessionTest, WhatWasDoneIsRecorded) {
    greet();
    EXPECT_EQ(call("<discard-changes/>"), "<ok/>");
    EXPECT_THAT(call("<kill-session><session-id>8</session-id></kill-session>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(router_.recorded,
                testing::ElementsAre("discard-changes: done",
                                     "kill-session: failed: there is no session 8"));
}

TEST_F(NetconfSessionTest, OtherPlacesForConfigurationsAreNotThere) {
    greet();
    EXPECT_THAT(call("<lock><target><startup/></target></lock>"),
                HasSubstr("operation-not-supported"));
    EXPECT_THAT(call("<lock><target><other/></target></lock>"), HasSubstr("unknown-element"));
    EXPECT_THAT(call("<lock/>"), HasSubstr("<bad-element>target</bad-element>"));
    EXPECT_THAT(call("<delete-config><target><candidate/></target></delete-config>"),
                HasSubstr("operation-not-supported"));
    EXPECT_EQ(call("<lock><target><candidate/></target></lock>"), "<ok/>");
}

}  // namespace
}  // namespace torii::rpc
