#include "mgmt/yang/configuration.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace torii::yang {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> problems_of(const std::string& json) {
    const auto parsed = Configuration::parse(schema(), json);
    std::vector<std::string> out;
    if (parsed) return out;
    for (const Problem& problem : parsed.error()) out.push_back(problem.text());
    return out;
}

std::string bgp(const std::string& members) {
    return R"({"torii-bgp:bgp":{"as":65000,"router-id":"10.0.0.1",)" + members + "}}";
}

struct BadCase {
    const char* reason;
    std::string json;
    std::vector<std::string> problems;
};

const std::vector<BadCase> kBadCases{
    {"syntax error names its line", "{\n\"a\": ]\n}", {"line 2: not JSON: syntax error"}},
    {"text after the document is not dropped", "{} {}", {"line 1: not JSON: extra data"}},
    {"the whole must be an object", "[]", {"must be a JSON object in braces"}},
    {"unknown section",
     R"({"torii-bgp:bpg":{}})",
     {"\"torii-bgp:bpg\" is not known here; there are system, platform, interface, routing, "
      "policy, "
      "bfd, bgp, forwarding, acl, punt, services"}},
    {"a section needs its module name (RFC 7951 section 4)",
     R"({"forwarding":{}})",
     {"forwarding: \"forwarding\" must be written \"torii-forwarding:forwarding\""}},
    {"unknown leaf is refused, not dropped",
     R"({"torii-forwarding:forwarding":{"ecmp":{"hush":"l4"}}})",
     {"forwarding ecmp: \"hush\" is not known here; there are hash, symmetric, selection, seed"}},
    {"wrong enumeration value",
     R"({"torii-forwarding:forwarding":{"ecmp":{"hash":"l5"}}})",
     {"forwarding ecmp hash: \"l5\" must be one of l4, l3, inner"}},
    {"number in quotes",
     bgp(R"("listen-port":"179")"),
     {"bgp listen-port: \"179\" must be 1 to 65535"}},
    {"number beyond the type",
     bgp(R"("listen-port":70000)"),
     {"bgp listen-port: 70000 must be 1 to 65535"}},
    {"number outside the range",
     bgp(R"("timers":{"hold-time":2})"),
     {"bgp timers hold-time: 2 must be 0 (off) or 3 to 65535 seconds"}},
    {"boolean in quotes",
     bgp(R"("ebgp-requires-policy":"no")"),
     {"bgp ebgp-requires-policy: \"no\" must be true or false"}},
    {"union",
     bgp(R"("peer-group":[{"name":"G","remote-as":"extern"}])"),
     {"bgp peer-group G remote-as: \"extern\" must be an AS number, 1 to 4294967295; or must be "
      "one of external, internal, any"}},
    {"bad address as a key",
     bgp(R"("neighbor":[{"address":"10.0.0.300","remote-as":1}])"),
     {"bgp neighbor 10.0.0.300 address: \"10.0.0.300\" must be an address such as 192.0.2.1 or "
      "2001:db8::1"}},
    {"an address that the pattern lets through",
     bgp(R"("neighbor":[{"address":"1::2::3","remote-as":1}])"),
     {"bgp neighbor 1::2::3 address: \"1::2::3\" is not an IPv4 or IPv6 address"}},
    {"two ways to write one address would be two neighbors",
     bgp(R"("neighbor":[{"address":"fd00:0::1","remote-as":1}])"),
     {"bgp neighbor fd00:0::1 address: \"fd00:0::1\" must be written fd00::1"}},
    {"host bits in a prefix are a typing mistake, not corrected silently",
     bgp(R"("family":[{"name":"ipv4-unicast","network":[{"prefix":"10.10.1.9/24"}]}])"),
     {"bgp family ipv4-unicast network 10.10.1.9/24 prefix: \"10.10.1.9/24\" has host bits set: "
      "the "
      "prefix is 10.10.1.0/24"}},
    {"network of the other family",
     bgp(R"("family":[{"name":"ipv6-unicast","network":[{"prefix":"10.0.0.0/8"}]}])"),
     {"bgp family ipv6-unicast network 10.0.0.0/8: is not of this address family"}},
    {"mandatory leaf", R"({"torii-bgp:bgp":{"router-id":"10.0.0.1"}})", {"bgp: needs as"}},
    {"mandatory choice",
     R"({"torii-platform:platform":{"port":[{"name":"eth1"}]}})",
     {"platform port eth1: needs one of pci, kernel, xdp, tap, vdev"}},
    {"two cases of a choice",
     R"({"torii-platform:platform":{"port":[{"name":"eth1","xdp":"a","kernel":"b"}]}})",
     {"platform port eth1: has kernel and xdp: keep one"}},
    {"entry without its key",
     bgp(R"("neighbor":[{"remote-as":1}])"),
     {"bgp neighbor: an entry has no address"}},
    {"entry that is there twice",
     bgp(R"("neighbor":[{"address":"10.0.0.2","remote-as":1},{"address":"10.0.0.2","remote-as":2}])"),
     {"bgp neighbor 10.0.0.2: is there twice"}},
    {"reference to nothing",
     bgp(R"("neighbor":[{"address":"10.0.0.2","remote-as":1,"peer-group":"X"}])"),
     {"bgp neighbor 10.0.0.2 peer-group: there is no peer-group X: create it or correct the name"}},
    {"no remote-as anywhere",
     bgp(R"("peer-group":[{"name":"G"}],"neighbor":[{"address":"10.0.0.2","peer-group":"G"}])"),
     {"bgp neighbor 10.0.0.2: needs remote-as here or in its peer-group"}},
    {"keepalive against hold time",
     bgp(R"("timers":{"hold-time":9,"keepalive":4})"),
     {"bgp timers: keepalive must be at most a third of hold-time"}},
    {"keepalive of the neighbor against the group's hold time",
     bgp(R"("peer-group":[{"name":"G","remote-as":1,"timers":{"hold-time":9}}],
            "neighbor":[{"address":"10.0.0.2","peer-group":"G","timers":{"keepalive":4}}])"),
     {"bgp neighbor 10.0.0.2: keepalive must be at most a third of the group's hold-time"}},
    {"keepalive of the group against the neighbor's hold time",
     bgp(R"("peer-group":[{"name":"G","remote-as":1,"timers":{"keepalive":30}}],
            "neighbor":[{"address":"10.0.0.2","peer-group":"G","timers":{"hold-time":9}}])"),
     {"bgp neighbor 10.0.0.2: the group's keepalive must be at most a third of hold-time"}},
    {"BGP without an identifier",
     R"({"torii-bgp:bgp":{"as":1}})",
     {"bgp: needs a router-id here or in routing"}},
    {"interface without a port",
     R"({"torii-interfaces:interface":[{"name":"eth1"}]})",
     {"interface eth1: needs a platform port of this name, vlan, or loopback"}},
    {"VLAN of no port",
     R"({"torii-interfaces:interface":[{"name":"v","vlan":{"parent":"eth1","id":5}}]})",
     {"interface v vlan parent: there is no port eth1: create it or correct the name"}},
    {"VLAN without a number",
     R"({"torii-platform:platform":{"port":[{"name":"eth1","xdp":"a"}]},
         "torii-interfaces:interface":[{"name":"v","vlan":{"parent":"eth1"}}]})",
     {"interface v vlan: needs id"}},
    {"the same VLAN twice",
     R"({"torii-platform:platform":{"port":[{"name":"eth1","xdp":"a"}]},
         "torii-interfaces:interface":[{"name":"v","vlan":{"parent":"eth1","id":5}},
                                       {"name":"w","vlan":{"parent":"eth1","id":5}}]})",
     {"interface v: another interface is the same vlan of the same parent"}},
    {"VLAN and port of one name",
     R"({"torii-platform:platform":{"port":[{"name":"eth1","xdp":"a"},{"name":"v","xdp":"b"}]},
         "torii-interfaces:interface":[{"name":"v","vlan":{"parent":"eth1","id":5}}]})",
     {"interface v: is a vlan, and there is a platform port of this name: rename one"}},
    {"source validation without packets",
     R"({"torii-interfaces:interface":[{"name":"lo1","loopback":[null],"source-validation":"loose"}]})",
     {"interface lo1: a loopback has no source-validation: remove it"}},
    {"route to nowhere",
     R"({"torii-routing:routing":{"static-route":[{"prefix":"10.0.0.0/8"}]}})",
     {"routing static-route 10.0.0.0/8: needs a next-hop, or discard"}},
    {"next hop of the other family",
     R"({"torii-routing:routing":{"static-route":[{"prefix":"10.0.0.0/8","next-hop":[{"address":"fd00::1"}]}]}})",
     {"routing static-route 10.0.0.0/8 next-hop fd00::1: is not of the prefix's address family"}},
    {"station without a port",
     bgp(R"("bmp":{"station":[{"name":"one","address":"10.0.0.7"}]})"),
     {"bgp bmp station one: needs port"}},
    {"source of the other family than its station",
     bgp(R"("bmp":{"station":[{"name":"one","address":"10.0.0.7","port":5000,"source":"fd00::1"}]})"),
     {"bgp bmp station one: source is not of the address family of address"}},
    {"reports without end",
     bgp(R"("bmp":{"station":[{"name":"one","address":"10.0.0.7","port":5000,"statistics-interval":1}]})"),
     {"bgp bmp station one statistics-interval: 1 must be 0 (off) or 5 to 65535 seconds"}},
    {"file without an interval",
     bgp(R"("mrt":{"routes":{"file":"/rib"}})"),
     {"bgp mrt routes: needs file and interval"}},
    {"one file for two",
     bgp(R"("mrt":{"routes":{"file":"/a","interval":60},"updates":{"file":"/a","interval":60}})"),
     {"bgp mrt: routes and updates must not be one file"}},
    {"file of nowhere",
     bgp(R"("mrt":{"updates":{"file":"rib","interval":60}})"),
     {"bgp mrt updates file: \"rib\" must be a path that begins with /"}},
    {"dynamic neighbors of a group without remote-as",
     bgp(R"("peer-group":[{"name":"G"}],"dynamic-neighbors":[{"prefix":"10.0.0.0/8","peer-group":"G"}])"),
     {"bgp dynamic-neighbors 10.0.0.0/8: needs a peer-group that has remote-as"}},
};

TEST(Configuration, BadDocumentsAreRefusedWithPathAndAdvice) {
    for (const BadCase& row : kBadCases) {
        EXPECT_EQ(problems_of(row.json), row.problems) << row.reason;
    }
}

TEST(Configuration, AllProblemsAreReportedAtOnce) {
    const auto problems = problems_of(R"({
        "torii-forwarding:forwarding": {"ecmp": {"hash": "l5"}},
        "torii-interfaces:interface": [{"name": "eth9"}, {"name": "eth8", "colour": "red"}],
        "torii-bgp:bgp": {
            "as": 65000, "router-id": "10.0.0.1", "timers": {"hold-time": 9, "keepalive": 30},
            "neighbor": [
                {"address": "10.0.0.2", "peer-group": "A"},
                {"address": "10.0.0.3", "remote-as": 1, "peer-group": "B"},
                {"address": "10.0.0.4", "remote-as": 0}
            ]
        }})");
    EXPECT_THAT(
        problems,
        testing::UnorderedElementsAre(
            HasSubstr("forwarding ecmp hash"), HasSubstr("\"colour\" is not known"),
            HasSubstr("interface eth9: needs a platform port"),
            HasSubstr("interface eth8: needs a platform port"), HasSubstr("bgp timers: keepalive"),
            HasSubstr("10.0.0.2 peer-group: there is no peer-group A"),
            HasSubstr("10.0.0.3 peer-group: there is no peer-group B"),
            HasSubstr("10.0.0.4 remote-as: 0 must be an AS number")));
}

TEST(Configuration, TheEmptyDocumentIsValid) {
    EXPECT_THAT(problems_of("{}"), ElementsAre());
}

TEST(Configuration, TheExampleIsValidAndPrintsBack) {
    const std::string text = read_file(TORII_EXAMPLES_DIR "/router.json");
    const auto parsed = Configuration::parse(schema(), text);
    ASSERT_TRUE(parsed) << parsed.error().front().text();
    const auto again = Configuration::parse(schema(), parsed->json());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->set_commands(), parsed->set_commands());
    EXPECT_THAT(
        parsed->part(schema(), std::vector<std::string>{"bgp"})->set_commands(),
        ElementsAre("set bgp as 65000", "set bgp router-id 192.168.10.200",
                    "set bgp ebgp-requires-policy false", "set bgp graceful-restart mode restart",
                    "set bgp bestpath multipath-relax true",
                    "set bgp family ipv4-unicast maximum-paths ebgp 4",
                    "set bgp family ipv4-unicast network 10.10.1.0/24",
                    "set bgp peer-group CILIUM remote-as external",
                    "set bgp peer-group CILIUM passive true",
                    "set bgp neighbor 192.168.10.100 peer-group CILIUM",
                    "set bgp neighbor 192.168.10.101 peer-group CILIUM",
                    "set bgp neighbor 192.168.20.100 peer-group CILIUM"));
}

TEST(Configuration, BracesShowWhatWasWrittenAndNoDefaults) {
    const auto parsed = Configuration::parse(schema(), R"({
        "torii-platform:platform": {"port": [{"name": "eth1", "xdp": "hw-eth1"}]},
        "torii-interfaces:interface": [
            {"name": "eth1", "description": "to the \"rack\"", "ipv4": {"address": ["10.0.0.1/24"]}},
            {"name": "lo1", "loopback": [null]}]})");
    ASSERT_TRUE(parsed) << parsed.error().front().text();
    EXPECT_EQ(parsed->braces(), R"(platform {
    port eth1 {
        xdp hw-eth1;
    }
}
interface eth1 {
    description "to the \"rack\"";
    ipv4 {
        address 10.0.0.1/24;
    }
}
interface lo1 {
    loopback;
}
)");
    EXPECT_THAT(parsed->json(), HasSubstr("hw-eth1"));
}

// A planted secret is looked for in everything that people get to see.
constexpr const char* kCanary = "canary-4711";

std::string with_canary() {
    return std::string(R"({"torii-bgp:bgp": {"as": 65000, "router-id": "10.0.0.1",
        "neighbor": [{"address": "10.0.0.2", "remote-as": 65001, "password": ")") +
           kCanary + R"("}]}})";
}

TEST(Configuration, SecretsAreNotShown) {
    const auto configuration = Configuration::parse(schema(), with_canary());
    ASSERT_TRUE(configuration.has_value()) << configuration.error().front().text();
    EXPECT_THAT(configuration->json(), testing::HasSubstr(kCanary)) << "the file keeps it";
    const Configuration shown = configuration->redacted();
    const std::string everything = fmt::format(
        "{}{}{}{}", shown.json(), shown.part(schema(), std::vector<std::string>{"bgp"})->json(),
        shown.braces(), fmt::join(shown.set_commands(), "\n"));
    EXPECT_THAT(everything, testing::Not(testing::HasSubstr(kCanary)));
    EXPECT_THAT(shown.set_commands(),
                testing::Contains("set bgp neighbor 10.0.0.2 password <secret>"));
    EXPECT_THAT(configuration->json(), testing::HasSubstr(kCanary)) << "it is a copy";
}

TEST(Configuration, SecretsAreNotInErrors) {
    std::string too_long = with_canary();
    too_long.insert(too_long.find(kCanary), std::string(80, 'x'));
    std::string number = with_canary();
    number.replace(number.find(kCanary) - 1, std::string(kCanary).size() + 2, "47110815");
    for (const std::string& document : {too_long, number}) {
        const auto refused = Configuration::parse(schema(), document);
        ASSERT_FALSE(refused.has_value()) << document;
        for (const Problem& problem : refused.error()) {
            EXPECT_THAT(problem.text(), testing::Not(testing::HasSubstr("4711")));
            EXPECT_THAT(problem.text(), testing::HasSubstr("<secret>"));
        }
    }
}

TEST(Configuration, WhatIsShownInPlaceOfASecretIsNone) {
    std::string document = with_canary();
    document.replace(document.find(kCanary), std::string(kCanary).size(), "<secret>");
    const auto refused = Configuration::parse(schema(), document);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().front().text(),
              "bgp neighbor 10.0.0.2 password: is what is shown in its place: write the secret");
}

TEST(Configuration, TtlSecurityAndMultihopExcludeEachOther) {
    std::string document = with_canary();
    document.replace(document.find("\"password\""), 0,
                     R"("ttl-security": 1, "ebgp-multihop": 2, )");
    const auto refused = Configuration::parse(schema(), document);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().front().text(),
              "bgp neighbor 10.0.0.2 ttl-security: excludes ebgp-multihop");
}

}  // namespace
}  // namespace torii::yang
