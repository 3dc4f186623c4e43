// get-page and clear-bgp.
#include "rpc_bed.h"

namespace torii::rpc {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class OwnOperations : public RpcBed {
protected:
    OwnOperations() { greet(); }
    std::string page(const std::string& inside) {
        return call("<get-page xmlns=\"urn:torii:operations\">" + inside + "</get-page>");
    }
    std::string clear(const std::string& inside) {
        return call("<clear-bgp xmlns=\"urn:torii:operations\">" + inside + "</clear-bgp>");
    }

    const std::string routes_ =
        "<filter xmlns:r=\"urn:torii:routing\" type=\"xpath\" "
        "select=\"/r:routing/r:state/r:route[r:protocol='bgp']\"/>";
};

TEST_F(OwnOperations, APageHasWhatTheFilterSelectsAndACursor) {
    router_.page->documents = {boost::json::parse(R"({"torii-routing:routing": {"state": {"route": [
            {"prefix": "198.51.100.0/24", "protocol": "bgp", "distance": 20}]}}})")
                                   .as_object(),
                               boost::json::parse(R"({"torii-routing:routing": {"state": {"route": [
            {"prefix": "203.0.113.0/24", "protocol": "bgp", "distance": 20},
            {"prefix": "203.0.113.0/24", "protocol": "static", "distance": 1}]}}})")
                                   .as_object()};
    router_.page->entries = 3;
    router_.page->next = "17";
    const std::string got = page(routes_ + "<limit>3</limit><cursor>16</cursor>");
    EXPECT_EQ(got,
              "<data xmlns=\"urn:torii:operations\"><routing xmlns=\"urn:torii:routing\"><state>"
              "<route><prefix>198.51.100.0/24</prefix><protocol>bgp</protocol>"
              "<distance>20</distance></route><route><prefix>203.0.113.0/24</prefix>"
              "<protocol>bgp</protocol><distance>20</distance></route></state></routing></data>"
              "<entries xmlns=\"urn:torii:operations\">3</entries>"
              "<next-cursor xmlns=\"urn:torii:operations\">17</next-cursor>");
    ASSERT_EQ(router_.pages_asked.size(), 1U);
    EXPECT_EQ(router_.pages_asked[0].limit, 3U);
    EXPECT_EQ(router_.pages_asked[0].cursor, "16");
    EXPECT_EQ(router_.pages_asked[0].tables,
              (yang::TableWishes{{"routing/state/route", {{"protocol", "bgp"}}}}));
}

TEST_F(OwnOperations, TheLastPageHasNoCursor) {
    const std::string got = page(routes_);
    EXPECT_EQ(got,
              "<data xmlns=\"urn:torii:operations\"></data>"
              "<entries xmlns=\"urn:torii:operations\">0</entries>");
    EXPECT_EQ(router_.pages_asked[0].limit, 1000U);
    EXPECT_EQ(router_.pages_asked[0].cursor, "");
}

TEST_F(OwnOperations, APageThatCannotBeIsRefused) {
    EXPECT_THAT(page(""), HasSubstr("<bad-element>filter</bad-element>"));
    EXPECT_THAT(page("<filter><bgp xmlns=\"urn:torii:bgp\"/></filter>"),
                HasSubstr("names no list that is read on demand"));
    EXPECT_THAT(page(routes_ + "<limit>10001</limit>"), HasSubstr("at most 10000 entries"));
    EXPECT_THAT(page(routes_ + "<limit>0</limit>"), HasSubstr("invalid-value"));
    EXPECT_THAT(page(routes_ + "<from>1</from>"), HasSubstr("<bad-element>from</bad-element>"));
    EXPECT_THAT(router_.pages_asked, IsEmpty());
    router_.page = unexpected(invalid_value("cursor", "used already"));
    EXPECT_THAT(page(routes_), HasSubstr("used already"));
}

TEST_F(OwnOperations, SessionsAreCleared) {
    using Manner = ClearWish::Manner;
    struct Case {
        std::string inside;
        ClearWish wish;
    };
    for (const Case& one : std::vector<Case>{
             {"<all/>", {}},
             {"<neighbor>192.0.2.2</neighbor>", {"192.0.2.2", "", Manner::hard}},
             {"<peer-group>LAB</peer-group><soft>in</soft>", {"", "LAB", Manner::soft_in}},
             {"<all/><soft>out</soft>", {"", "", Manner::soft_out}},
             {"<neighbor>192.0.2.2</neighbor><soft>both</soft>",
              {"192.0.2.2", "", Manner::soft}}}) {
        EXPECT_EQ(clear(one.inside), "<ok/>") << one.inside;
        ASSERT_FALSE(router_.cleared.empty());
        EXPECT_EQ(router_.cleared.back().neighbor, one.wish.neighbor) << one.inside;
        EXPECT_EQ(router_.cleared.back().peer_group, one.wish.peer_group) << one.inside;
        EXPECT_EQ(router_.cleared.back().manner, one.wish.manner) << one.inside;
    }
    EXPECT_EQ(router_.recorded.back(), "clear-bgp: done");
}

TEST_F(OwnOperations, WhatIsNotClearClearsNothing) {
    EXPECT_THAT(clear(""), HasSubstr("missing-element"));
    EXPECT_THAT(clear("<all/><neighbor>192.0.2.2</neighbor>"), HasSubstr("invalid-value"));
    EXPECT_THAT(clear("<neighbor/>"), HasSubstr("invalid-value"));
    EXPECT_THAT(clear("<all/><soft>maybe</soft>"), HasSubstr("invalid-value"));
    EXPECT_THAT(clear("<all/><soft/>"), HasSubstr("invalid-value"));
    EXPECT_THAT(clear("<all/><hard/>"), HasSubstr("<bad-element>hard</bad-element>"));
    EXPECT_THAT(router_.cleared, IsEmpty());
}

TEST_F(OwnOperations, TheRoleForItIsLessThanForAChange) {
    router_.may = Needs::clear;
    EXPECT_EQ(clear("<all/>"), "<ok/>");
    EXPECT_THAT(call("<commit/>"), HasSubstr("access-denied"));
    router_.may = Needs::look;
    EXPECT_THAT(clear("<all/>"), HasSubstr("access-denied"));
    EXPECT_EQ(router_.cleared.size(), 1U);
    EXPECT_THAT(page(routes_), Not(HasSubstr("access-denied")));
}

TEST_F(OwnOperations, TheirModuleCanBeHad) {
    EXPECT_THAT(session_->hello(), HasSubstr("urn:torii:operations?module=torii-operations"));
}

}  // namespace
}  // namespace torii::rpc
