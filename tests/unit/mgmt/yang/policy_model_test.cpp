// What can be wrong about a policy is found where it is written, not when the control plane gets
// it.
#include "mgmt/yang/configuration.h"
#include "tests/support/community_texts.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace torii::yang {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

// Of this content of `policy`.
std::vector<std::string> problems_of(const std::string& policy) {
    const auto parsed =
        Configuration::parse(schema(), R"({"torii-policy:policy":{)" + policy + "}}");
    std::vector<std::string> out;
    if (parsed) return out;
    for (const Problem& problem : parsed.error()) out.push_back(problem.text());
    return out;
}

std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::value(text));
}

// Of an entry of a set of this kind.
std::vector<std::string> problems_of_entry(const char* kind, const char* name,
                                           const std::string& value) {
    return problems_of(fmt::format(
        R"("{}-set":[{{"name":"A","entry":[{{"sequence":5,"{}":{}}}]}}])", kind, name, value));
}
std::vector<std::string> problems_of_pattern(const char* kind, std::string_view pattern) {
    return problems_of_entry(kind, "pattern", quoted(pattern));
}
std::vector<std::string> problems_of_member(const char* kind, std::string_view member) {
    return problems_of_entry(kind, "member", "[" + quoted(member) + "]");
}
// Of what a statement sets: "PATH": ...
std::vector<std::string> problems_of_change(const std::string& change) {
    return problems_of(fmt::format(
        R"("policy":[{{"name":"P","statement":[{{"sequence":10,"set":{{{}}}}}]}}])", change));
}

TEST(PolicyModel, BadRegularExpressionsAreRefusedWithPathAndAdvice) {
    for (const char* kind : {"as-path", "community", "extended-community", "large-community"}) {
        EXPECT_THAT(problems_of_pattern(kind, "^65001_[0-9]+$"), IsEmpty());
        EXPECT_THAT(problems_of_pattern(kind, "^(65001"),
                    ElementsAre(fmt::format("policy {}-set A entry 5 pattern: \"^(65001\" has a ( "
                                            "without its ): write \\( for the character",
                                            kind)));
        EXPECT_THAT(problems_of_pattern(kind, "[9-1]"),
                    ElementsAre(HasSubstr("write the lower first")));
    }
    std::string large = "(0|1)*1";
    for (int count = 0; count < 20; ++count) large += "(0|1)";
    EXPECT_THAT(problems_of_pattern("as-path", large), ElementsAre(HasSubstr("too complex")));
}

// The control plane says the same of each, in its own test.
TEST(PolicyModel, TextsThatAreCommunitiesAndTextsThatAreNot) {
    for (const test::CommunityTexts& texts : test::kCommunityTexts) {
        const auto added = [&](std::string_view text) {
            return problems_of_change(
                fmt::format(R"("{}":{{"add":[{}]}})", texts.kind, quoted(text)));
        };
        for (const std::string_view text : texts.exact) {
            EXPECT_THAT(problems_of_member(texts.kind, text), IsEmpty()) << text;
            EXPECT_THAT(added(text), IsEmpty()) << text;
        }
        for (const std::string_view text : texts.members) {
            EXPECT_THAT(problems_of_member(texts.kind, text), IsEmpty()) << text;
            EXPECT_THAT(added(text), ElementsAre(HasSubstr("without *"))) << text;
        }
        for (const std::string_view text : texts.bad) {
            EXPECT_EQ(problems_of_member(texts.kind, text).size(), 1U) << texts.kind << ' ' << text;
            EXPECT_EQ(added(text).size(), 1U) << texts.kind << ' ' << text;
        }
    }
}

TEST(PolicyModel, BadCommunitiesAreRefusedWithPathAndAdvice) {
    EXPECT_THAT(problems_of_member("community", "70000:1"),
                ElementsAre("policy community-set A entry 5 member: \"70000:1\" has a number above "
                            "65535"));
    EXPECT_THAT(problems_of_member("large-community", "1:2"),
                ElementsAre("policy large-community-set A entry 5 member: \"1:2\" must be as "
                            "65001:1:2"));
    EXPECT_THAT(
        problems_of_change(R"("extended-community":{"add":["rt:1"]})"),
        ElementsAre("policy policy P statement 10 set extended-community add: \"rt:1\" must "
                    "be as rt:65001:100, soo:192.0.2.1:5 or lb:65001:125000"));
}

TEST(PolicyModel, NumbersHaveRoom) {
    EXPECT_THAT(problems_of_change(R"("med":"+4294967295","as-path":{"prepend":"4294967295 1"})"),
                IsEmpty());
    EXPECT_THAT(problems_of_change(R"("med":"4294967296")"),
                ElementsAre(HasSubstr("has a number above 4294967295")));
    EXPECT_THAT(problems_of_change(R"("as-path":{"prepend":"1 9999999999"})"),
                ElementsAre(HasSubstr("has a number above 4294967295")));
}

TEST(PolicyModel, LengthsAreThoseOfThePrefix) {
    const auto entry = [](const std::string& prefix) {
        return problems_of(R"("prefix-set":[{"name":"A","entry":[{"sequence":5,"prefix":)" +
                           prefix + "}]}]");
    };
    EXPECT_THAT(entry(R"("10.0.0.0/8","ge":8,"le":32)"), IsEmpty());
    EXPECT_THAT(entry(R"("fd00::/8","ge":48,"le":128)"), IsEmpty());
    EXPECT_THAT(entry(R"("10.0.0.0/8","ge":7)"), ElementsAre(HasSubstr("length of the prefix")));
    EXPECT_THAT(entry(R"("fd00::/48","le":47)"), ElementsAre(HasSubstr("length of the prefix")));
    EXPECT_THAT(entry(R"("10.0.0.0/8","le":33)"), ElementsAre(HasSubstr("at most 32")));
    EXPECT_THAT(entry(R"("10.0.0.0/8","ge":33)"), ElementsAre(HasSubstr("at most 32")));
}

}  // namespace
}  // namespace torii::yang
