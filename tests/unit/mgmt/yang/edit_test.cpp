#include "mgmt/yang/edit.h"

#include "mgmt/yang/configuration.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace torii::yang {
namespace {

namespace json = boost::json;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

std::vector<std::string> words(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
}

// A document under change.
class Edited {
public:
    Edited& set(const std::string& line) {
        const auto done = set_words(schema(), document_, words(line));
        problem_ = done ? "" : done.error().text();
        return *this;
    }
    Edited& remove(const std::string& line) {
        const auto done = delete_words(schema(), document_, words(line));
        problem_ = done ? "" : done.error().text();
        return *this;
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] std::string json() const { return json::serialize(document_); }
    [[nodiscard]] std::vector<std::string> lines() const {
        return Configuration::draft(schema(), json())->set_commands();
    }
    [[nodiscard]] std::vector<std::string> next(const std::string& line) const {
        std::vector<std::string> out;
        for (const Choice& choice : offered(line)) out.push_back(choice.word);
        return out;
    }
    [[nodiscard]] std::vector<Choice> offered(const std::string& line) const {
        return choices(schema(), document_, words(line));
    }

private:
    json::object document_;
    std::string problem_;
};

TEST(Edit, SetWritesValuesOfTheModelsTypes) {
    Edited edited;
    edited.set("bgp as 65000").set("bgp ebgp-requires-policy false");
    edited.set("bgp neighbor 192.0.2.1 remote-as external").set("interface loop1 loopback");
    edited.set("bgp neighbor 192.0.2.2 remote-as 65001").set("bgp neighbor 192.0.2.2 passive");
    EXPECT_EQ(edited.problem(), "");
    EXPECT_EQ(edited.json(),
              R"({"torii-bgp:bgp":{"as":65000,"ebgp-requires-policy":false,"neighbor":[)"
              R"({"address":"192.0.2.1","remote-as":"external"},)"
              R"({"address":"192.0.2.2","remote-as":65001,"passive":true}]},)"
              R"("torii-interfaces:interface":[{"name":"loop1","loopback":[null]}]})");
}

TEST(Edit, WordsMayBeShortened) {
    Edited edited;
    edited.set("bg as 65000").set("bgp ne 192.0.2.1 peer LAB");
    EXPECT_THAT(edited.lines(),
                ElementsAre("set bgp as 65000", "set bgp neighbor 192.0.2.1 peer-group LAB"));
    edited.set("bgp r 192.0.2.1");
    EXPECT_THAT(edited.lines(), Contains("set bgp router-id 192.0.2.1"));
    edited.set("bgp peer-group LAB re 1");
    EXPECT_EQ(edited.problem(),
              "bgp peer-group LAB: \"re\" could be remote-as or remote-port or remove-private-as: "
              "write more of it");
}

TEST(Edit, ASecondValueReplacesTheFirstAndALeafListGrows) {
    Edited edited;
    edited.set("bgp as 1").set("bgp as 2").set("interface eth1 ipv4 address 10.0.0.1/24");
    edited.set("interface eth1 ipv4 address 10.0.1.1/24");
    edited.set("interface eth1 ipv4 address 10.0.1.1/24");
    EXPECT_THAT(edited.lines(),
                ElementsAre("set interface eth1 ipv4 address 10.0.0.1/24",
                            "set interface eth1 ipv4 address 10.0.1.1/24", "set bgp as 2"));
}

TEST(Edit, ADeviceOfAnotherKindTakesThePlaceOfTheFirst) {
    Edited edited;
    edited.set("platform port eth1 kernel veth1").set("platform port eth1 xdp veth2");
    EXPECT_THAT(edited.lines(), ElementsAre("set platform port eth1 xdp veth2"));
}

struct BadSet {
    const char* line;
    const char* problem;
};

TEST(Edit, BadWordsNamePathAndRemedyAndChangeNothing) {
    const std::vector<BadSet> rows{
        {"", "set needs the path of what to set"},
        {"bgq as 1",
         "\"bgq\" is not known here; there are system, platform, interface, routing, policy, "
         "bfd, bgp, forwarding, acl, punt, services"},
        {"bgp as x", "bgp as: \"x\" must be an AS number, 1 to 4294967295"},
        {"bgp as", "bgp as: needs a value"},
        {"bgp as 1 2",
         "bgp as: \"2\" is one word too many; text with spaces goes between quotation marks"},
        {"bgp neighbor", "bgp neighbor: needs its address next"},
        {"bgp neighbor 10.0.0.300",
         "bgp neighbor 10.0.0.300: \"10.0.0.300\" must be an address such as 192.0.2.1 or "
         "2001:db8::1"},
        {"bgp neighbor 10.0.0.3 address 10.0.0.4",
         "bgp neighbor 10.0.0.3 address: is the name of the entry: make a new entry"},
        {"bgp timers", "bgp timers: say what to set: hold-time, keepalive, connect-retry"},
        {"forwarding ecmp hash l5", "forwarding ecmp hash: \"l5\" must be one of l4, l3, inner"},
        {"interface loop1 loopback yes", "interface loop1 loopback: \"yes\" has no value"},
    };
    for (const BadSet& row : rows) {
        Edited edited;
        edited.set(row.line);
        EXPECT_THAT(edited.problem(), HasSubstr(row.problem)) << row.line;
        EXPECT_EQ(edited.json(), "{}") << row.line;
    }
}

TEST(Edit, TheWordThatIsWrongIsPointedAt) {
    for (const auto& [line, word] :
         std::vector<std::pair<std::string, std::size_t>>{{"bgq as 1", 0},
                                                          {"bgp as x", 2},
                                                          {"bgp as", 2},
                                                          {"bgp as 1 2", 3},
                                                          {"bgp neighbor", 2},
                                                          {"bgp neighbor 10.0.0.300 passive", 2},
                                                          {"bgp timers", 2},
                                                          {"bgp timers hold", 3}}) {
        json::object document;
        const auto done = set_words(schema(), document, words(line));
        ASSERT_FALSE(done) << line;
        EXPECT_EQ(done.error().word, word) << line;
    }
    json::object document;
    ASSERT_TRUE(set_words(schema(), document, words("bgp neighbor 192.0.2.1 remote-as 1")));
    const auto gone = delete_words(schema(), document, words("bgp neighbor 192.0.2.2"));
    EXPECT_EQ(gone.error().word, 2U);
}

TEST(Edit, DeleteTakesWhatIsBelowAndLeavesNoEmptyParts) {
    Edited edited;
    edited.set("bgp as 65000").set("bgp neighbor 192.0.2.1 remote-as 1");
    edited.set("bgp timers hold-time 9").set("interface eth1 ipv4 address 10.0.0.1/24");
    edited.remove("bgp neighbor 192.0.2.1").remove("bgp timers hold-time 9");
    edited.remove("interface eth1 ipv4 address 10.0.0.1/24");
    EXPECT_EQ(edited.problem(), "");
    EXPECT_EQ(edited.json(),
              R"({"torii-bgp:bgp":{"as":65000},"torii-interfaces:interface":[{"name":"eth1"}]})");
    edited.remove("interface eth1");
    EXPECT_EQ(edited.json(), R"({"torii-bgp:bgp":{"as":65000}})");
    edited.remove("bgp");
    EXPECT_EQ(edited.json(), "{}");
}

TEST(Edit, DeleteOfWhatIsNotThereSaysSo) {
    Edited edited;
    edited.set("bgp as 65000").set("bgp neighbor 192.0.2.1 remote-as 1");
    const std::string before = edited.json();
    for (const auto& [line, problem] : std::vector<std::pair<std::string, std::string>>{
             {"bgp router-id", "bgp router-id: is not configured"},
             {"bgp neighbor 192.0.2.2", "bgp neighbor 192.0.2.2: is not configured"},
             {"bgp as 1", "bgp as: is 65000, not 1"},
             {"bgp neighbor 192.0.2.1 address",
              "bgp neighbor 192.0.2.1 address: is the name of the entry: delete the entry"}}) {
        EXPECT_EQ(edited.remove(line).problem(), problem);
    }
    EXPECT_EQ(edited.json(), before);
}

TEST(Choices, ComeFromTheModelAndFromWhatIsConfigured) {
    Edited edited;
    edited.set("bgp peer-group LAB remote-as external")
        .set("bgp neighbor 192.0.2.1 peer-group LAB");
    edited.set("interface eth1");
    EXPECT_THAT(edited.next(""), Contains("bgp"));
    EXPECT_THAT(edited.next("bgp neighbor"), ElementsAre("192.0.2.1", "<address>"));
    EXPECT_THAT(edited.next("bgp neighbor 192.0.2.1 peer-group"),
                ElementsAre("LAB", "<peer-group>"));
    EXPECT_THAT(edited.next("bgp graceful-restart mode"),
                ElementsAre("helper", "restart", "disable"));
    EXPECT_THAT(edited.next("bgp neighbor 192.0.2.1 remote-as"),
                ElementsAre("<remote-as>", "external", "internal", "any"));
    EXPECT_THAT(edited.next("routing static-route 10.0.0.0/8 next-hop 10.0.0.1 interface"),
                Contains("eth1"));
    EXPECT_THAT(edited.next("bgp as 1"), ElementsAre());
    const auto help = [&](const std::string& line, const std::string& word) {
        for (const Choice& choice : edited.offered(line)) {
            if (choice.word == word) return choice.help;
        }
        return std::string("not offered");
    };
    EXPECT_EQ(help("bgp", "as"), "Our AS. (required)");
    EXPECT_EQ(help("bgp", "listen-port"), "TCP port we listen on. [179]");
    EXPECT_EQ(help("bgp timers hold-time", "<hold-time>"),
              "Silence after which a peer is lost. 0 or 3 to 65535 seconds [90]");
    EXPECT_EQ(help("bgp graceful-restart mode", "helper"),
              "Keep routes of peers that restart. [default]");
    EXPECT_EQ(help("bgp ebgp-requires-policy", "true"), "[default]");
    EXPECT_EQ(help("bgp neighbor 192.0.2.1 timers", "keepalive"), "Time between keepalives.")
        << "inherited: no default to hide it";
    EXPECT_THAT(edited.next("nothing"), ElementsAre());
}

}  // namespace
}  // namespace torii::yang
