#include "rpc_bed.h"

namespace torii::rpc {
namespace {

using testing::HasSubstr;
using testing::Not;

class Retrieval : public RpcBed {
protected:
    Retrieval() { greet(); }
    std::string config(const std::string& rest) {
        return call("<get-config><source><running/></source>" + rest + "</get-config>");
    }
    std::string subtree(const std::string& inside) {
        return config("<filter type=\"subtree\">" + inside + "</filter>");
    }
    std::string xpath(const std::string& select) {
        return config(
            "<filter xmlns:b=\"urn:torii:bgp\" xmlns:i=\"urn:torii:interfaces\" "
            "type=\"xpath\" select=\"" +
            select + "\"/>");
    }
};

TEST_F(Retrieval, AllIsThereButSecretsAndDefaults) {
    EXPECT_EQ(config(""),
              "<data><bgp xmlns=\"urn:torii:bgp\"><as>65000</as><router-id>192.0.2.1</router-id>"
              "<peer-group><name>LAB</name><remote-as>external</remote-as></peer-group>"
              "<neighbor><address>192.0.2.2</address><peer-group>LAB</peer-group></neighbor>"
              "<neighbor><address>192.0.2.3</address><peer-group>LAB</peer-group>"
              "<passive>true</passive></neighbor></bgp>"
              "<interface xmlns=\"urn:torii:interfaces\"><name>loop1</name><loopback/>"
              "<ipv4><address>10.0.0.1/32</address></ipv4></interface></data>");
}

TEST_F(Retrieval, SecretsCannotBeAskedFor) {
    for (const std::string& answer :
         {xpath("//b:password"), xpath("//b:peer-group[b:password='canary']/b:name"),
          subtree("<bgp xmlns=\"urn:torii:bgp\"><peer-group><password>canary</password>"
                  "</peer-group></bgp>"),
          call("<get/>"),
          config("<with-defaults xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\">"
                 "report-all</with-defaults>")}) {
        EXPECT_THAT(answer, Not(HasSubstr("canary")));
    }
    EXPECT_EQ(xpath("//b:peer-group[b:password='canary']/b:name"), "<data></data>");
}

// RFC 6241 section 6.4
TEST_F(Retrieval, ASubtreeFilterSelects) {
    EXPECT_EQ(subtree(""), "<data></data>");
    EXPECT_EQ(
        subtree("<interface xmlns=\"urn:torii:interfaces\"><name/></interface>"),
        "<data><interface xmlns=\"urn:torii:interfaces\"><name>loop1</name></interface></data>");
    EXPECT_EQ(subtree("<bgp xmlns=\"urn:torii:bgp\"><as/><neighbor><address>192.0.2.3</address>"
                      "<passive/></neighbor></bgp>"),
              "<data><bgp xmlns=\"urn:torii:bgp\"><as>65000</as><neighbor>"
              "<address>192.0.2.3</address><passive>true</passive></neighbor></bgp></data>");
    // A value alone selects its whole entry.
    EXPECT_EQ(subtree("<bgp xmlns=\"urn:torii:bgp\"><neighbor><passive>true</passive></neighbor>"
                      "</bgp>"),
              "<data><bgp xmlns=\"urn:torii:bgp\"><neighbor><address>192.0.2.3</address>"
              "<peer-group>LAB</peer-group><passive>true</passive></neighbor></bgp></data>");
    EXPECT_EQ(subtree("<bgp xmlns=\"urn:torii:bgp\"><neighbor><address>192.0.2.9</address>"
                      "</neighbor></bgp>"),
              "<data></data>");
    EXPECT_EQ(subtree("<bgp xmlns=\"urn:other\"/>"), "<data></data>");
    EXPECT_THAT(subtree("<bgp xmlns=\"\"><as/></bgp>"), HasSubstr("<as>65000</as>"));
    EXPECT_EQ(subtree("<bgp xmlns=\"urn:torii:bgp\" kind=\"x\"/>"), "<data></data>");
}

TEST_F(Retrieval, AnXpathSelects) {
    EXPECT_EQ(xpath("/b:bgp/b:neighbor[b:address='192.0.2.3']/b:passive"),
              "<data><bgp xmlns=\"urn:torii:bgp\"><neighbor><address>192.0.2.3</address>"
              "<passive>true</passive></neighbor></bgp></data>");
    EXPECT_EQ(xpath("/b:bgp/b:as | /i:interface/i:name"),
              "<data><bgp xmlns=\"urn:torii:bgp\"><as>65000</as></bgp>"
              "<interface xmlns=\"urn:torii:interfaces\"><name>loop1</name></interface></data>");
    EXPECT_EQ(xpath("/b:bgp/b:neighbor[b:address='b:none']"), "<data></data>");
    for (const char* bad : {"/b:bgp[", "/x:bgp", "", "1 + 1"}) {
        EXPECT_THAT(xpath(bad), HasSubstr("<error-tag>invalid-value</error-tag>")) << bad;
    }
    EXPECT_THAT(config("<filter type=\"xpath\"/>"), HasSubstr("missing-attribute"));
    EXPECT_THAT(config("<filter type=\"sql\" select=\"x\"/>"), HasSubstr("bad-attribute"));
}

TEST_F(Retrieval, DefaultsAreShownAsAskedFor) {
    router_.running["torii-routing:routing"] = boost::json::parse(
        R"({"static-route": [{"prefix": "10.0.0.0/8", "discard": [null], "distance": 1}]})");
    const auto with = [this](const std::string& mode) {
        return config(
            "<filter><routing xmlns=\"urn:torii:routing\"><static-route/></routing>"
            "</filter><with-defaults "
            "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\">" +
            mode + "</with-defaults>");
    };
    const std::string start =
        "<data><routing xmlns=\"urn:torii:routing\"><static-route><prefix>10.0.0.0/8</prefix>";
    const std::string end = "<discard/></static-route></routing></data>";
    EXPECT_EQ(with("trim"), start + end);
    EXPECT_EQ(with("explicit"), start + "<distance>1</distance>" + end);
    EXPECT_EQ(with("report-all"), start + "<distance>1</distance><tag>0</tag>" + end);
    EXPECT_THAT(with("report-all-tagged"),
                testing::AllOf(HasSubstr("urn:ietf:params:xml:ns:netconf:default:1.0"),
                               HasSubstr("default=\"true\">0</tag>")));
    EXPECT_THAT(with("none"), HasSubstr("invalid-value"));
}

TEST_F(Retrieval, GetHasStateBesideTheConfiguration) {
    const std::string all = call("<get/>");
    EXPECT_THAT(all, HasSubstr("<as>65000</as>"));
    EXPECT_THAT(all, HasSubstr("<netconf-state"));
    EXPECT_THAT(all, HasSubstr("<yang-library"));
    EXPECT_THAT(config(""), Not(HasSubstr("netconf-state")));
}

// What a filter says of a long list goes with the question for it.
TEST_F(Retrieval, AFilterThatNamesATableHasItRead) {
    const auto wishes = [this](const std::string& filter) {
        router_.tables.clear();
        const std::string answer = call("<get>" + filter + "</get>");
        EXPECT_THAT(answer, HasSubstr("<data>")) << filter;
        std::string out;
        for (const yang::TableWish& wish : router_.tables) {
            out += wish.table + ";";
            for (const auto& [leaf, value] : wish.with) out += leaf + "=" + value + ";";
        }
        return out;
    };
    const auto subtree = [&](const std::string& inside) {
        return wishes("<filter type=\"subtree\">" + inside + "</filter>");
    };
    const auto xpath = [&](const std::string& select) {
        return wishes(
            "<filter xmlns:b=\"urn:torii:bgp\" xmlns:r=\"urn:torii:routing\" type=\"xpath\" "
            "select=\"" +
            select + "\"/>");
    };
    const std::string routing = "<routing xmlns=\"urn:torii:routing\">";
    // Not with what they are in.
    EXPECT_EQ(wishes(""), "");
    EXPECT_EQ(subtree(routing + "</routing>"), "");
    EXPECT_EQ(subtree(routing + "<state/></routing>"), "");
    EXPECT_EQ(subtree("<routing xmlns=\"urn:other\"><state><route/></state></routing>"), "");
    EXPECT_EQ(xpath("/r:routing"), "");
    EXPECT_EQ(xpath("/r:routing/r:state/r:bgp-routes"), "");
    EXPECT_EQ(xpath("//b:peer-group"), "");

    EXPECT_EQ(subtree(routing + "<state><route/></state></routing>"), "routing/state/route;");
    EXPECT_EQ(subtree(routing + "<state><route><prefix>10.0.0.0/8</prefix><distance/></route>"
                                "<route><protocol> static </protocol></route></state></routing>"),
              "routing/state/route;prefix=10.0.0.0/8;routing/state/route;protocol=static;");
    EXPECT_EQ(
        subtree("<bgp xmlns=\"urn:torii:bgp\"><neighbor><address>192.0.2.2</address><state>"
                "<received-path><prefix>10.0.0.0/8</prefix></received-path></state></neighbor>"
                "</bgp>"),
        "bgp/neighbor/state/received-path;address=192.0.2.2;prefix=10.0.0.0/8;");

    EXPECT_EQ(xpath("/r:routing/r:state/r:route"), "routing/state/route;");
    EXPECT_EQ(xpath("/r:routing//*"), "routing/state/route;");
    EXPECT_EQ(xpath("/r:routing/r:state/r:route[r:prefix='10.0.0.0/8' and r:protocol = 'bgp']"),
              "routing/state/route;prefix=10.0.0.0/8;protocol=bgp;");
    EXPECT_EQ(xpath("/r:routing/r:state/r:route[r:prefix='10.0.0.0/8'][1]/r:distance"),
              "routing/state/route;prefix=10.0.0.0/8;");
    EXPECT_EQ(xpath("//b:path[b:prefix='10.0.0.0/8'] | //r:route[r:prefix='0.0.0.0/0']"),
              "bgp/state/path;prefix=10.0.0.0/8;routing/state/route;prefix=0.0.0.0/0;");
    EXPECT_EQ(xpath("/b:bgp/b:neighbor[b:address='192.0.2.2']/b:state/b:advertised-path"
                    "[b:family='ipv4-unicast']"),
              "bgp/neighbor/state/advertised-path;address=192.0.2.2;family=ipv4-unicast;");
    // What cannot be said to the table is left to the filter.
    for (const char* more :
         {"[1][r:prefix='10.0.0.0/8']", "[r:prefix='10.0.0.0/8' or r:protocol='bgp']",
          "[starts-with(r:prefix, '10.')]", "[r:prefix=../r:route/r:prefix]"}) {
        EXPECT_EQ(xpath(std::string("/r:routing/r:state/r:route") + more), "routing/state/route;")
            << more;
    }
    EXPECT_EQ(xpath("(/r:routing/r:state/r:route[r:prefix='10.0.0.0/8'])"), "routing/state/route;");
}

TEST_F(Retrieval, ATableThatIsTooLongIsAnError) {
    const std::string asked =
        "<get><filter><routing xmlns=\"urn:torii:routing\"><state><route/></state></routing>"
        "</filter></get>";
    router_.table_fault = {"these are too many", true};
    EXPECT_THAT(call(asked), HasSubstr("<error-tag>too-big</error-tag>"));
    router_.table_fault = {"it does not run", false};
    EXPECT_THAT(call(asked), testing::AllOf(HasSubstr("<error-tag>operation-failed</error-tag>"),
                                            HasSubstr("it does not run")));
}

// The entries that came are still those that the filter selects.
TEST_F(Retrieval, TheFilterSelectsOfATable) {
    router_.state = boost::json::parse(R"({"torii-routing:routing": {"state": {"route": [
        {"prefix": "10.0.0.0/8", "protocol": "static", "distance": 1},
        {"prefix": "10.0.0.0/8", "protocol": "bgp", "distance": 20}]}}})")
                        .as_object();
    EXPECT_EQ(call("<get><filter xmlns:r=\"urn:torii:routing\" type=\"xpath\" select=\""
                   "/r:routing/r:state/r:route[r:distance=20]\"/></get>"),
              "<data><routing xmlns=\"urn:torii:routing\"><state><route><prefix>10.0.0.0/8</prefix>"
              "<protocol>bgp</protocol><distance>20</distance></route></state></routing></data>");
}

TEST_F(Retrieval, MonitoringShowsSessionsAndLocks) {
    router_.sessions = {{4, "admin", "netconf", "192.0.2.9", 1'700'000'100, {3, 1, 2, 0}},
                        {5, "me", "cli", "", 1'700'000'200, {}}};
    router_.lock = {4, 1'700'000'300};
    const auto state = [this](const std::string& inside) {
        return call(
            "<get><filter><netconf-state "
            "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">" +
            inside + "</netconf-state></filter></get>");
    };
    EXPECT_THAT(state("<sessions/>"), HasSubstr("<session><session-id>4</session-id>"));
    EXPECT_THAT(state("<sessions/>"), HasSubstr("<username>admin</username>"
                                                "<source-host>192.0.2.9</source-host>"
                                                "<login-time>2023-11-14T22:15:00+00:00</login-time>"
                                                "<in-rpcs>3</in-rpcs><in-bad-rpcs>1</in-bad-rpcs>"
                                                "<out-rpc-errors>2</out-rpc-errors>"));
    EXPECT_THAT(state("<sessions/>"), Not(HasSubstr("<username>me</username>")));
    EXPECT_THAT(state("<datastores/>"),
                HasSubstr("<locked-by-session>4</locked-by-session>"
                          "<locked-time>2023-11-14T22:18:20+00:00</locked-time>"));
    EXPECT_THAT(state("<schemas><schema><identifier>torii-types</identifier></schema></schemas>"),
                HasSubstr("<namespace>urn:torii:types</namespace>"));
    EXPECT_THAT(state("<statistics/>"), HasSubstr("<in-rpcs>"));
}

TEST_F(Retrieval, TheTextOfAModuleIsItsFile) {
    const auto schema = [this](const std::string& inside) {
        return call("<get-schema xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">" +
                    inside + "</get-schema>");
    };
    const std::string types = schema("<identifier>torii-types</identifier>");
    EXPECT_THAT(types, HasSubstr("module torii-types {"));
    EXPECT_THAT(types, HasSubstr("error-message &quot;must have 1 to 80 characters&quot;"));
    EXPECT_EQ(schema("<identifier>torii-types</identifier><version>2026-01-01</version>"
                     "<format>yang</format>"),
              types);
    // Compiled into libyang, without a file.
    EXPECT_THAT(schema("<identifier>ietf-yang-types</identifier>"),
                HasSubstr("module ietf-yang-types {"));
    EXPECT_THAT(schema("<identifier>torii-types</identifier><version>1999-01-01</version>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(schema("<identifier>nothing</identifier>"), HasSubstr("invalid-value"));
    EXPECT_THAT(schema("<identifier>torii-types</identifier><format>yin</format>"),
                HasSubstr("invalid-value"));
    EXPECT_THAT(schema(""), HasSubstr("missing-element"));
}

TEST_F(Retrieval, WrongParametersAreNamed) {
    EXPECT_THAT(call("<get-config/>"), HasSubstr("<bad-element>source</bad-element>"));
    EXPECT_THAT(call("<get-config><source><running/></source><depth>1</depth></get-config>"),
                HasSubstr("<bad-element>depth</bad-element>"));
    EXPECT_THAT(call("<get-config><source><startup/></source></get-config>"),
                HasSubstr("operation-not-supported"));
}

}  // namespace
}  // namespace torii::rpc
