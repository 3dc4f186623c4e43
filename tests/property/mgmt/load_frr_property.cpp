// Whatever FRR would take: what is loaded can be committed, or a line says why not.
#include "mgmt/datastore/datastore.h"
#include "mgmt/frr/convert.h"
#include "mgmt/server/load_commands.h"
#include "mgmt/server/show_commands.h"
#include "platform/base/words.h"
#include "tests/support/temporary_folder.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
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
    "bgp always-compare-med",
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
    "aggregate-address % summary-only route-map &",
    "aggregate-address % as-set suppress-map & origin egp",
    "neighbor @ default-originate",
    "neighbor @ default-originate route-map &",
    "neighbor & unsuppress-map &",
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

// In the place of lines of FRR: commands of ours, many of which FRR has no words for. As above.
constexpr std::array kOurs{
    "system hostname &",
    "system logging level warning",
    "routing static-route %% next-hop @ weight #",
    "routing static-route %% next-hop @ interface eth1",
    "routing static-route %% distance #",
    "routing static-route %% discard",
    "routing router-id @",
    "platform port eth1 tap t1",
    "interface eth1 description \"two  spaces\"",
    "interface eth1 ipv4 address 10.0.0.9/24",
    "interface loop1 loopback",
    "interface dummy1 loopback",
    "bfd profile & transmit-interval 100",
    "bfd profile & passive false",
    "policy prefix-set & entry # prefix %%",
    "policy prefix-set & entry # action deny",
    "policy prefix-set & entry # le 32",
    "policy as-path-set & entry # pattern \"_1 2_\"",
    "policy community-set & entry # member 1:2",
    "policy community-set & entry # pattern 1:.*",
    "policy large-community-set & entry # member 1:2:3",
    "policy extended-community-set & entry # member rt:1:2",
    "policy policy & default-action reject",
    "policy policy & default-action next",
    "policy policy & statement # action reject",
    "policy policy & statement # action next",
    "policy policy & statement # match prefix-set &",
    "policy policy & statement # match community-set &",
    "policy policy & statement # match exact-communities true",
    "policy policy & statement # match neighbor @",
    "policy policy & statement # match source internal",
    "policy policy & statement # set med +#",
    "policy policy & statement # set next-hop self",
    "policy policy & statement # set next-hop @",
    "policy policy & statement # set community clear",
    "policy policy & statement # set community add 1:2",
    "policy policy & statement # set community remove &",
    "policy policy & statement # set as-path prepend \"7 8\"",
    "bgp router-id @",
    "bgp listen-port 1179",
    "bgp ebgp-requires-policy true",
    "bgp timers hold-time #",
    "bgp timers keepalive #",
    "bgp timers connect-retry #",
    "bgp graceful-restart mode disable",
    "bgp bestpath bandwidth ignore",
    "bgp family ipv4-unicast",
    "bgp family ipv6-unicast",
    "bgp family ipv4-unicast maximum-paths ibgp 5",
    "bgp family ipv4-unicast network %% unconditional true",
    "bgp family ipv4-unicast network %% policy &",
    "bgp family ipv4-unicast redistribute static metric #",
    "bgp family ipv6-unicast redistribute connected policy &",
    "bgp dynamic-neighbors %% peer-group &",
    "bgp dynamic-neighbors %% limit #",
    "bgp mrt routes file /tmp/rib",
    "bgp mrt routes interval 60",
    "bgp PEER remote-as external",
    "bgp PEER remote-as any",
    "bgp PEER remote-as 65001",
    "bgp PEER enabled false",
    "bgp PEER enabled true",
    "bgp PEER shutdown-message \"back soon\"",
    "bgp PEER description \"two  spaces\"",
    "bgp PEER description &",
    "bgp PEER password canary",
    "bgp PEER local-as as 65009",
    "bgp PEER local-as no-prepend true",
    "bgp PEER local-as replace-as true",
    "bgp PEER passive true",
    "bgp PEER passive false",
    "bgp PEER timers hold-time #",
    "bgp PEER timers keepalive #",
    "bgp PEER bfd profile &",
    "bgp PEER next-hop-self true",
    "bgp PEER next-hop-self false",
    "bgp PEER remove-private-as replace",
    "bgp PEER send-community extended",
    "bgp PEER send-community all",
    "bgp PEER maximum-prefixes 9",
    "bgp PEER maximum-prefixes-restart 3",
    "bgp PEER maximum-prefixes-warning-only true",
    "bgp PEER family ipv4-unicast enabled false",
    "bgp PEER family ipv6-unicast enabled true",
    "bgp PEER family ipv6-unicast enabled false",
    "bgp PEER family ipv4-unicast import-policy &",
    "bgp PEER family ipv6-unicast export-policy &",
    "bgp PEER family ipv6-unicast add-path send best 3",
    "bgp PEER family ipv4-unicast default-originate enabled true",
    "bgp PEER family ipv4-unicast default-originate enabled false",
    "bgp PEER family ipv4-unicast default-originate policy &",
    "bgp PEER family ipv6-unicast unsuppress-policy &",
    "bgp family ipv4-unicast aggregate-address %% summary-only true",
    "bgp family ipv4-unicast aggregate-address %% as-set true",
    "bgp family ipv4-unicast aggregate-address %% origin incomplete",
    "bgp family ipv4-unicast aggregate-address %% policy &",
    "bgp neighbor @ peer-group &",
};

std::string own_command() {
    std::string line = *rc::gen::elementOf(kOurs);
    const std::string peer = *rc::gen::element("neighbor @", "peer-group &");
    if (const auto at = line.find("PEER"); at != line.npos) line.replace(at, 4, peer);
    if (const auto at = line.find("%%"); at != line.npos) {
        line.replace(at, 2, fmt::format("10.{}.0.0/16", *rc::gen::inRange(0, 3)));
    }
    return filled(line);
}

// Entries of lists have names or numbers: which stands first means nothing.
void sort_entries(google::protobuf::Message& message) {
    const auto* reflection = message.GetReflection();
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const auto* field : fields) {
        if (field->message_type() == nullptr) continue;
        if (!field->is_repeated()) {
            sort_entries(*reflection->MutableMessage(&message, field));
            continue;
        }
        std::vector<std::string> entries;
        for (int index = 0; index < reflection->FieldSize(message, field); ++index) {
            auto* entry = reflection->MutableRepeatedMessage(&message, field, index);
            sort_entries(*entry);
            entries.push_back(entry->SerializeAsString());
        }
        std::ranges::sort(entries);
        for (int index = 0; index < reflection->FieldSize(message, field); ++index) {
            reflection->MutableRepeatedMessage(&message, field, index)
                ->ParseFromString(entries[static_cast<std::size_t>(index)]);
        }
    }
}

// What the daemons get of a document; nothing when it is not valid.
std::optional<std::string> in_force(const json::object& document) {
    const auto image = datastore::make_image(schema(), document);
    if (!image) return std::nullopt;
    yang::TypedConfig typed = (*image)->typed;
    sort_entries(typed.dataplane);
    sort_entries(typed.controlplane);
    return typed.dataplane.SerializeAsString() + "\n" + typed.controlplane.SerializeAsString() +
           "\n" + typed.management.logging.SerializeAsString();
}

// What `load frr` makes of a text.
json::object read_back(const std::string& text) {
    json::object out;
    for (const frr::Command& command : frr::convert(text).commands) {
        if (const auto done = yang::set_words(schema(), out, command.words); !done) {
            RC_FAIL(done.error().text());
        }
    }
    return out;
}

void prints_and_reads_back(const json::object& document) {
    const auto before = in_force(document);
    if (!before) RC_DISCARD("not valid");
    const auto configuration = yang::Configuration::parse(schema(), json::serialize(document));
    const std::string text = frr_text(configuration->set_commands());
    RC_LOG() << text << '\n';
    const auto after = in_force(read_back(text));
    RC_ASSERT(after.has_value());
    RC_ASSERT(*after == *before);
    for (const frr::Line& line : frr::convert(text).lines) {
        RC_ASSERT(line.fate != frr::Fate::unsupported);
    }
}

RC_GTEST_PROP(DisplayFrr, WhatCameFromFrrIsReadBackAsItWas, ()) {
    json::object document;
    for (const frr::Command& command : frr::convert(some_configuration()).commands) {
        (void)yang::set_words(schema(), document, command.words);
    }
    prints_and_reads_back(document);
}

RC_GTEST_PROP(DisplayFrr, WhatFrrHasNoWordsForIsReadBackAsItWas, ()) {
    json::object document;
    const auto set = [&document](const std::string& line) {
        std::vector<std::string> words;
        const auto split = split_line(line);
        for (const Word& word : split->words) words.push_back(word.text);
        (void)yang::set_words(schema(), document, words);
    };
    set("bgp as 65000");
    set("bgp router-id 10.0.0.9");
    for (int left = *rc::gen::inRange(1, 30); left > 0; --left) {
        // One that makes it invalid is taken back: most draws would be.
        const json::object before = document;
        const std::string line = own_command();
        set(line);
        if (!in_force(document)) {
            document = before;
        } else {
            RC_LOG() << "set " << line << '\n';
        }
    }
    prints_and_reads_back(document);
}

}  // namespace
}  // namespace torii::mgmt
