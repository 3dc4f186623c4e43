#include "mgmt/yang/difference.h"

#include "mgmt/yang/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace torii::yang {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

json::object edited(json::object document, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        std::istringstream stream(line);
        std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
        const bool removes = words.front() == "delete";
        words.erase(words.begin());
        const auto done = removes ? delete_words(schema(), document, words)
                                  : set_words(schema(), document, words);
        EXPECT_TRUE(done) << line << ": " << (done ? "" : done.error().text());
    }
    return document;
}

const std::vector<std::string> kBase{"set system hostname r1",
                                     "set bgp as 65000",
                                     "set bgp neighbor 192.0.2.1 remote-as 65001",
                                     "set bgp neighbor 192.0.2.2 remote-as 65002",
                                     "set interface loop1 loopback",
                                     "set interface loop1 ipv4 address 192.0.2.9/32"};

DocumentDifference changed_by(const std::vector<std::string>& lines) {
    const json::object base = edited({}, kBase);
    const json::object after = edited(base, lines);
    auto out = difference(schema(), base, after);
    // What it says leads there.
    EXPECT_EQ(edited(base, out.commands), after);
    return out;
}

TEST(DifferenceTest, AValueThatChanged) {
    const auto out = changed_by({"set bgp as 65009"});
    EXPECT_EQ(out.tree,
              "  bgp {\n"
              "-     as 65000;\n"
              "+     as 65009;\n"
              "  }\n");
    EXPECT_THAT(out.commands, ElementsAre("set bgp as 65009"));
}

TEST(DifferenceTest, EntriesThatCameAndWent) {
    const auto out =
        changed_by({"delete bgp neighbor 192.0.2.1", "set bgp neighbor 192.0.2.3 remote-as 65003",
                    "set bgp neighbor 192.0.2.3 passive true",
                    "set bgp neighbor 192.0.2.2 timers hold-time 9"});
    EXPECT_EQ(out.tree,
              "  bgp {\n"
              "-     neighbor 192.0.2.1 {\n"
              "-         remote-as 65001;\n"
              "-     }\n"
              "      neighbor 192.0.2.2 {\n"
              "+         timers {\n"
              "+             hold-time 9;\n"
              "+         }\n"
              "      }\n"
              "+     neighbor 192.0.2.3 {\n"
              "+         remote-as 65003;\n"
              "+         passive true;\n"
              "+     }\n"
              "  }\n");
    EXPECT_THAT(out.commands, ElementsAre("delete bgp neighbor 192.0.2.1",
                                          "set bgp neighbor 192.0.2.2 timers hold-time 9",
                                          "set bgp neighbor 192.0.2.3 remote-as 65003",
                                          "set bgp neighbor 192.0.2.3 passive true"));
}

TEST(DifferenceTest, ValuesOfALeafListAndWhatIsNothingButThere) {
    const auto out = changed_by({"set interface loop1 ipv4 address 192.0.2.10/32",
                                 "delete interface loop1 ipv4 address 192.0.2.9/32",
                                 "set interface loop2 loopback", "delete system"});
    EXPECT_THAT(out.commands,
                testing::UnorderedElementsAre("delete system",
                                              "delete interface loop1 ipv4 address 192.0.2.9/32",
                                              "set interface loop1 ipv4 address 192.0.2.10/32",
                                              "set interface loop2 loopback"));
}

TEST(DifferenceTest, NoDifferenceSaysNothing) {
    const auto out = changed_by({});
    EXPECT_EQ(out.tree, "");
    EXPECT_THAT(out.commands, ElementsAre());
}

TEST(DifferenceTest, ASecretThatChangedIsAChangeThatShowsNothing) {
    const json::object base = edited({}, kBase);
    const auto one = edited(base, {"set bgp neighbor 192.0.2.1 password canary-1"});
    const auto two = edited(base, {"set bgp neighbor 192.0.2.1 password canary-2"});
    const auto out = difference(schema(), one, two);
    EXPECT_THAT(out.tree, HasSubstr("-         password <secret>;\n+         password <secret>;"));
    EXPECT_THAT(out.tree, Not(HasSubstr("canary")));
    EXPECT_THAT(out.commands, ElementsAre("set bgp neighbor 192.0.2.1 password <secret>"));
}

TEST(DifferenceTest, AnotherOrderIsADifferenceOnlyWhereItHasAMeaning) {
    const std::string community = "set policy policy P statement 10 set community add ";
    const auto both = [&](const char* first, const char* second) {
        return edited({}, {"set policy policy P statement 10 action accept", community + first,
                           community + second});
    };
    const auto statements =
        difference(schema(), both("65000:1", "65000:2"), both("65000:2", "65000:1"));
    EXPECT_FALSE(statements.commands.empty());
    const auto neighbors = difference(
        schema(), edited({}, kBase),
        edited({}, {"set system hostname r1", "set bgp as 65000",
                    "set bgp neighbor 192.0.2.2 remote-as 65002",
                    "set bgp neighbor 192.0.2.1 remote-as 65001", "set interface loop1 loopback",
                    "set interface loop1 ipv4 address 192.0.2.9/32"}));
    EXPECT_EQ(neighbors.tree, "") << neighbors.tree;
}

}  // namespace
}  // namespace torii::yang
