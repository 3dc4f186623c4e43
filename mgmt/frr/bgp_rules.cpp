// "router bgp" and its address families, the neighbors apart.
#include "mgmt/frr/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace torii::frr {
namespace {

constexpr std::string_view kAtOnce = "changes are sent as soon as they are known";
constexpr std::uint32_t kPathsMax = 64;

std::uint32_t number_of(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Outcome enter_family(Draft& draft, Family family) {
    draft.place = Place::family;
    draft.family = family;
    draft.families_named.insert(family);
    return mapped();
}

Outcome take_timers(Draft& draft, const Words& arguments) {
    draft.timers_given = true;
    const std::uint32_t hold = number_of(arguments[1]);
    const std::uint32_t keepalive = std::min(number_of(arguments[0]), hold / 3);
    draft.set({"bgp", "timers", "hold-time", arguments[1]});
    if (hold == 0) return mapped();
    draft.set({"bgp", "timers", "keepalive", std::to_string(keepalive)});
    if (std::to_string(keepalive) == arguments[0]) return mapped();
    return mapped(
        fmt::format("FRR, too, keeps alive every {} s: a third of the hold time", keepalive));
}

// [route-map NAME]
Outcome take_network(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    const std::string prefix = network_of(words[0]);
    if (prefix.empty()) return unsupported(fmt::format("\"{}\" is no prefix", words[0]));
    Words path{"bgp", "family", family_name(draft.family), "network", prefix};
    if (words.size() == 1) {
        draft.set(path);
    } else if (words.size() == 3 && words[1] == "route-map") {
        Words policy = path;
        policy.emplace_back("policy");
        policy.push_back(draft.use_policy(words[2]));
        draft.set(std::move(policy));
    } else {
        return unsupported(fmt::format("a network with \"{}\"", join(words, 1)));
    }
    draft.families_named.insert(draft.family);
    draft.networks.emplace_back(draft.line, std::move(path));
    return mapped();
}

// PROTOCOL [metric N] [route-map NAME]
Outcome take_redistribute(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    if (words[0] == "kernel") return unsupported("routes that others put into the kernel");
    if (words[0] != "connected" && words[0] != "static") {
        return unsupported(fmt::format("{} does not run here", words[0]));
    }
    const Words path{"bgp", "family", family_name(draft.family), "redistribute", words[0]};
    draft.set(path);
    draft.families_named.insert(draft.family);
    for (std::size_t index = 1; index + 1 < words.size(); index += 2) {
        Words more = path;
        if (words[index] == "metric") {
            more.insert(more.end(), {"metric", words[index + 1]});
        } else if (words[index] == "route-map") {
            more.insert(more.end(), {"policy", draft.use_policy(words[index + 1])});
        } else {
            return unsupported(fmt::format("redistribute with {}", words[index]));
        }
        draft.set(std::move(more));
    }
    return mapped();
}

// PREFIX [as-set] [summary-only] [route-map NAME] [suppress-map NAME] [origin ORIGIN], in any
// order.
Outcome take_aggregate(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    const std::string prefix = network_of(words[0]);
    if (prefix.empty()) return unsupported(fmt::format("\"{}\" is no prefix", words[0]));
    if (prefix.ends_with(draft.family == Family::v4 ? "/32" : "/128")) {
        return unsupported("an aggregate of one address");
    }
    const Words path{"bgp", "family", family_name(draft.family), "aggregate-address", prefix};
    std::vector<Words> commands{{}};
    for (std::size_t index = 1; index < words.size(); ++index) {
        const std::string& word = words[index];
        const bool more = index + 1 < words.size();
        if (word == "as-set" || word == "summary-only") {
            commands.push_back({word, "true"});
        } else if (word == "origin" && more) {
            commands.push_back({word, words[++index]});
        } else if (word == "route-map" && more) {
            commands.push_back({"policy", draft.use_policy(words[++index])});
        } else if (word == "suppress-map" && more) {
            commands.push_back({"suppress-policy", draft.use_policy(words[++index])});
        } else {
            return unsupported(fmt::format("an aggregate with {}", word));
        }
    }
    for (const Words& command : commands) {
        Words all = path;
        all.insert(all.end(), command.begin(), command.end());
        draft.set(std::move(all));
    }
    draft.families_named.insert(draft.family);
    return mapped();
}

Outcome take_paths(Draft& draft, const char* kind, const std::string& count) {
    draft.paths_given[draft.family].insert(kind);
    draft.families_named.insert(draft.family);
    const bool many = number_of(count) > kPathsMax;
    draft.set({"bgp", "family", family_name(draft.family), "maximum-paths", kind,
               many ? std::to_string(kPathsMax) : count});
    return mapped(many ? fmt::format("{} paths are the most", kPathsMax) : "");
}

// Seconds, or with the unit: 600, 10m, 1h.
std::string seconds_of(const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || value > 604'800) return text;
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    const std::uint64_t factor = unit.empty() || unit == "s" ? 1
                                 : unit == "m"               ? 60
                                 : unit == "h"               ? 3600
                                                             : 0;
    return factor == 0 ? text : std::to_string(value * factor);
}

Outcome take_dump(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    const bool routes = words[0] == "routes-mrt";
    if (words.size() < 2 || (!routes && words[0] != "updates" && words[0] != "all")) {
        return unsupported(fmt::format("dump bgp {}", words[0]));
    }
    if (words.size() < 3) return unsupported("a dump needs the time between two files");
    const char* what = routes ? "routes" : "updates";
    draft.set({"bgp", "mrt", what, "file", words[1]});
    draft.set({"bgp", "mrt", what, "interval", seconds_of(words[2])});
    return mapped(words[0] == "all" ? "what is sent is not in the file" : "");
}

Outcome take_station(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    const Words path{"bgp", "bmp", "station", draft.station};
    const auto add = [&](const char* leaf, const std::string& value) {
        Words all = path;
        all.insert(all.end(), {leaf, value});
        draft.set(std::move(all));
    };
    if (words.size() < 3 || words[1] != "port") return unsupported("bmp connect needs a port");
    add("address", words[0]);
    add("port", words[2]);
    return mapped();
}

Outcome take_range(Draft& draft, const Words& arguments) {
    const std::string prefix = network_of(arguments[0]);
    if (prefix.empty()) return unsupported(fmt::format("\"{}\" is no prefix", arguments[0]));
    draft.ranges.emplace_back(draft.line, prefix);
    draft.set({"bgp", "dynamic-neighbors", prefix, "peer-group", plain_name(arguments[1])});
    return mapped();
}

std::vector<Rule> instance_rules() {
    return {
        {"bgp router-id <id>", ours("bgp router-id $1")},
        {"bgp ebgp-requires-policy",
         [](Draft& draft, const Words&) {
             draft.policy_rule_given = true;
             draft.set({"bgp", "ebgp-requires-policy", "true"});
             return mapped();
         }},
        {"no bgp ebgp-requires-policy",
         [](Draft& draft, const Words&) {
             draft.policy_rule_given = true;
             draft.set({"bgp", "ebgp-requires-policy", "false"});
             return mapped();
         }},
        {"timers bgp <keepalive> <hold>", take_timers},
        {"bgp graceful-restart", ours("bgp graceful-restart mode restart")},
        {"bgp graceful-restart-disable", ours("bgp graceful-restart mode disable")},
        {"bgp graceful-restart restart-time <s>", ours("bgp graceful-restart restart-time $1")},
        {"bgp graceful-restart stalepath-time <s>", ours("bgp graceful-restart stale-time $1")},
        {"bgp graceful-restart select-defer-time <s>",
         ours("bgp graceful-restart selection-deferral-time $1")},
        {"bgp log-neighbor-changes", ours("bgp log-neighbor-changes true")},
        {"no bgp log-neighbor-changes", ours("bgp log-neighbor-changes false")},
        {"update-delay <s>", ours("bgp update-delay maximum $1")},
        {"update-delay <s> <wait>",
         ours("bgp update-delay maximum $1; bgp update-delay establish-wait $2")},
        {"bgp graceful-restart preserve-fw-state", nothing("forwarding always goes on")},
        {"bgp graceful-restart notification", nothing("it is always so (RFC 8538)")},
        {"bgp long-lived-graceful-restart stale-time <s>",
         ours("bgp graceful-restart long-lived stale-time $1")},
        {"bgp graceful-shutdown", ours("bgp graceful-shutdown true")},
        {"bgp bestpath as-path multipath-relax", ours("bgp bestpath multipath-relax true")},
        {"no bgp bestpath as-path multipath-relax", ours("bgp bestpath multipath-relax false")},
        {"bgp bestpath compare-routerid", ours("bgp bestpath compare-router-id true")},
        {"bgp always-compare-med", ours("bgp bestpath always-compare-med true")},
        {"bgp bestpath bandwidth <use>", ours("bgp bestpath bandwidth $1")},
        {"bgp listen range <prefix> peer-group <group>", take_range},
        {"bgp listen limit <count>",
         [](Draft& draft, const Words& arguments) {
             draft.listen_limit = arguments[0];
             return mapped("here it is a limit of each range");
         }},
    };
}

// What is so here in any case, and what is not.
std::vector<Rule> remaining_rules() {
    return {
        {"bgp default ipv4-unicast", nothing("it is so already")},
        {"no bgp default ipv4-unicast",
         [](Draft& draft, const Words&) {
             draft.ipv4_by_default = false;
             return mapped("families are switched off at each neighbor instead");
         }},
        {"bgp default show-hostname", nothing("addresses are shown")},
        {"no bgp default show-hostname", nothing("addresses are shown")},
        {"bgp default show-nexthop-hostname", nothing("addresses are shown")},
        {"no bgp default show-nexthop-hostname", nothing("addresses are shown")},
        {"bgp network import-check", nothing("it is so already")},
        {"no bgp network import-check",
         [](Draft& draft, const Words&) {
             draft.check_networks = false;
             return mapped("each network is unconditional instead");
         }},
        {"bgp suppress-duplicates", nothing("nothing is sent twice")},
        {"no bgp suppress-duplicates", nothing("nothing is sent twice")},
        {"bgp fast-external-failover", nothing("it is so already")},
        {"bgp deterministic-med", nothing("it is so already")},
        {"no bgp deterministic-med", nothing("the order of arrival never matters")},
        {"bgp fast-convergence", nothing("it is so already")},
        {"coalesce-time <ms>", nothing(kAtOnce)},
        {"read-quanta <count>", nothing(kAtOnce)},
        {"write-quanta <count>", nothing(kAtOnce)},
        {"bgp default local-preference <value>", never("another default local preference")},
        {"bgp cluster-id <id>", never("route reflection")},
        {"bgp confederation <rest>...", never("confederations")},
        {"bgp bestpath <rest>...", never("this rule of choosing the best path")},
        {"bgp shutdown", never("all of BGP down: disable the neighbors or their groups")},
        {"bgp shutdown message <text>...",
         never("all of BGP down: disable the neighbors or their groups")},
    };
}

// What begins a block, and what is written down.
std::vector<Rule> block_rules() {
    return {
        {"dump bgp <dump>...", take_dump},
        {"bmp targets <name>",
         [](Draft& draft, const Words& arguments) {
             draft.place = Place::bmp;
             draft.station = plain_name(arguments[0]);
             return mapped();
         }},
        {"address-family ipv4",
         [](Draft& draft, const Words&) { return enter_family(draft, Family::v4); }},
        {"address-family ipv4 unicast",
         [](Draft& draft, const Words&) { return enter_family(draft, Family::v4); }},
        {"address-family ipv6",
         [](Draft& draft, const Words&) { return enter_family(draft, Family::v6); }},
        {"address-family ipv6 unicast",
         [](Draft& draft, const Words&) { return enter_family(draft, Family::v6); }},
        {"address-family <family>...",
         [](Draft& draft, const Words& arguments) {
             draft.place = Place::foreign;
             draft.block = fmt::format("address family {}", arguments[0]);
             return unsupported(draft.block);
         }},
    };
}

}  // namespace

const std::vector<Rule>& family_rules() {
    static const std::vector<Rule> kRules{
        {"network <network>...", take_network},
        {"redistribute <rest>...", take_redistribute},
        {"maximum-paths <count>",
         [](Draft& draft, const Words& arguments) {
             return take_paths(draft, "ebgp", arguments[0]);
         }},
        {"maximum-paths ibgp <count>",
         [](Draft& draft, const Words& arguments) {
             return take_paths(draft, "ibgp", arguments[0]);
         }},
        {"maximum-paths ibgp <count> equal-cluster-length",
         [](Draft& draft, const Words& arguments) {
             auto outcome = take_paths(draft, "ibgp", arguments[0]);
             outcome.note = "cluster lists are not compared";
             return outcome;
         }},
        {"neighbor <rest>...",
         [](Draft& draft, const Words& arguments) {
             Words words = split(arguments[0]);
             words.insert(words.begin(), "neighbor");
             return take_neighbor(draft, words);
         }},
        {"no neighbor <rest>...",
         [](Draft& draft, const Words& arguments) {
             Words words = split(arguments[0]);
             words.insert(words.begin(), {"no", "neighbor"});
             return take_neighbor(draft, words);
         }},
        {"aggregate-address <rest>...", take_aggregate},
        {"distance <rest>...", never("other distances than 20 and 200")},
        {"table-map <rest>...", never("a policy between BGP and the routing table")},
        {"bgp dampening", never("route flap dampening")},
        {"bgp dampening <rest>...", never("route flap dampening")},
        {"import <rest>...", never("VRFs")},
        {"exit-address-family", nothing("")},
    };
    return kRules;
}

const std::vector<Rule>& bgp_rules() {
    static const std::vector<Rule> kRules = [] {
        std::vector<Rule> rules;
        for (const auto& part : {instance_rules(), remaining_rules(), block_rules()}) {
            rules.insert(rules.end(), part.begin(), part.end());
        }
        // Without an address-family line these are of IPv4.
        for (const Rule& rule : family_rules()) {
            rules.push_back({rule.frr, [&rule](Draft& draft, const Words& arguments) {
                                 draft.family = Family::v4;
                                 return rule.take(draft, arguments);
                             }});
        }
        return rules;
    }();
    return kRules;
}

const std::vector<Rule>& bmp_rules() {
    static const std::vector<Rule> kRules{
        {"bmp connect <rest>...", take_station},
        {"bmp stats interval <ms>",
         [](Draft& draft, const Words& arguments) {
             draft.set({"bgp", "bmp", "station", draft.station, "statistics-interval",
                        std::to_string(number_of(arguments[0]) / 1000)});
             return mapped();
         }},
        {"bmp stats", nothing("counters are reported every 60 seconds")},
        {"bmp monitor ipv4 unicast pre-policy", nothing("stations are told what comes in")},
        {"bmp monitor ipv6 unicast pre-policy", nothing("stations are told what comes in")},
        {"bmp monitor <rest>...", never("other views than what comes in before policy")},
        {"bmp mirror", never("BMP's route mirroring")},
        {"bmp mirror <rest>...", never("BMP's route mirroring")},
        {"bmp <rest>...", never("this option of BMP")},
    };
    return kRules;
}

}  // namespace torii::frr
