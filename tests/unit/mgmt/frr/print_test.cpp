#include "mgmt/frr/print.h"

#include "mgmt/frr/convert.h"
#include "mgmt/frr/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace torii::frr {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string printed(const std::string& frr) {
    std::vector<Words> commands;
    for (const Command& command : convert(frr).commands) commands.push_back(command.words);
    return print(commands);
}

TEST(Print, TheRouterOfTheDocumentIsItsOwnFile) {
    std::ifstream file(TORII_EXAMPLES_DIR "/frr.conf");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(printed(text), R"(frr version 8.4.4
frr defaults traditional
hostname router
router bgp 65000
 bgp router-id 192.168.10.200
 no bgp ebgp-requires-policy
 bgp graceful-restart
 bgp bestpath as-path multipath-relax
 timers bgp 60 180
 neighbor CILIUM peer-group
 neighbor CILIUM remote-as external
 neighbor 192.168.10.100 peer-group CILIUM
 neighbor 192.168.10.101 peer-group CILIUM
 neighbor 192.168.20.100 peer-group CILIUM
 address-family ipv4 unicast
  maximum-paths 4
  maximum-paths ibgp 64
  network 10.10.1.0/24
 exit-address-family
exit
)");
}

TEST(Print, PoliciesAreRouteMapsWhereFrrCanHaveThem) {
    const std::string text = printed(
        "ip prefix-list A seq 5 permit 10.0.0.0/8 le 24\n"
        "route-map P permit 10\n match ip address prefix-list A\n set metric +5\n"
        " set community 1:2 additive\nroute-map P deny 20\n"
        "router bgp 1\n neighbor 10.0.0.2 remote-as 2\n neighbor 10.0.0.2 route-map P in\n");
    EXPECT_THAT(text, HasSubstr("ip prefix-list A seq 5 permit 10.0.0.0/8 le 24\n"));
    EXPECT_THAT(text, HasSubstr("route-map P permit 10\n match ip address prefix-list A\n"
                                " set metric +5\n set community 1:2 additive\nexit\n"
                                "route-map P deny 20\nexit\n"));
    EXPECT_THAT(text, HasSubstr("  neighbor 10.0.0.2 route-map P in\n"));
}

TEST(Print, OptionsOfSessionsComeBackAsTheyWere) {
    const std::string lines =
        " neighbor 10.0.0.2 local-role provider strict-mode\n"
        " neighbor 10.0.0.2 advertisement-interval 30\n"
        " no neighbor 10.0.0.2 enforce-first-as\n"
        " neighbor 10.0.0.3 local-role rs-client\n"
        " neighbor 10.0.0.3 enforce-first-as\n"
        " no bgp log-neighbor-changes\n"
        " bgp graceful-restart select-defer-time 60\n"
        " update-delay 60 20\n";
    const std::string text = printed(
        "router bgp 1\n neighbor 10.0.0.2 remote-as 2\n neighbor 10.0.0.3 remote-as 3\n" + lines);
    for (std::size_t begin = 0; begin < lines.size();) {
        const std::size_t end = lines.find('\n', begin) + 1;
        EXPECT_THAT(text, HasSubstr(lines.substr(begin, end - begin)));
        begin = end;
    }
    EXPECT_THAT(text, Not(HasSubstr("! torii: set bgp neighbor")));
}

TEST(Print, AggregatesAndDefaultRoutes) {
    const std::string said =
        "  aggregate-address 10.0.0.0/8 as-set summary-only origin egp route-map P\n"
        "  aggregate-address 10.1.0.0/16 suppress-map P\n";
    const std::string neighbors =
        "  neighbor 10.0.0.2 default-originate route-map P\n"
        "  neighbor 10.0.0.2 unsuppress-map P\n"
        "  neighbor 10.0.0.3 default-originate\n";
    const std::string text = printed(
        "route-map P permit 10\nrouter bgp 1\n neighbor 10.0.0.2 remote-as 2\n"
        " neighbor 10.0.0.3 remote-as 3\n address-family ipv4 unicast\n" +
        said + neighbors);
    EXPECT_THAT(text, HasSubstr(said + neighbors));
    EXPECT_THAT(text, Not(HasSubstr("! torii: set bgp family")));
    EXPECT_THAT(text, Not(HasSubstr("default-originate enabled")));
    // A chain is more than FRR can say, and then what it is about is said by us alone.
    const std::string chain = print({{"bgp", "as", "1"},
                                     {"bgp", "family", "ipv4-unicast"},
                                     {"bgp", "neighbor", "10.0.0.2", "family", "ipv4-unicast",
                                      "default-originate", "policy", "A"},
                                     {"bgp", "neighbor", "10.0.0.2", "family", "ipv4-unicast",
                                      "default-originate", "policy", "B"}});
    EXPECT_THAT(chain, Not(HasSubstr("\n  neighbor 10.0.0.2 default-originate")));
    EXPECT_THAT(chain, HasSubstr("! torii: set bgp neighbor 10.0.0.2 family ipv4-unicast "
                                 "default-originate policy B"));
}

TEST(Print, WhatFrrHasNoWordsForIsInAComment) {
    const std::string text =
        print({{"bgp", "as", "1"},
               {"bgp", "listen-port", "1179"},
               {"policy", "policy", "P", "statement", "10", "set", "next-hop", "self"},
               {"interface", "e1", "description", "two  spaces \"x\""}});
    EXPECT_THAT(text, HasSubstr("\n! torii: set bgp listen-port 1179\n"));
    EXPECT_THAT(text, HasSubstr("\n! torii: set policy policy P statement 10 set next-hop self\n"));
    EXPECT_THAT(text,
                HasSubstr("\n! torii: set interface e1 description \"two  spaces \\\"x\\\"\"\n"));
    EXPECT_THAT(text, Not(HasSubstr("route-map")));
}

TEST(Print, ACommentOfOursThatIsNoCommandIsTold) {
    const auto lines = convert("! torii: delete bgp\n! torii: set \"x\n! a comment\n").lines;
    ASSERT_EQ(lines.size(), 2U);
    for (const Line& line : lines) EXPECT_EQ(line.fate, Fate::unsupported) << line.text;
}

}  // namespace
}  // namespace torii::frr
