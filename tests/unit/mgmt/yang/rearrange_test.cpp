// copy, rename and insert.
#include "mgmt/yang/rearrange.h"

#include "mgmt/yang/configuration.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

std::vector<std::string> words(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
}

class Rearranged : public testing::Test {
protected:
    // The problem with a line such as "copy interface loop1 to loop2"; empty: it is done.
    std::string run(const std::string& line) {
        auto rest = words(line);
        const auto kind = rearrangement_of(rest.front());
        rest.erase(rest.begin());
        const auto before = document_;
        const auto done = rearrange(schema(), document_, *kind, rest);
        if (done) {
            taken_along_ = *done;
            return "";
        }
        EXPECT_EQ(document_, before) << line;
        word_ = done.error().word;
        return done.error().text();
    }
    [[nodiscard]] std::vector<std::string> lines(const std::string& start) const {
        auto out = Configuration::draft(schema(), json::serialize(document_))->set_commands();
        std::erase_if(out, [&](const std::string& line) { return !line.starts_with(start); });
        return out;
    }
    [[nodiscard]] static std::vector<std::string> names(const std::vector<Choice>& choices) {
        std::vector<std::string> out;
        for (const Choice& choice : choices) out.push_back(choice.word);
        return out;
    }
    [[nodiscard]] std::vector<std::string> next(const std::string& line) const {
        auto rest = words(line);
        const auto kind = rearrangement_of(rest.front());
        rest.erase(rest.begin());
        return names(rearrange_choices(schema(), document_, *kind, rest));
    }

    json::object document_ = json::parse(R"({
        "torii-interfaces:interface": [
            {"name": "loop1", "loopback": [null], "ipv4": {"address": ["10.0.0.1/32"]}},
            {"name": "eth1", "mtu": 9000}],
        "torii-policy:policy": {"policy": [{"name": "A"}, {"name": "B"}, {"name": "C"}]},
        "torii-bgp:bgp": {"as": 65000,
            "peer-group": [{"name": "LAB", "remote-as": "external",
                            "family": [{"name": "ipv4-unicast",
                                        "import-policy": ["A", "B", "C"]}]}],
            "neighbor": [{"address": "192.0.2.2", "peer-group": "LAB"}]}})")
                                 .as_object();
    std::optional<std::size_t> word_;
    std::size_t taken_along_ = 0;
};

TEST_F(Rearranged, ACopyHasAllThatIsBelow) {
    EXPECT_EQ(run("copy interface loop1 to loop2"), "");
    EXPECT_THAT(
        lines("set interface loop"),
        ElementsAre("set interface loop1 loopback", "set interface loop1 ipv4 address 10.0.0.1/32",
                    "set interface loop2 loopback",
                    "set interface loop2 ipv4 address 10.0.0.1/32"));
    EXPECT_EQ(run("copy bgp peer-group LAB to EDGE"), "");
    EXPECT_THAT(lines("set bgp peer-group EDGE family"),
                Contains("set bgp peer-group EDGE family ipv4-unicast import-policy C"));
}

TEST_F(Rearranged, AnEntryWithAnotherNameIsAtItsPlace) {
    EXPECT_EQ(run("rename policy policy A to Z"), "");
    EXPECT_THAT(lines("set policy"),
                ElementsAre("set policy policy Z", "set policy policy B", "set policy policy C"));
    // Below a list, and with shortened words.
    EXPECT_EQ(run("rename bgp peer-g LAB family ipv4-unicast to ipv6-unicast"), "");
    EXPECT_THAT(lines("set bgp peer-group LAB family ipv4"), IsEmpty());
}

TEST_F(Rearranged, WhatRefersToItTakesTheNewName) {
    document_ = json::parse(R"({
        "torii-platform:platform": {"port": [{"name": "eth1", "xdp": "hw-eth1"}]},
        "torii-access:acl": [{"name": "IN"}],
        "torii-interfaces:interface": [
            {"name": "eth1.7", "vlan": {"parent": "eth1", "id": 7}, "acl": {"in": "IN"}}],
        "torii-bfd:bfd": {"profile": [{"name": "FAST"}]},
        "torii-policy:policy": {
            "prefix-set": [{"name": "NET"}, {"name": "OTHER"}],
            "policy": [{"name": "A", "statement": [
                {"sequence": 10, "match": {"prefix-set": "NET", "next-hop-set": "OTHER"}}]},
                {"name": "B"}]},
        "torii-bgp:bgp": {"as": 65000,
            "peer-group": [{"name": "LAB", "bfd": {"profile": "FAST"},
                            "family": [{"name": "ipv4-unicast",
                                        "import-policy": ["A", "B"]}]}],
            "neighbor": [{"address": "192.0.2.2", "peer-group": "LAB",
                          "family": [{"name": "ipv4-unicast", "import-policy": ["A"],
                                      "export-policy": ["B", "A"]}]},
                         {"address": "192.0.2.3", "peer-group": "OTHER"}]}})")
                    .as_object();
    struct Case {
        std::string line;
        std::size_t references;
        std::string now;
    };
    for (const Case& one : std::vector<Case>{
             {"rename policy policy A to Z", 3,
              "set bgp neighbor 192.0.2.2 family ipv4-unicast export-policy Z"},
             {"rename policy prefix-set NET to NETS", 1,
              "set policy policy Z statement 10 match prefix-set NETS"},
             {"rename bgp peer-group LAB to RACK", 1, "set bgp neighbor 192.0.2.2 peer-group RACK"},
             {"rename bfd profile FAST to SLOW", 1, "set bgp peer-group RACK bfd profile SLOW"},
             {"rename acl IN to EDGE", 1, "set interface eth1.7 acl in EDGE"},
             {"rename platform port eth1 to eth9", 1, "set interface eth1.7 vlan parent eth9"},
             {"copy policy policy B to C", 0,
              "set bgp peer-group RACK family ipv4-unicast import-policy B"}}) {
        EXPECT_EQ(run(one.line), "");
        EXPECT_EQ(taken_along_, one.references) << one.line;
        EXPECT_THAT(lines(one.now), ElementsAre(one.now)) << one.line;
    }
    EXPECT_THAT(lines("set bgp peer-group RACK family ipv4-unicast import-policy"),
                ElementsAre("set bgp peer-group RACK family ipv4-unicast import-policy Z",
                            "set bgp peer-group RACK family ipv4-unicast import-policy B"))
        << "at its place";
}

TEST_F(Rearranged, AReferenceToNothingYetBecomesOneOnce) {
    document_["torii-policy:policy"] = json::parse(R"({"policy": [{"name": "A"}]})");
    EXPECT_EQ(run("rename policy policy A to B"), "");
    EXPECT_THAT(lines("set bgp peer-group LAB family ipv4-unicast import-policy"),
                ElementsAre("set bgp peer-group LAB family ipv4-unicast import-policy B",
                            "set bgp peer-group LAB family ipv4-unicast import-policy C"));
}

TEST_F(Rearranged, OrderIsChangedWhereItMatters) {
    const std::string list = "bgp peer-group LAB family ipv4-unicast import-policy ";
    const auto order = [&] {
        std::string out;
        for (const std::string& line : lines("set " + list)) out += line.back();
        return out;
    };
    EXPECT_EQ(run("insert " + list + "C before A"), "");
    EXPECT_EQ(order(), "CAB");
    EXPECT_EQ(run("insert " + list + "C after A"), "");
    EXPECT_EQ(order(), "ACB");
    EXPECT_EQ(run("insert " + list + "A after B"), "");
    EXPECT_EQ(order(), "CBA");
    EXPECT_EQ(run("insert " + list + "B before A"), "");
    EXPECT_EQ(order(), "CBA");
}

TEST_F(Rearranged, WhatIsWrongIsPointedAtAndChangesNothing) {
    const std::string list = "bgp peer-group LAB family ipv4-unicast import-policy ";
    struct Case {
        std::string line;
        std::string said;
        std::size_t word;  // after the verb
    };
    for (const Case& one : std::vector<Case>{
             {"copy", "needs the path of an entry", 0},
             {"copy interface", "needs the name of an entry next", 1},
             {"copy interface eth9 to eth8", "interface eth9: is not configured", 1},
             {"copy interface eth1", "needs to next", 2},
             {"copy interface eth1 to", "needs the other name next", 3},
             {"copy interface eth1 to eth2 eth3", "one word is too many", 4},
             {"copy interface eth1 to 7", "must be a letter", 3},
             {"copy interface eth1 to loop1", "interface loop1: is there already", 3},
             {"rename interface eth1 to eth1", "is there already", 3},
             {"copy bgp as to 7", "bgp as: is no entry of a list", 1},
             {"rename bgp", "is no entry of a list", 0},
             {"copy bgp nothing to 7", "\"nothing\" is not known here", 1},
             {"insert interface eth1 before loop1", "has no order that matters", 0},
             {"insert " + list + "A before Z", "import-policy Z: is not configured", 8},
             {"insert " + list + "Z before A", "is not configured", 6},
             {"insert " + list + "A before A", "cannot be before or after itself", 8},
             {"insert " + list + "A", "needs before or after next", 7},
             {"insert " + list + "A behind B", "needs before or after next", 7},
             {"copy " + list + "A to B", "is no entry of a list", 5}}) {
        EXPECT_THAT(run(one.line), HasSubstr(one.said)) << one.line;
        EXPECT_EQ(word_, one.word) << one.line;
    }
}

TEST_F(Rearranged, TheWordsAreCompleted) {
    EXPECT_THAT(next("copy"), ElementsAre("interface", "policy", "bgp"));
    EXPECT_THAT(next("copy interface"), ElementsAre("loop1", "eth1"));
    EXPECT_THAT(next("copy interface loop1"), ElementsAre("to", "ipv4"));
    EXPECT_THAT(next("copy interface loop1 to"), ElementsAre("<name>"));
    EXPECT_THAT(next("copy interface loop1 to loop2"), IsEmpty());
    EXPECT_THAT(next("rename bgp peer-group LAB"), ElementsAre("to", "family"));
    const std::string list = "insert bgp peer-group LAB family ipv4-unicast ";
    EXPECT_THAT(next(list), ElementsAre("import-policy"));
    EXPECT_THAT(next(list + "import-policy"), ElementsAre("A", "B", "C"));
    EXPECT_THAT(next(list + "import-policy B"), ElementsAre("before", "after"));
    EXPECT_THAT(next(list + "import-policy B before"), ElementsAre("A", "C"));
    EXPECT_THAT(next("copy nothing"), IsEmpty());
}

}  // namespace
}  // namespace torii::yang
