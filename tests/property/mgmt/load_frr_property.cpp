// Whatever FRR would take: what is loaded can be committed, or a line says why not.
#include "mgmt/datastore/datastore.h"
#include "mgmt/server/load_commands.h"
#include "tests/support/temporary_folder.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace torii::mgmt {
namespace {

namespace json = boost::json;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// In lines, & stands for a name, @ for an address, % for a prefix and # for a number; of each there
// are few, so that lines meet.
constexpr std::array kTop{
    "hostname &",
    "ip prefix-list & permit %",
    "ip prefix-list & seq # deny % ge # le #",
    "ipv6 prefix-list & permit 2001:db8::/32 le 48",
    "access-list & permit % exact-match",
    "bgp as-path access-list & permit _#_",
    "bgp community-list standard & permit #:# no-export",
    "bgp community-list expanded & deny #:.*",
    "bgp large-community-list standard & permit #:#:#",
    "ip route % @",
    "ip route % @ # tag #",
    "ip route % blackhole",
    "ip router-id @",
    "something that nobody knows",
};

constexpr std::array kInterface{"description & &", "ip address %", "ipv6 address fd00::#/64",
                                "shutdown", "ip ospf area #"};

constexpr std::array kRouteMap{
    "match ip address prefix-list &",
    "match community &",
    "match as-path &",
    "match ip address &",
    "match peer @",
    "match metric #",
    "match large-community &",
    "set local-preference #",
    "set metric +#",
    "set community #:# additive",
    "set community none",
    "set as-path prepend # #",
    "set ip next-hop @",
    "set comm-list & delete",
    "on-match next",
    "set large-community #:#:#",
    "call &",
    "set weight #",
};

constexpr std::array kBgp{
    "bgp router-id @",
    "no bgp ebgp-requires-policy",
    "timers bgp # #",
    "bgp graceful-restart",
    "bgp bestpath as-path multipath-relax",
    "no bgp default ipv4-unicast",
    "no bgp network import-check",
    "neighbor & peer-group",
    "neighbor & remote-as external",
    "neighbor & remote-as #",
    "neighbor @ peer-group &",
    "neighbor @ remote-as #",
    "neighbor @ timers # #",
    "neighbor & timers # #",
    "neighbor @ timers connect #",
    "neighbor @ description & &",
    "neighbor @ ebgp-multihop #",
    "neighbor @ ttl-security hops #",
    "neighbor @ local-as # no-prepend replace-as",
    "neighbor @ bfd profile &",
    "neighbor @ route-map & in",
    "neighbor & prefix-list & out",
    "neighbor & filter-list & in",
    "no neighbor @ send-community extended",
    "neighbor @ maximum-prefix # # restart #",
    "neighbor @ allowas-in #",
    "neighbor @ route-reflector-client",
    "bgp listen range % peer-group &",
    "bgp listen limit #",
    "network %",
    "redistribute static route-map & metric #",
    "maximum-paths #",
    "maximum-paths ibgp #",
};

constexpr std::array kFamily{"neighbor @ activate",         "no neighbor @ activate",
                             "neighbor & activate",         "neighbor @ route-map & out",
                             "neighbor & prefix-list & in", "network %",
                             "redistribute connected",      "maximum-paths #"};

std::string filled(std::string_view line) {
    std::string out;
    for (const char character : line) {
        switch (character) {
            case '&': out += *rc::gen::element("A", "B", "C-1", "odd/name"); break;
            case '@': out += fmt::format("10.0.0.{}", *rc::gen::inRange(1, 5)); break;
            case '%':
                out += fmt::format("10.{}.0.1/{}", *rc::gen::inRange(0, 4),
                                   *rc::gen::element(0, 8, 16, 24, 32, 33));
                break;
            case '#':
                out += std::to_string(*rc::gen::element(0, 1, 3, 9, 30, 255, 65000, 70000));
                break;
            default: out += character;
        }
    }
    return out;
}

template <std::size_t count>
std::string some(const std::array<const char*, count>& lines, const char* indent) {
    std::string out;
    for (int left = *rc::gen::inRange(0, 8); left > 0; --left) {
        out += fmt::format("{}{}\n", indent, filled(*rc::gen::elementOf(lines)));
    }
    return out;
}

std::string some_configuration() {
    std::string out;
    for (int left = *rc::gen::inRange(1, 6); left > 0; --left) {
        switch (*rc::gen::inRange(0, 4)) {
            case 0: out += some(kTop, ""); break;
            case 1: out += filled("interface eth1\n") + some(kInterface, " ") + "exit\n"; break;
            case 2: out += filled("route-map & permit #\n") + some(kRouteMap, " "); break;
            default:
                out += "router bgp 65000\n" + some(kBgp, " ") + some(kBgp, " ");
                out += " address-family ipv6 unicast\n" + some(kFamily, "  ");
                out += " exit-address-family\nexit\n";
        }
    }
    return out;
}

RC_GTEST_PROP(LoadFrr, WhatIsLoadedCanBeCommittedOrALineSaysWhyNot, ()) {
    const std::string text = some_configuration();
    RC_LOG() << text;
    const test::TemporaryFolder folder;
    auto store = *datastore::Datastore::open(schema(), folder.path() / "router.json");
    Sessions sessions(store);
    const SessionPtr session = sessions.open({"admin", Role::admin, "cli", ""});
    RC_ASSERT(sessions.configure(*session, Editing::shared).has_value());
    LoadCommands load(schema(), sessions);
    Grammar grammar;
    load.add_to(grammar);
    const auto match = grammar.match({"load", "frr", "file"});
    Invocation asked{session, match->arguments, Form::json, {}};
    asked.input = text;
    Output output;
    (*match->run)(asked, [&output](Output got) { output = std::move(got); });
    if (output.status != 0) RC_SUCCEED("nothing to load");
    const json::value report = json::parse(output.text);
    const auto& remaining = report.at("remaining").as_array();
    const auto image = datastore::make_image(schema(), *session->candidate->document());
    RC_ASSERT(image.has_value() == remaining.empty());
    for (const json::value& one : remaining) {
        RC_LOG() << json::serialize(one) << '\n';
        RC_ASSERT(one.at("line").to_number<std::size_t>() != 0U);
    }
    for (const json::value& line : report.at("lines").as_array()) {
        const bool mapped = line.at("fate").as_string() == "mapped";
        RC_ASSERT(mapped || !line.at("note").as_string().empty());
    }
}

}  // namespace
}  // namespace torii::mgmt
