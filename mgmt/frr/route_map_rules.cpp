// Route maps: a policy each, a statement for each entry.
#include "mgmt/frr/draft.h"
#include "platform/base/ip_address.h"

#include <fmt/format.h>

namespace torii::frr {
namespace {

Words statement(const Draft& draft) {
    return {"policy", "policy", draft.route_map, "statement", draft.sequence};
}

void set_in_statement(Draft& draft, const Words& more) {
    Words path = statement(draft);
    path.insert(path.end(), more.begin(), more.end());
    draft.set(std::move(path));
}

// Conditions and changes that are words for words the same.
std::function<Outcome(Draft&, const Words&)> put(std::string_view words,
                                                 std::string_view note = {}) {
    return [words, note](Draft& draft, const Words& arguments) {
        set_all(draft, statement(draft), words, arguments);
        return mapped(std::string(note));
    };
}

Outcome enter_route_map(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    if (words.size() != 3 || (words[1] != "permit" && words[1] != "deny")) {
        return unsupported("a route-map line needs a name, permit or deny, and a number");
    }
    draft.place = Place::route_map;
    draft.route_map = plain_name(words[0]);
    draft.sequence = words[2];
    draft.conditions.clear();
    if (draft.defined_policies.insert(draft.route_map).second) {
        draft.set({"policy", "policy", draft.route_map, "default-action", "reject"});
    }
    set_in_statement(draft, {"action", words[1] == "permit" ? "accept" : "reject"});
    return mapped();
}

// A condition that names a list. Of each kind a statement has one.
std::function<Outcome(Draft&, const Words&)> match_list(const char* leaf, ListKind kind,
                                                        bool exact = false) {
    return [leaf, kind, exact](Draft& draft, const Words& arguments) {
        if (!draft.conditions.insert(leaf).second) {
            return unsupported(fmt::format("a second {} in one statement", leaf));
        }
        set_in_statement(draft, {"match", leaf, draft.use_list(kind, arguments[0])});
        if (exact) set_in_statement(draft, {"match", "exact-communities", "true"});
        return mapped();
    };
}

Outcome match_peer(Draft& draft, const Words& arguments) {
    if (arguments[0] == "local") {
        set_in_statement(draft, {"match", "source", "connected"});
        set_in_statement(draft, {"match", "source", "static"});
        set_in_statement(draft, {"match", "source", "network"});
        set_in_statement(draft, {"match", "source", "aggregate"});
        return mapped();
    }
    const auto address = IpAddress::parse(arguments[0]);
    if (!address) return unsupported("match peer with something else than an address");
    set_in_statement(draft, {"match", "neighbor", address->to_string()});
    return mapped();
}

Outcome match_protocol(Draft& draft, const Words& arguments) {
    if (arguments[0] == "bgp") {
        set_in_statement(draft, {"match", "source", "internal"});
        set_in_statement(draft, {"match", "source", "external"});
    } else if (arguments[0] == "connected" || arguments[0] == "static") {
        set_in_statement(draft, {"match", "source", arguments[0]});
    } else {
        return unsupported(fmt::format("{} does not run here", arguments[0]));
    }
    return mapped();
}

// An address of the next hop, as a set of its own.
Outcome match_next_hop(Draft& draft, const Words& arguments) {
    const auto address = IpAddress::parse(arguments[0]);
    if (!address) return unsupported("match next-hop with something else than an address");
    if (!draft.conditions.insert("next-hop-set").second) {
        return unsupported("a second next-hop-set in one statement");
    }
    const std::string name = plain_name(fmt::format("next-hop-{}", address->to_string()));
    draft.set({"policy", "prefix-set", name, "entry", "10", "prefix",
               fmt::format("{}/{}", address->to_string(), address->is_v4() ? 32 : 128)});
    set_in_statement(draft, {"match", "next-hop-set", name});
    return mapped();
}

std::function<Outcome(Draft&, const Words&)> set_next_hop(const char* family) {
    return [family](Draft& draft, const Words& arguments) {
        const std::string& word = arguments[0];
        const auto address = IpAddress::parse(word);
        const std::string value = word == "peer-address" ? "peer"
                                  : word == "unchanged"  ? "unchanged"
                                  : address              ? address->to_string()
                                                         : "";
        if (value.empty()) return unsupported(fmt::format("a next hop \"{}\" ({})", word, family));
        set_in_statement(draft, {"set", "next-hop", value});
        return mapped();
    };
}

// Those that are there go, unless the line ends in additive.
std::function<Outcome(Draft&, const Words&)> set_communities(const char* kind) {
    return [kind](Draft& draft, const Words& arguments) {
        Words words = split(arguments[0]);
        if (words.size() == 1 && words[0] == "none") {
            set_in_statement(draft, {"set", kind, "clear"});
            return mapped();
        }
        if (words.back() == "additive") {
            words.pop_back();
        } else {
            set_in_statement(draft, {"set", kind, "clear"});
        }
        for (const std::string& word : words) set_in_statement(draft, {"set", kind, "add", word});
        return mapped();
    };
}

std::function<Outcome(Draft&, const Words&)> add_extended(const char* type) {
    return [type](Draft& draft, const Words& arguments) {
        for (const std::string& word : split(arguments[0])) {
            set_in_statement(
                draft, {"set", "extended-community", "add", fmt::format("{}:{}", type, word)});
        }
        return mapped();
    };
}

std::function<Outcome(Draft&, const Words&)> remove_list(const char* kind, ListKind list) {
    return [kind, list](Draft& draft, const Words& arguments) {
        set_in_statement(draft, {"set", kind, "remove", draft.use_list(list, arguments[0])});
        return mapped();
    };
}

Outcome on_match_next(Draft& draft, const Words& /*arguments*/) {
    set_in_statement(draft, {"action", "next"});
    return mapped();
}

void add_matches(std::vector<Rule>& rules) {
    const std::vector<Rule> kMatches{
        {"match ip address prefix-list <name>", match_list("prefix-set", ListKind::prefix4)},
        {"match ipv6 address prefix-list <name>", match_list("prefix-set", ListKind::prefix6)},
        {"match ip address prefix-len <length>", never("a match of the length: a prefix list with "
                                                       "ge and le says it")},
        {"match ip address <name>", match_list("prefix-set", ListKind::access4)},
        {"match ipv6 address <name>", match_list("prefix-set", ListKind::access6)},
        {"match ip next-hop prefix-list <name>", match_list("next-hop-set", ListKind::prefix4)},
        {"match ipv6 next-hop prefix-list <name>", match_list("next-hop-set", ListKind::prefix6)},
        {"match ip next-hop address <address>", match_next_hop},
        {"match ipv6 next-hop address <address>", match_next_hop},
        {"match ipv6 next-hop <address>", match_next_hop},
        {"match ip next-hop <name>", match_list("next-hop-set", ListKind::access4)},
        {"match as-path <name>", match_list("as-path-set", ListKind::as_path)},
        {"match community <name>", match_list("community-set", ListKind::community)},
        {"match community <name> exact-match",
         match_list("community-set", ListKind::community, true)},
        {"match extcommunity <name>",
         match_list("extended-community-set", ListKind::extended_community)},
        {"match large-community <name>",
         match_list("large-community-set", ListKind::large_community)},
        {"match peer <peer>", match_peer},
        {"match source-protocol <protocol>", match_protocol},
        {"match origin <origin>", put("match origin $1")},
        {"match metric <med>", put("match med $1")},
        {"match local-preference <value>", put("match local-preference $1")},
        {"match tag <tag>", put("match tag $1")},
        {"match <rest>...", never("this condition; without it the statement takes more routes")},
    };
    rules.insert(rules.end(), kMatches.begin(), kMatches.end());
}

void add_changes(std::vector<Rule>& rules) {
    const std::vector<Rule> kChanges{
        {"set local-preference <value>", put("set local-preference $1")},
        {"set weight <value>", put("set weight $1")},
        {"set metric <value>", put("set med $1")},
        {"set origin <origin>", put("set origin $1")},
        {"set ip next-hop <address>", set_next_hop("ip")},
        {"set ipv6 next-hop peer-address",
         [](Draft& draft, const Words&) { return set_next_hop("ipv6")(draft, {"peer-address"}); }},
        {"set ipv6 next-hop global <address>", set_next_hop("ipv6")},
        {"set ipv6 next-hop prefer-global", nothing("the global address is used")},
        {"set as-path prepend last-as <times>", put("set as-path prepend-last-as $1")},
        {"set as-path prepend <numbers>...", put("set as-path prepend $1")},
        {"set community <communities>...", set_communities("community")},
        {"set large-community <communities>...", set_communities("large-community")},
        {"set extcommunity rt <communities>...", add_extended("rt")},
        {"set extcommunity soo <communities>...", add_extended("soo")},
        {"set comm-list <name> delete", remove_list("community", ListKind::community)},
        {"set large-comm-list <name> delete",
         remove_list("large-community", ListKind::large_community)},
        {"set <rest>...", never("this change of routes")},
    };
    rules.insert(rules.end(), kChanges.begin(), kChanges.end());
}

}  // namespace

const std::vector<Rule>& route_map_rules() {
    static const std::vector<Rule> kRules = [] {
        std::vector<Rule> rules{
            {"route-map <rest>...", enter_route_map},
            {"description <text>...", put("description $1")},
            {"on-match next", on_match_next},
            {"on-match goto <number>", never("a jump to another statement")},
            {"continue", on_match_next},
            {"continue <number>", never("a jump to another statement")},
            {"call <name>", never("a policy within a policy")},
        };
        add_matches(rules);
        add_changes(rules);
        return rules;
    }();
    return kRules;
}

}  // namespace torii::frr
