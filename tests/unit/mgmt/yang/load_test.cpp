#include "mgmt/yang/load.h"

#include "mgmt/yang/configuration.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace torii::yang {
namespace {

namespace json = boost::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

std::string example() {
    std::ifstream file(std::string(TORII_EXAMPLES_DIR) + "/router.json");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Configuration draft(const json::object& document) {
    return *Configuration::draft(schema(), json::serialize(document));
}

std::vector<std::string> texts(const std::vector<LineProblem>& problems) {
    std::vector<std::string> out;
    for (const LineProblem& problem : problems) out.push_back(problem.text());
    return out;
}

TEST(Load, AllFormsThatShowPrintsAreReadBack) {
    const Configuration shown = *Configuration::parse(schema(), example());
    std::string commands;
    for (const std::string& line : shown.set_commands()) commands += line + "\n";
    for (const std::string& text : {shown.json(), shown.braces(), commands}) {
        for (const LoadMode mode : {LoadMode::merge, LoadMode::replace}) {
            json::object document;
            EXPECT_THAT(texts(load_text(schema(), document, text, mode)), IsEmpty()) << text;
            EXPECT_EQ(draft(document).set_commands(), shown.set_commands()) << text;
        }
    }
}

TEST(Load, QuotesInBracesAndInCommandsMeanTheSame) {
    json::object document;
    const std::string text =
        "bgp {\n  neighbor 192.0.2.1 {\n    description \"a; {b} \\\"c\\\"\";\n  }\n}\n";
    ASSERT_THAT(texts(load_text(schema(), document, text, LoadMode::merge)), IsEmpty());
    EXPECT_THAT(draft(document).set_commands(),
                Contains(R"(set bgp neighbor 192.0.2.1 description "a; {b} \"c\"")"));
}

TEST(Load, MergeKeepsWhatIsThereAndReplaceDoesNot) {
    json::object document;
    const std::string first = "set bgp as 65000\nset system hostname one";
    ASSERT_THAT(texts(load_text(schema(), document, first, LoadMode::set)), IsEmpty());
    const std::string part = R"({"torii-bgp:bgp": {"router-id": "192.0.2.1"}})";
    json::object merged = document;
    ASSERT_THAT(texts(load_text(schema(), merged, part, LoadMode::merge)), IsEmpty());
    EXPECT_THAT(
        draft(merged).set_commands(),
        ElementsAre("set system hostname one", "set bgp as 65000", "set bgp router-id 192.0.2.1"));
    json::object replaced = document;
    const std::string whole = "system {\n hostname two;\n}\n";
    ASSERT_THAT(texts(load_text(schema(), replaced, whole, LoadMode::replace)), IsEmpty());
    EXPECT_THAT(draft(replaced).set_commands(), ElementsAre("set system hostname two"));
}

TEST(Load, OfManyLinesEveryBadOneIsNamedAndNothingChanges) {
    std::string text = "# a paste\n";
    for (int index = 0; index < 493; ++index) {
        text += fmt::format("set bgp neighbor 10.{}.{}.1 remote-as {}\n", index / 200, index % 200,
                            65001 + index);
        if (index % 70 == 0 && index != 0) {
            text += fmt::format("set bgp neighbor 10.0.0.{} remote-as x\n", 300 + index);
        }
    }
    json::object document = json::parse(example()).as_object();
    const json::object before = document;
    const auto problems = load_text(schema(), document, text, LoadMode::set);
    ASSERT_EQ(problems.size(), 7U);
    EXPECT_EQ(problems.front().text(),
              "line 73: bgp neighbor 10.0.0.370: \"10.0.0.370\" must be an address such as "
              "192.0.2.1 or 2001:db8::1");
    EXPECT_EQ(document, before);
}

TEST(Load, BadTextsSayWhereAndWhat) {
    struct Row {
        LoadMode mode;
        const char* text;
        const char* problem;
    };
    const std::vector<Row> rows{
        {LoadMode::set, "set bgp as 1\nbgp as 2",
         "line 2: \"bgp\": a line begins with set or delete"},
        {LoadMode::set, "delete bgp as", "line 1: bgp: is not configured"},
        {LoadMode::set, "set bgp neighbor \"x", "line 1: a quotation mark is open"},
        {LoadMode::merge, "bgp {\n as 1;\n", "line 1: this { is never closed"},
        {LoadMode::merge, "bgp {\n as 1;\n}\n}", "line 4: there is no { for this }"},
        {LoadMode::merge, "bgp {\n as 1\n}", "line 3: \"1\" needs a ; before the }"},
        {LoadMode::merge, "bgp as 1", "line 1: \"1\" has no ; or { after it"},
        {LoadMode::merge, "bgp { as x; }", "line 1: bgp as: \"x\" must be an AS number"},
        {LoadMode::merge, "{\n\"a\": ]}", "line 2: not JSON: syntax error"},
        {LoadMode::merge, R"({"torii-bgp:bgp": {"asn": 1}})", "bgp: \"asn\" is not known"},
        {LoadMode::merge, R"({"torii-bgp:bgp": {"as": "x"}})", "bgp as: "},
        {LoadMode::merge, R"({"torii-bgp:bgp": {"neighbor": [{"remote-as": 1}]}})",
         "bgp neighbor: an entry has no address"},
        {LoadMode::replace, R"({"torii-bgp:bgp": {"router-id": "192.0.2.1"}})", "bgp: needs as"},
    };
    for (const Row& row : rows) {
        json::object document;
        const auto problems = load_text(schema(), document, row.text, row.mode);
        ASSERT_FALSE(problems.empty()) << row.text;
        EXPECT_THAT(problems.front().text(), HasSubstr(row.problem)) << row.text;
        EXPECT_TRUE(document.empty()) << row.text;
    }
}

}  // namespace
}  // namespace torii::yang
