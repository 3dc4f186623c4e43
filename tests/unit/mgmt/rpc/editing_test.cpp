#include "rpc_bed.h"

namespace torii::rpc {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kOperation = "xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" nc:operation";

class Editing : public RpcBed {
protected:
    Editing() { greet(); }
    std::string bgp(const std::string& inside, const std::string& options = "") {
        return edit("<bgp xmlns=\"urn:torii:bgp\">" + inside + "</bgp>", options);
    }
    std::string neighbor(const std::string& operation, const std::string& address,
                         const std::string& inside = "", const std::string& options = "") {
        return bgp("<neighbor " + kOperation + "=\"" + operation + "\"><address>" + address +
                       "</address>" + inside + "</neighbor>",
                   options);
    }
    [[nodiscard]] std::string neighbors() const {
        const auto& bgp = router_.candidate.at("torii-bgp:bgp").as_object();
        const auto* list = bgp.if_contains("neighbor");
        return list == nullptr ? "none" : boost::json::serialize(*list);
    }
    static std::string error(const std::string& tag, const std::string& path) {
        return "<error-tag>" + tag +
               "</error-tag><error-severity>error</error-severity>"
               "<error-path xmlns:bgp=\"urn:torii:bgp\">" +
               path + "</error-path>";
    }
};

TEST_F(Editing, MergeChangesWhatIsNamedOnly) {
    EXPECT_EQ(bgp("<as>65001</as><neighbor><address>192.0.2.2</address><passive>true</passive>"
                  "</neighbor><neighbor><address>192.0.2.4</address><remote-as>65009</remote-as>"
                  "</neighbor>"),
              "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("\"as\":65001"));
    EXPECT_EQ(neighbors(), R"([{"address":"192.0.2.2","peer-group":"LAB","passive":true},)"
                           R"({"address":"192.0.2.3","peer-group":"LAB","passive":true},)"
                           R"({"address":"192.0.2.4","remote-as":65009}])");
    EXPECT_THAT(boost::json::serialize(router_.running), HasSubstr("\"as\":65000"));
}

TEST_F(Editing, OperationsDoAsTheySay) {
    EXPECT_EQ(neighbor("create", "192.0.2.4", "<peer-group>LAB</peer-group>"), "<ok/>");
    EXPECT_THAT(neighbors(), HasSubstr("192.0.2.4"));
    EXPECT_THAT(neighbor("create", "192.0.2.4", "<peer-group>LAB</peer-group>"),
                HasSubstr(error("data-exists", "/bgp:bgp/bgp:neighbor[bgp:address='192.0.2.4']")));
    EXPECT_EQ(neighbor("delete", "192.0.2.4"), "<ok/>");
    EXPECT_THAT(neighbors(), Not(HasSubstr("192.0.2.4")));
    EXPECT_THAT(neighbor("delete", "192.0.2.4"),
                HasSubstr(error("data-missing", "/bgp:bgp/bgp:neighbor[bgp:address='192.0.2.4']")));
    EXPECT_EQ(neighbor("remove", "192.0.2.4"), "<ok/>");
    EXPECT_EQ(neighbor("replace", "192.0.2.3", "<remote-as>internal</remote-as>"), "<ok/>");
    EXPECT_EQ(neighbors(), R"([{"address":"192.0.2.2","peer-group":"LAB"},)"
                           R"({"address":"192.0.2.3","remote-as":"internal"}])");
    EXPECT_EQ(bgp("<listen-port " + kOperation + "=\"create\">1179</listen-port>"), "<ok/>");
    EXPECT_THAT(bgp("<listen-port " + kOperation + "=\"create\">1180</listen-port>"),
                HasSubstr("data-exists"));
    EXPECT_THAT(candidate(), HasSubstr("\"listen-port\":1179"));
    EXPECT_EQ(bgp("<listen-port " + kOperation + "=\"delete\"/>"), "<ok/>");
    EXPECT_THAT(bgp("<listen-port " + kOperation + "=\"delete\"/>"), HasSubstr("data-missing"));
    EXPECT_EQ(bgp("<listen-port " + kOperation + "=\"remove\"/>"), "<ok/>");
    EXPECT_THAT(candidate(), Not(HasSubstr("listen-port")));
    EXPECT_EQ(neighbor("remove", "192.0.2.2"), "<ok/>");
    EXPECT_EQ(neighbor("remove", "192.0.2.3"), "<ok/>");
    EXPECT_EQ(neighbors(), "none");
}

// What is known of where entries are has to follow what the same edit takes away.
TEST_F(Editing, OneEditMayDoManyThingsToAList) {
    const auto entry = [](const std::string& operation, const std::string& last,
                          const std::string& inside = "") {
        return "<neighbor " + kOperation + "=\"" + operation + "\"><address>192.0.2." + last +
               "</address>" + inside + "</neighbor>";
    };
    const std::string group = "<peer-group>LAB</peer-group>";
    const std::string family = "<family><name>ipv6-unicast</name><enabled>true</enabled></family>";
    EXPECT_EQ(bgp(entry("create", "4", group + family) + entry("delete", "2") +
                  entry("merge", "3", family) + entry("replace", "3", group) +
                  entry("merge", "3", family) + entry("delete", "4") + entry("create", "4", group) +
                  entry("merge", "4", family) + entry("create", "2", group)),
              "<ok/>");
    const std::string with_family =
        R"(,"peer-group":"LAB","family":[{"name":"ipv6-unicast","enabled":true}]},)";
    EXPECT_EQ(neighbors(), R"([{"address":"192.0.2.3")" + with_family +
                               R"({"address":"192.0.2.4")" + with_family +
                               R"({"address":"192.0.2.2","peer-group":"LAB"}])");
    EXPECT_EQ(edit("<bgp xmlns=\"urn:torii:bgp\"><as>65000</as><router-id>192.0.2.1</router-id>" +
                   entry("create", "5", "<remote-as>internal</remote-as>") + "</bgp>" +
                   "<bgp xmlns=\"urn:torii:bgp\" " + kOperation +
                   "=\"replace\"><as>65000</as><router-id>192.0.2.1</router-id>" +
                   "<neighbor><address>192.0.2.6</address><remote-as>internal</remote-as>"
                   "</neighbor></bgp>"),
              "<ok/>");
    EXPECT_EQ(neighbors(), R"([{"address":"192.0.2.6","remote-as":"internal"}])");
}

TEST_F(Editing, NoneOnlyLeadsToWhatHasAnOperation) {
    const std::string none = "<default-operation>none</default-operation>";
    EXPECT_EQ(bgp("<neighbor><address>192.0.2.3</address><passive " + kOperation +
                      "=\"delete\"/></neighbor>",
                  none),
              "<ok/>");
    EXPECT_THAT(neighbors(), HasSubstr(R"({"address":"192.0.2.3","peer-group":"LAB"})"));
    EXPECT_THAT(bgp("<neighbor><address>192.0.2.9</address></neighbor>", none),
                HasSubstr("data-missing"));
    EXPECT_EQ(bgp("<as>65001</as>", none), "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("\"as\":65000"));
    EXPECT_EQ(edit("<system xmlns=\"urn:torii:system\"/>", none), "<ok/>");
    EXPECT_THAT(candidate(), Not(HasSubstr("system")));
}

// As ncclient sends what its user has written without one.
TEST_F(Editing, AConfigWithoutANamespaceIsTaken) {
    EXPECT_EQ(call("<edit-config><target><candidate/></target><config xmlns=\"\">"
                   "<bgp xmlns=\"urn:torii:bgp\"><as>65008</as></bgp></config></edit-config>"),
              "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("\"as\":65008"));
}

TEST_F(Editing, ReplaceAsTheDefaultIsOfTheWhole) {
    EXPECT_EQ(bgp("<as>65007</as><router-id>192.0.2.1</router-id>",
                  "<default-operation>replace</default-operation>"),
              "<ok/>");
    EXPECT_EQ(candidate(), R"({"torii-bgp:bgp":{"as":65007,"router-id":"192.0.2.1"}})");
}

TEST_F(Editing, ASecretCanBeSet) {
    EXPECT_EQ(bgp("<peer-group><name>LAB</name><password>other</password></peer-group>"), "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("\"password\":\"other\""));
    // What is wrong with one is told without it.
    const std::string refused =
        bgp("<peer-group><name>LAB</name><password>two words</password></peer-group>");
    EXPECT_THAT(refused, HasSubstr("must be printable ASCII without spaces"));
    EXPECT_THAT(refused, Not(HasSubstr("two words")));
}

TEST_F(Editing, EveryFaultIsNamedAndNothingIsDoneHalf) {
    const std::string before = candidate();
    const std::string answer =
        bgp("<as>0</as><colour>red</colour><router-id>192.0.2.8</router-id>"
            "<neighbor><peer-group>LAB</peer-group></neighbor>"
            "<neighbor><address>192.0.2.256</address></neighbor>"
            "<neighbor " +
            kOperation + "=\"move\"><address>192.0.2.2</address></neighbor>" +
            "<listen-port mood=\"good\">179</listen-port>") +
        edit("<rip xmlns=\"urn:torii:rip\"/>");
    EXPECT_THAT(answer, HasSubstr(error("invalid-value", "/bgp:bgp/bgp:as")));
    EXPECT_THAT(answer, HasSubstr("must be an AS number, 1 to 4294967295"));
    EXPECT_THAT(answer, HasSubstr(error("unknown-element", "/bgp:bgp")));
    EXPECT_THAT(answer, HasSubstr("<bad-element>colour</bad-element>"));
    EXPECT_THAT(answer, HasSubstr(error("missing-element", "/bgp:bgp/bgp:neighbor")));
    EXPECT_THAT(answer, HasSubstr("<bad-element>address</bad-element>"));
    EXPECT_THAT(answer, HasSubstr(error("invalid-value",
                                        "/bgp:bgp/bgp:neighbor[bgp:address='192.0.2.256']")));
    EXPECT_THAT(answer, HasSubstr(error("bad-attribute", "/bgp:bgp/bgp:neighbor")));
    EXPECT_THAT(answer, HasSubstr(error("unknown-attribute", "/bgp:bgp/bgp:listen-port")));
    EXPECT_THAT(answer, HasSubstr("<bad-attribute>mood</bad-attribute>"));
    EXPECT_THAT(answer, HasSubstr("<error-tag>unknown-namespace</error-tag>"));
    EXPECT_THAT(answer, HasSubstr("<bad-namespace>urn:torii:rip</bad-namespace>"));
    EXPECT_EQ(candidate(), before);
    EXPECT_EQ(bgp("<as>0</as>", "<error-option>rollback-on-error</error-option>").find("<ok/>"),
              std::string::npos);
    EXPECT_EQ(candidate(), before);
}

TEST_F(Editing, ContinueOnErrorDoesTheRest) {
    EXPECT_THAT(bgp("<as>0</as><router-id>192.0.2.8</router-id>",
                    "<error-option>continue-on-error</error-option>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(candidate(), HasSubstr("\"router-id\":\"192.0.2.8\""));
    EXPECT_THAT(candidate(), HasSubstr("\"as\":65000"));
}

TEST_F(Editing, AnEditIsTestedAsAWholeUnlessItShallNotBe) {
    const std::string before = candidate();
    const auto dangling = [this](const std::string& option) {
        return bgp("<neighbor><address>192.0.2.5</address><peer-group>NONE</peer-group></neighbor>",
                   option);
    };
    const std::string refused = dangling("");
    EXPECT_THAT(refused, HasSubstr("<error-tag>data-missing</error-tag>"));
    EXPECT_THAT(refused, HasSubstr("<error-app-tag>instance-required</error-app-tag>"));
    EXPECT_THAT(refused,
                HasSubstr("/bgp:bgp/bgp:neighbor[bgp:address='192.0.2.5']/bgp:peer-group"));
    EXPECT_EQ(candidate(), before);
    EXPECT_EQ(dangling("<test-option>set</test-option>"), "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("NONE"));
    EXPECT_THAT(call("<validate><source><candidate/></source></validate>"),
                HasSubstr("instance-required"));
    EXPECT_EQ(call("<discard-changes/>"), "<ok/>");
    EXPECT_EQ(candidate(), before);
    EXPECT_EQ(bgp("<as>65003</as>", "<test-option>test-only</test-option>"), "<ok/>");
    EXPECT_EQ(candidate(), before);
    EXPECT_THAT(bgp("<as>1</as>", "<test-option>maybe</test-option>"), HasSubstr("invalid-value"));
}

TEST_F(Editing, AMustAndWhatIsMissingHaveTheirTags) {
    EXPECT_THAT(bgp("<timers><hold-time>9</hold-time><keepalive>9</keepalive></timers>"),
                HasSubstr("<error-tag>operation-failed</error-tag><error-severity>error"
                          "</error-severity><error-app-tag>must-violation</error-app-tag>"));
    EXPECT_THAT(bgp("<as " + kOperation + "=\"delete\"/>"),
                HasSubstr("<error-tag>data-missing</error-tag>"));
}

TEST_F(Editing, ACaseTakesTheOthersPlace) {
    router_.configure(R"({"torii-platform:platform": {"port": [{"name": "eth1",
                          "kernel": "hw-eth1"}]}})");
    EXPECT_EQ(edit("<platform xmlns=\"urn:torii:platform\"><port><name>eth1</name>"
                   "<xdp>hw-eth1</xdp></port></platform>"),
              "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("xdp"));
    EXPECT_THAT(candidate(), Not(HasSubstr("\"kernel\"")));
}

// RFC 7950 section 7.7.9
TEST_F(Editing, ValuesGoWhereTheyShall) {
    router_.configure(R"({"torii-interfaces:interface": [{"name": "loop1", "loopback": [null],
        "ipv4": {"address": ["10.0.0.1/32", "10.0.0.2/32"]}}]})");
    const auto put = [this](const std::string& last, const std::string& attributes) {
        return edit(
            "<interface xmlns=\"urn:torii:interfaces\" "
            "xmlns:y=\"urn:ietf:params:xml:ns:yang:1\"><name>loop1</name><ipv4><address " +
            attributes + ">10.0.0." + last + "/32</address></ipv4></interface>");
    };
    const auto order = [this] {
        std::string out;
        for (const auto& address : router_.candidate.at("torii-interfaces:interface")
                                       .at(0)
                                       .at("ipv4")
                                       .at("address")
                                       .as_array()) {
            out += address.as_string().at(7);
        }
        return out;
    };
    EXPECT_EQ(put("3", "y:insert=\"first\""), "<ok/>");
    EXPECT_EQ(order(), "312");
    EXPECT_EQ(put("4", "y:insert=\"before\" y:value=\"10.0.0.2/32\""), "<ok/>");
    EXPECT_EQ(order(), "3142");
    EXPECT_EQ(put("3", "y:insert=\"after\" y:value=\"10.0.0.1/32\""), "<ok/>");
    EXPECT_EQ(order(), "1342");
    EXPECT_EQ(put("1", "y:insert=\"last\""), "<ok/>");
    EXPECT_EQ(order(), "3421");
    EXPECT_THAT(put("1", "y:insert=\"before\" y:value=\"10.0.0.9/32\""),
                HasSubstr("bad-attribute"));
    EXPECT_THAT(put("1", "y:insert=\"before\""), HasSubstr("bad-attribute"));
    EXPECT_THAT(put("1", "y:insert=\"somewhere\""), HasSubstr("bad-attribute"));
    EXPECT_EQ(order(), "3421");
    // Where no order is kept there is nothing to insert at.
    EXPECT_THAT(bgp("<neighbor xmlns:y=\"urn:ietf:params:xml:ns:yang:1\" y:insert=\"first\">"
                    "<address>192.0.2.2</address></neighbor>"),
                HasSubstr("unknown-attribute"));
}

TEST_F(Editing, ATaggedDefaultIsTheModels) {
    EXPECT_EQ(bgp("<listen-port>1179</listen-port>"), "<ok/>");
    const auto tagged = [this](const std::string& value) {
        return bgp(
            "<listen-port xmlns:d=\"urn:ietf:params:xml:ns:netconf:default:1.0\" "
            "d:default=\"true\">" +
            value + "</listen-port>");
    };
    EXPECT_THAT(tagged("1180"), HasSubstr("invalid-value"));
    EXPECT_EQ(tagged("179"), "<ok/>");
    EXPECT_THAT(candidate(), Not(HasSubstr("listen-port")));
}

TEST_F(Editing, RunningIsChangedByCommitsOnly) {
    EXPECT_THAT(call("<edit-config><target><running/></target><config/></edit-config>"),
                HasSubstr("operation-not-supported"));
    EXPECT_THAT(call("<copy-config><target><running/></target><source><candidate/></source>"
                     "</copy-config>"),
                HasSubstr("operation-not-supported"));
}

TEST_F(Editing, CopiesGoToTheCandidate) {
    EXPECT_EQ(bgp("<as>65001</as>"), "<ok/>");
    EXPECT_EQ(call("<copy-config><target><candidate/></target><source><running/></source>"
                   "</copy-config>"),
              "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("\"as\":65000"));
    EXPECT_EQ(call("<copy-config><target><candidate/></target><source><config>"
                   "<bgp xmlns=\"urn:torii:bgp\"><as>65002</as></bgp></config></source>"
                   "</copy-config>"),
              "<ok/>");
    EXPECT_EQ(candidate(), R"({"torii-bgp:bgp":{"as":65002}})");
    EXPECT_THAT(call("<copy-config><target><candidate/></target><source><candidate/></source>"
                     "</copy-config>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(call("<validate><source><config><bgp xmlns=\"urn:torii:bgp\"/></config></source>"
                     "</validate>"),
                HasSubstr("data-missing"));
}

TEST_F(Editing, WhoMayNotWriteIsTold) {
    router_.write_reply = unexpected(RpcErrors{in_use("locked by somebody")});
    EXPECT_THAT(bgp("<as>65001</as>"), HasSubstr("<error-tag>in-use</error-tag>"));
}

TEST_F(Editing, WhatOthersWriteMeanwhileIsNotLost) {
    router_.meanwhile = [this] {
        router_.candidate["torii-system:system"] = boost::json::object{{"hostname", "other"}};
    };
    EXPECT_EQ(edit("<bgp xmlns=\"urn:torii:bgp\"><neighbor><address>192.0.2.9</address>"
                   "<peer-group>LAB</peer-group></neighbor></bgp>"),
              "<ok/>");
    EXPECT_THAT(candidate(), HasSubstr("192.0.2.9"));
    EXPECT_THAT(candidate(), HasSubstr("\"hostname\":\"other\""));
}

}  // namespace
}  // namespace torii::rpc
