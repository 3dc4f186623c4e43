#include "mgmt/frr/convert.h"

#include "mgmt/yang/configuration.h"
#include "mgmt/yang/edit.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace torii::frr {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

std::string file(const char* name) {
    std::ifstream stream(std::string(TORII_EXAMPLES_DIR) + "/" + name);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// The set commands of a text, without the word set.
std::vector<std::string> commands(const std::string& text) {
    std::vector<std::string> out;
    for (const Command& command : convert(text).commands) out.push_back(shown(command.words));
    return out;
}

std::vector<std::string> commands_of_bgp(const std::string& lines) {
    return commands("router bgp 65000\n" + lines);
}

// What is said of the last line.
std::string verdict(const std::string& text) {
    const Conversion conversion = convert(text);
    const Line& line = conversion.lines.back();
    const char* fate = line.fate == Fate::mapped        ? "mapped"
                       : line.fate == Fate::meaningless ? "meaningless"
                                                        : "unsupported";
    return std::string(fate) + ": " + line.note;
}

// The whole as our configuration, and what there is to say against it.
std::vector<std::string> problems(const std::string& text,
                                  std::vector<std::string>* lines = nullptr) {
    std::vector<std::string> out;
    json::object document;
    for (const Command& command : convert(text).commands) {
        const auto done = yang::set_words(schema(), document, command.words);
        if (!done) out.push_back(fmt::format("line {}: {}", command.line, done.error().text()));
    }
    const auto parsed = yang::Configuration::parse(schema(), json::serialize(document));
    if (!parsed) {
        for (const auto& problem : parsed.error()) out.push_back(problem.text());
    } else if (lines != nullptr) {
        *lines = parsed->set_commands();
    }
    return out;
}

TEST(Convert, TheRouterOfTheDocument) {
    std::vector<std::string> lines;
    EXPECT_THAT(problems(file("frr.conf"), &lines), IsEmpty());
    EXPECT_THAT(
        lines,
        ElementsAre("set system hostname router", "set bgp as 65000",
                    "set bgp router-id 192.168.10.200", "set bgp ebgp-requires-policy false",
                    "set bgp timers hold-time 180", "set bgp timers keepalive 60",
                    "set bgp timers connect-retry 120", "set bgp graceful-restart mode restart",
                    "set bgp bestpath multipath-relax true",
                    "set bgp family ipv4-unicast maximum-paths ebgp 4",
                    "set bgp family ipv4-unicast maximum-paths ibgp 64",
                    "set bgp family ipv4-unicast network 10.10.1.0/24",
                    "set bgp peer-group CILIUM remote-as external",
                    "set bgp neighbor 192.168.10.100 peer-group CILIUM",
                    "set bgp neighbor 192.168.10.101 peer-group CILIUM",
                    "set bgp neighbor 192.168.20.100 peer-group CILIUM"));
    for (const Line& line : convert(file("frr.conf")).lines) {
        EXPECT_NE(line.fate, Fate::unsupported) << line.number << " " << line.text;
    }
}

// All that example/router.json has and FRR's file knows about is the same, but for what FRR has by
// default and we have not.
TEST(Convert, TheRouterOfTheDocumentIsTheExample) {
    std::vector<std::string> converted;
    ASSERT_THAT(problems(file("frr.conf"), &converted), IsEmpty());
    auto example = yang::Configuration::parse(schema(), file("router.json"))->set_commands();
    std::erase_if(example, [](const std::string& line) {
        return line.starts_with("set platform") || line.starts_with("set interface") ||
               line.starts_with("set forwarding") || line.ends_with("passive true");
    });
    std::erase_if(converted, [](const std::string& line) {
        return line.starts_with("set bgp timers") || line.ends_with("ibgp 64");
    });
    EXPECT_EQ(converted, example);
}

TEST(Convert, DefaultsOfFrrAreWrittenOut) {
    EXPECT_THAT(commands_of_bgp(" neighbor 10.0.0.1 remote-as 1\n"),
                IsSupersetOf({"bgp timers hold-time 180", "bgp timers keepalive 60",
                              "bgp timers connect-retry 120",
                              "bgp family ipv4-unicast maximum-paths ebgp 64"}));
    EXPECT_THAT(commands_of_bgp(""), Not(Contains(HasSubstr("maximum-paths"))))
        << "a family that nobody uses has no paths";
}

TEST(Convert, TheDatacenterProfileAndOldVersionsHaveOtherDefaults) {
    EXPECT_THAT(commands("frr defaults datacenter\nrouter bgp 1\n"),
                AllOf(Contains("bgp timers hold-time 9"), Contains("bgp timers keepalive 3"),
                      Contains("bgp ebgp-requires-policy false"),
                      Not(Contains(HasSubstr("connect-retry")))));
    const auto old = commands("frr version 7.3\nrouter bgp 1\n network 10.0.0.0/8\n");
    EXPECT_THAT(old, Contains("bgp ebgp-requires-policy false"));
    EXPECT_THAT(old, Contains("bgp family ipv4-unicast network 10.0.0.0/8 unconditional true"));
    EXPECT_THAT(commands("frr version 8.4.4\nrouter bgp 1\n"),
                Not(Contains(HasSubstr("requires-policy"))));
}

struct Row {
    const char* frr;
    std::vector<std::string> ours;
};

void compare(const std::vector<Row>& rows, const std::string& before) {
    for (const Row& row : rows) {
        const auto got = commands(before + row.frr + "\n");
        for (const std::string& command : row.ours) {
            EXPECT_THAT(got, Contains(command)) << row.frr;
        }
    }
}

TEST(Convert, LinesOfBgp) {
    compare({{" timers bgp 10 30", {"bgp timers keepalive 10", "bgp timers hold-time 30"}},
             {" timers bgp 30 9", {"bgp timers keepalive 3", "bgp timers hold-time 9"}},
             {" timers bgp 0 0", {"bgp timers hold-time 0"}},
             {" bgp graceful-restart restart-time 60", {"bgp graceful-restart restart-time 60"}},
             {" bgp graceful-restart select-defer-time 60",
              {"bgp graceful-restart selection-deferral-time 60"}},
             {" no bgp log-neighbor-changes", {"bgp log-neighbor-changes false"}},
             {" update-delay 60 20",
              {"bgp update-delay maximum 60", "bgp update-delay establish-wait 20"}},
             {"exit\nbgp update-delay 60", {"bgp update-delay maximum 60"}},
             {" neighbor 10.0.0.1 remote-as 2\n no neighbor 10.0.0.1 enforce-first-as",
              {"bgp neighbor 10.0.0.1 enforce-first-as false"}},
             {" bgp listen range 10.0.0.7/24 peer-group G",
              {"bgp dynamic-neighbors 10.0.0.0/24 peer-group G"}},
             {" no bgp network import-check\n network 10.0.0.0/8",
              {"bgp family ipv4-unicast network 10.0.0.0/8 unconditional true"}},
             {" address-family ipv6 unicast\n  network 2001:DB8::/32 route-map M",
              {"bgp family ipv6-unicast network 2001:db8::/32 policy M"}},
             {" redistribute connected metric 5 route-map M",
              {"bgp family ipv4-unicast redistribute connected metric 5",
               "bgp family ipv4-unicast redistribute connected policy M"}},
             {" aggregate-address 10.0.0.1/8 summary-only as-set route-map M origin egp",
              {"bgp family ipv4-unicast aggregate-address 10.0.0.0/8",
               "bgp family ipv4-unicast aggregate-address 10.0.0.0/8 as-set true",
               "bgp family ipv4-unicast aggregate-address 10.0.0.0/8 origin egp",
               "bgp family ipv4-unicast aggregate-address 10.0.0.0/8 policy M",
               "bgp family ipv4-unicast aggregate-address 10.0.0.0/8 summary-only true"}},
             {" address-family ipv6 unicast\n  aggregate-address 2001:db8::/32 suppress-map M",
              {"bgp family ipv6-unicast aggregate-address 2001:db8::/32 suppress-policy M"}},
             {" maximum-paths 128", {"bgp family ipv4-unicast maximum-paths ebgp 64"}},
             {" bmp targets one\n  bmp connect 192.0.2.9 port 1790 min-retry 1 max-retry 2",
              {"bgp bmp station one address 192.0.2.9", "bgp bmp station one port 1790"}},
             {" dump bgp updates /var/log/updates 15m",
              {"bgp mrt updates file /var/log/updates", "bgp mrt updates interval 900"}}},
            "router bgp 65000\n");
}

TEST(Convert, LinesOfNeighbors) {
    const std::string peer = " neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 ";
    compare(
        {{"description to the north", {R"(bgp neighbor 10.0.0.1 description "to the north")"}},
         {"shutdown message we move",
          {"bgp neighbor 10.0.0.1 enabled false",
           R"(bgp neighbor 10.0.0.1 shutdown-message "we move")"}},
         {"timers 30 9",
          {"bgp neighbor 10.0.0.1 timers keepalive 3", "bgp neighbor 10.0.0.1 timers hold-time 9"}},
         {"timers connect 5", {"bgp neighbor 10.0.0.1 timers connect-retry 5"}},
         {"local-as 65009 no-prepend replace-as",
          {"bgp neighbor 10.0.0.1 local-as as 65009",
           "bgp neighbor 10.0.0.1 local-as replace-as true"}},
         {"ebgp-multihop", {"bgp neighbor 10.0.0.1 ebgp-multihop 255"}},
         {"ttl-security hops 3", {"bgp neighbor 10.0.0.1 ttl-security 3"}},
         {"bfd 4 100 200",
          {"bfd profile frr-4-100-200 receive-interval 100",
           "bfd profile frr-4-100-200 transmit-interval 200",
           "bgp neighbor 10.0.0.1 bfd profile frr-4-100-200"}},
         {"maximum-prefix 1000 80 restart 5",
          {"bgp neighbor 10.0.0.1 maximum-prefixes 1000",
           "bgp neighbor 10.0.0.1 maximum-prefixes-threshold 80",
           "bgp neighbor 10.0.0.1 maximum-prefixes-restart 5"}},
         {"allowas-in", {"bgp neighbor 10.0.0.1 allow-own-as 3"}},
         {"advertisement-interval 30", {"bgp neighbor 10.0.0.1 advertisement-interval 30"}},
         {"enforce-first-as", {"bgp neighbor 10.0.0.1 enforce-first-as true"}},
         {"local-role rs-client", {"bgp neighbor 10.0.0.1 local-role rs-client"}},
         {"local-role provider strict-mode",
          {"bgp neighbor 10.0.0.1 local-role provider",
           "bgp neighbor 10.0.0.1 local-role-strict true"}},
         {"remove-private-AS all replace-AS", {"bgp neighbor 10.0.0.1 remove-private-as replace"}},
         {"addpath-tx-all-paths", {"bgp neighbor 10.0.0.1 family ipv4-unicast add-path send all"}},
         {"update-source 10.0.0.2", {"bgp neighbor 10.0.0.1 update-source 10.0.0.2"}}},
        "router bgp 65000\n" + peer);
    EXPECT_THAT(commands("interface lo\n ip address 10.9.9.9/32\nrouter bgp 1\n"
                         " neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.1 update-source lo\n"),
                AllOf(Contains("interface loop0 ipv4 address 10.9.9.9/32"),
                      Contains("bgp neighbor 10.0.0.1 update-source 10.9.9.9")));
}

TEST(Convert, DefaultRoutesAndAggregatesOfNeighbors) {
    const std::string peer = " neighbor 10.0.0.1 remote-as 65001\n";
    const std::string v6 = peer +
                           " address-family ipv6 unicast\n"
                           "  neighbor 10.0.0.1 default-originate route-map M\n"
                           "  neighbor 10.0.0.1 unsuppress-map M\n";
    EXPECT_THAT(
        commands_of_bgp(peer + " neighbor 10.0.0.1 default-originate\n"),
        Contains("bgp neighbor 10.0.0.1 family ipv4-unicast default-originate enabled true"));
    EXPECT_THAT(
        commands_of_bgp(v6),
        IsSupersetOf({"bgp neighbor 10.0.0.1 family ipv6-unicast default-originate policy M",
                      "bgp neighbor 10.0.0.1 family ipv6-unicast unsuppress-policy M"}));
    EXPECT_THAT(problems("router bgp 1\n bgp router-id 1.1.1.1\n" + v6), IsEmpty());
    for (const char* aggregate : {"10.0.0.1/32", "10.0.0.0/8 matching-MED-only", "all"}) {
        EXPECT_THAT(
            verdict(std::string("router bgp 1\n") + " aggregate-address " + aggregate + "\n"),
            HasSubstr("unsupported"));
    }
}

TEST(Convert, CommunitiesThatAreSwitchedOffOneByOne) {
    const std::string peer = " neighbor 10.0.0.1 remote-as 1\n no neighbor 10.0.0.1 send-community";
    EXPECT_THAT(commands_of_bgp(peer + " large\n"),
                Contains("bgp neighbor 10.0.0.1 send-community both"));
    EXPECT_THAT(commands_of_bgp(peer + " all\n"),
                Contains("bgp neighbor 10.0.0.1 send-community none"));
    EXPECT_THAT(commands_of_bgp(peer + " both\n"),
                Contains("bgp neighbor 10.0.0.1 send-community large"));
    EXPECT_THAT(verdict("router bgp 1\n" + peer + " extended\n"), HasSubstr("unsupported"));
}

TEST(Convert, FamiliesOfNeighbors) {
    const std::string v6 =
        " neighbor G peer-group\n neighbor G remote-as external\n"
        " neighbor 10.0.0.1 peer-group G\n neighbor 10.0.0.2 peer-group G\n"
        " neighbor fd00::1 remote-as 2\n"
        " address-family ipv4 unicast\n  no neighbor fd00::1 activate\n exit-address-family\n"
        " address-family ipv6 unicast\n  neighbor fd00::1 activate\n"
        "  neighbor 10.0.0.2 activate\n exit-address-family\n";
    const auto got = commands_of_bgp(v6);
    EXPECT_THAT(got, IsSupersetOf({"bgp family ipv4-unicast", "bgp family ipv6-unicast",
                                   "bgp neighbor fd00::1 family ipv4-unicast enabled false",
                                   "bgp neighbor 10.0.0.2 family ipv6-unicast enabled true",
                                   "bgp peer-group G family ipv6-unicast enabled false"}));
    EXPECT_THAT(got, Not(Contains(HasSubstr("10.0.0.1 family"))));
    EXPECT_THAT(problems("router bgp 1\n bgp router-id 1.1.1.1\n" + v6), IsEmpty());
}

TEST(Convert, PrefixListsOfTwoFamiliesAndOneName) {
    const std::string text =
        "ip prefix-list L seq 5 permit 10.0.0.0/8 le 24\nip prefix-list L deny any\n"
        "ipv6 prefix-list L permit any\nipv6 prefix-list M seq 7 deny 2001:db8::/32 ge 48 le 64\n"
        "access-list A permit 10.0.0.0/8\naccess-list A permit 10.1.0.0/16 exact-match\n"
        "access-list 5 permit 172.16.0.0 0.15.255.255\n";
    EXPECT_THAT(
        commands(text),
        ElementsAre(
            "policy prefix-set L entry 5 prefix 10.0.0.0/8", "policy prefix-set L entry 5 le 24",
            "policy prefix-set L entry 10 action deny",
            "policy prefix-set L entry 10 prefix 0.0.0.0/0", "policy prefix-set L entry 10 le 32",
            "policy prefix-set L-ipv6 entry 5 prefix ::/0",
            "policy prefix-set L-ipv6 entry 5 le 128", "policy prefix-set M entry 7 action deny",
            "policy prefix-set M entry 7 prefix 2001:db8::/32", "policy prefix-set M entry 7 ge 48",
            "policy prefix-set M entry 7 le 64", "policy prefix-set A entry 5 prefix 10.0.0.0/8",
            "policy prefix-set A entry 5 le 32", "policy prefix-set A entry 10 prefix 10.1.0.0/16",
            "policy prefix-set 5 entry 5 prefix 172.16.0.0/12",
            "policy prefix-set 5 entry 5 le 32"));
    EXPECT_THAT(problems(text), IsEmpty());
}

TEST(Convert, CommunityAndAsPathLists) {
    const std::string text =
        "bgp as-path access-list P seq 5 permit _65001_ 1\n"
        "bgp community-list standard C seq 5 permit 65000:1 no-export\n"
        "bgp community-list expanded E deny 6500[0-9]:.*\nbgp community-list 120 permit .*\n"
        "bgp extcommunity-list standard X permit rt 65000:1 soo 65000:2\n"
        "bgp large-community-list standard B permit 65000:1:2\n";
    EXPECT_THAT(commands(text),
                IsSupersetOf({R"(policy as-path-set P entry 5 pattern "_65001_ 1")",
                              "policy community-set C entry 5 member 65000:1",
                              "policy community-set C entry 5 member no-export",
                              "policy community-set E entry 5 action deny",
                              "policy community-set E entry 5 pattern 6500[0-9]:.*",
                              "policy community-set 120 entry 5 pattern .*",
                              "policy extended-community-set X entry 5 member rt:65000:1",
                              "policy extended-community-set X entry 5 member soo:65000:2",
                              "policy large-community-set B entry 5 member 65000:1:2"}));
    EXPECT_THAT(problems(text), IsEmpty());
}

TEST(Convert, RouteMaps) {
    const std::string text =
        "ip prefix-list L permit 10.0.0.0/8\n"
        "bgp community-list standard C permit 65000:1\n"
        "route-map M permit 10\n description first\n match ip address prefix-list L\n"
        " match community C exact-match\n match peer 10.0.0.1\n match source-protocol bgp\n"
        " set local-preference 200\n set metric +10\n set community 65000:2 additive\n"
        " set as-path prepend 65000 65000\n set ip next-hop peer-address\n on-match next\nexit\n"
        "route-map M deny 20\n match as-path P\n"
        "route-map M permit 30\n set community 65000:3\n set comm-list C delete\n";
    const auto got = commands(text);
    EXPECT_THAT(
        got,
        IsSupersetOf(
            {"policy policy M default-action reject", "policy policy M statement 10 action accept",
             "policy policy M statement 10 description first",
             "policy policy M statement 10 match prefix-set L",
             "policy policy M statement 10 match exact-communities true",
             "policy policy M statement 10 match neighbor 10.0.0.1",
             "policy policy M statement 10 match source internal",
             "policy policy M statement 10 set med +10",
             "policy policy M statement 10 set community add 65000:2",
             R"(policy policy M statement 10 set as-path prepend "65000 65000")",
             "policy policy M statement 10 set next-hop peer",
             "policy policy M statement 10 action next",
             "policy policy M statement 20 action reject",
             "policy policy M statement 30 set community clear",
             "policy policy M statement 30 set community add 65000:3",
             "policy policy M statement 30 set community remove C", "policy as-path-set P"}));
    EXPECT_THAT(problems(text), IsEmpty());
    EXPECT_LT(std::ranges::find(got, "policy policy M statement 10 action accept"),
              std::ranges::find(got, "policy policy M statement 10 action next"));
}

// FRR's lists reject before the route map is asked; what a member has of its own takes the place of
// the group's, kind by kind.
TEST(Convert, FiltersOfNeighborsBecomeChains) {
    const std::string text =
        "ip prefix-list L permit 10.0.0.0/8\nroute-map M permit 10\n"
        "router bgp 1\n bgp router-id 1.1.1.1\n neighbor G peer-group\n neighbor G remote-as 2\n"
        " neighbor 10.0.0.1 peer-group G\n"
        " address-family ipv4 unicast\n  neighbor G prefix-list L in\n"
        "  neighbor 10.0.0.1 route-map M in\n  neighbor G filter-list NONE out\n";
    const auto got = commands(text);
    EXPECT_THAT(got,
                IsSupersetOf({"policy prefix-set not-L entry 5 action deny",
                              "policy prefix-set not-L entry 5 prefix 10.0.0.0/8",
                              "policy prefix-set not-L entry 15 action permit",
                              "policy prefix-set not-L entry 15 prefix 0.0.0.0/0",
                              "policy prefix-set not-L entry 15 le 32",
                              "policy policy filter-L statement 10 match prefix-set not-L",
                              "policy policy filter-L statement 10 action reject",
                              "bgp peer-group G family ipv4-unicast import-policy filter-L",
                              "bgp peer-group G family ipv4-unicast import-policy accept-the-rest",
                              "bgp neighbor 10.0.0.1 family ipv4-unicast import-policy filter-L",
                              "bgp neighbor 10.0.0.1 family ipv4-unicast import-policy M",
                              "bgp peer-group G family ipv4-unicast export-policy filter-NONE"}));
    EXPECT_LT(
        std::ranges::find(got, "bgp neighbor 10.0.0.1 family ipv4-unicast import-policy filter-L"),
        std::ranges::find(got, "bgp neighbor 10.0.0.1 family ipv4-unicast import-policy M"));
    EXPECT_THAT(problems(text), IsEmpty());
    EXPECT_THAT(verdict(text), HasSubstr("there is no list NONE: nothing passes, as in FRR"));
}

TEST(Convert, WhatIsNotDefinedIsAsInFrr) {
    const std::string text =
        "router bgp 1\n bgp router-id 1.1.1.1\n neighbor 10.0.0.1 remote-as 2\n"
        " neighbor 10.0.0.1 bfd profile P\n neighbor 10.0.0.1 route-map NONE in\n";
    EXPECT_THAT(commands(text),
                IsSupersetOf({"policy policy NONE default-action reject", "bfd profile P"}));
    EXPECT_THAT(verdict(text), HasSubstr("there is no route-map NONE: it rejects all, as in FRR"));
    EXPECT_THAT(problems(text), IsEmpty());
}

TEST(Convert, StaticRoutesAndInterfaces) {
    EXPECT_THAT(
        commands("ip route 10.0.0.0/8 192.0.2.1\nip route 10.0.0.0/8 192.0.2.2 eth1\n"
                 "ip route 10.9.0.0 255.255.0.0 blackhole 250 tag 7\n"
                 "ipv6 route 2001:db8::/32 fd00::1 eth1 20\n"
                 "interface eth1\n description the north\n ip address 192.0.2.9/24\n"
                 " ipv6 address FD00::9/64\n shutdown\nexit\n"
                 "interface dummy1\nexit\nip router-id 1.1.1.1\n"),
        IsSupersetOf({"routing static-route 10.0.0.0/8 next-hop 192.0.2.1",
                      "routing static-route 10.0.0.0/8 next-hop 192.0.2.2 interface eth1",
                      "routing static-route 10.9.0.0/16 discard",
                      "routing static-route 10.9.0.0/16 distance 250",
                      "routing static-route 10.9.0.0/16 tag 7",
                      "routing static-route 2001:db8::/32 next-hop fd00::1 interface eth1",
                      "routing static-route 2001:db8::/32 distance 20",
                      R"(interface eth1 description "the north")",
                      "interface eth1 ipv4 address 192.0.2.9/24",
                      "interface eth1 ipv6 address fd00::9/64", "interface eth1 enabled false",
                      "interface dummy1 loopback", "routing router-id 1.1.1.1"}));
}

TEST(Convert, WhatCannotBeIsSaidAtItsLine) {
    const std::string bgp = "router bgp 1\n";
    const std::string peer = bgp + " neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.1 ";
    for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
             {"router ospf\n network 10.0.0.0/8 area 0", "unsupported: router ospf"},
             {"vrf RED\n ip route 10.0.0.0/8 192.0.2.1", "unsupported: VRFs"},
             {bgp + " address-family l2vpn evpn\n  advertise-all-vni",
              "unsupported: address family l2vpn evpn"},
             {"router bgp 1\nrouter bgp 2 vrf X", "unsupported: BGP in views and VRFs"},
             {bgp + " neighbor eth0 interface remote-as external",
              "unsupported: \"eth0\" is neither an address nor a peer group"},
             {peer + "route-reflector-client", "unsupported: route reflection"},
             {peer + "no-such-thing", "unsupported: not known"},
             {peer + "update-source eth7",
              "unsupported: \"eth7\" has no address in this file: write the address"},
             {bgp + " something odd", "unsupported: not known in this block"},
             {"something odd", "unsupported: not known"},
             {"ip route 10.0.0.0/8 eth1",
              "unsupported: a static route needs the address of its next hop"},
             {"ip route 10.0.0.0/8 10.1.1.1\nip route 10.0.0.0/8 10.1.1.2 200",
              "unsupported: all static routes to a prefix have one distance and one tag"},
             {"ip route 300.0.0.0/8 10.1.1.1", "unsupported: \"300.0.0.0/8\" is no prefix"},
             {"route-map M permit 10\n call N", "unsupported: a policy within a policy"},
             {"route-map M permit 10\n match interface eth0",
              "unsupported: this condition; without it the statement takes more routes"},
             {"log syslog informational", "meaningless: the daemons log to the journal"},
             {"service integrated-vtysh-config", "meaningless: there is one configuration"}}) {
        EXPECT_THAT(verdict(text), HasSubstr(said)) << text;
    }
}

// A block that is left out takes only its own lines with it.
TEST(Convert, BlocksEndWhereTheyEnd) {
    EXPECT_THAT(commands("router ospf\n network 10.0.0.0/8 area 0\nhostname one\n"),
                ElementsAre("system hostname one"));
    EXPECT_THAT(commands("vrf RED\n ip route 10.0.0.0/8 192.0.2.1\nexit-vrf\nhostname one\n"),
                ElementsAre("system hostname one"));
    EXPECT_THAT(
        commands_of_bgp(" address-family ipv6\n  network fd00::/64\n exit-address-family\n"
                        " network 10.0.0.0/8\nexit\nhostname one\n"),
        IsSupersetOf({"bgp family ipv6-unicast network fd00::/64",
                      "bgp family ipv4-unicast network 10.0.0.0/8", "system hostname one"}));
}

TEST(Convert, PasswordsAreNeverShown) {
    const Conversion conversion = convert(
        "router bgp 1\n neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.1 password canary\n"
        "enable password canary\npassword 8 canary\n");
    for (const Line& line : conversion.lines) {
        EXPECT_THAT(line.text + line.note, Not(HasSubstr("canary")));
    }
    for (const Command& command : conversion.commands) {
        EXPECT_THAT(shown(command.words), Not(HasSubstr("canary")));
    }
    EXPECT_THAT(conversion.commands,
                Contains(testing::Field(&Command::words, ElementsAre("bgp", "neighbor", "10.0.0.1",
                                                                     "password", "canary"))));
}

}  // namespace
}  // namespace torii::frr
