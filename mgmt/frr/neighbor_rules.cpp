// "neighbor PEER ...": what is said of one neighbor or peer group.
#include "mgmt/frr/draft.h"
#include "platform/base/ip_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace torii::frr {
namespace {

// A line about one peer: the words after its name.
struct Speech {
    Draft& draft;
    const std::string& name;
    Peer& peer;
    Words path;  // of the peer in our configuration

    void set(Words words) const {
        words.insert(words.begin(), path.begin(), path.end());
        draft.set(std::move(words));
    }
    [[nodiscard]] PeerFamily& family() const {
        PeerFamily& out = peer.families[draft.family];
        out.line = draft.line;
        return out;
    }
};

using Take = std::function<Outcome(const Speech&, const Words&)>;
struct PeerRule {
    std::string_view frr;
    Take take;
};

Take to(std::string_view words, std::string_view note = {}) {
    return [words, note](const Speech& speech, const Words& arguments) {
        set_all(speech.draft, speech.path, words, arguments);
        return mapped(std::string(note));
    };
}
Take nothing_of(std::string_view why) {
    return [why](const Speech&, const Words&) { return meaningless(std::string(why)); };
}
Take never_of(std::string_view what) {
    return [what](const Speech&, const Words&) { return unsupported(std::string(what)); };
}

std::uint32_t number_of(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Outcome take_timers(const Speech& speech, const Words& arguments) {
    const std::uint32_t hold = number_of(arguments[1]);
    const std::string keepalive = std::to_string(std::min(number_of(arguments[0]), hold / 3));
    speech.set({"timers", "hold-time", arguments[1]});
    if (hold == 0) return mapped();
    speech.set({"timers", "keepalive", keepalive});
    if (keepalive == arguments[0]) return mapped();
    return mapped(
        fmt::format("FRR, too, keeps alive every {} s: a third of the hold time", keepalive));
}

// An interface stands for its first address.
Outcome take_source(const Speech& speech, const Words& arguments) {
    std::string source = arguments[0];
    if (const auto address = IpAddress::parse(source)) {
        source = address->to_string();
    } else {
        const auto& known = speech.draft.interface_addresses;
        const auto found = known.find(source == "lo" ? "loop0" : source);
        if (found == known.end()) {
            return unsupported(
                fmt::format("\"{}\" has no address in this file: write the address", source));
        }
        source = found->second;
    }
    speech.set({"update-source", source});
    return mapped();
}

Outcome take_bfd_values(const Speech& speech, const Words& arguments) {
    const std::string profile = fmt::format("frr-{}", fmt::join(arguments, "-"));
    Draft& draft = speech.draft;
    if (draft.defined_profiles.insert(profile).second) {
        set_all(draft, {"bfd", "profile", profile},
                "detect-multiplier $1; receive-interval $2; transmit-interval $3", arguments);
    }
    speech.set({"bfd", "profile", profile});
    return mapped();
}

Outcome take_bfd_profile(const Speech& speech, const Words& arguments) {
    const std::string profile = plain_name(arguments[0]);
    speech.draft.used_profiles.try_emplace(profile, speech.draft.line);
    speech.set({"bfd", "profile", profile});
    return mapped();
}

// LIMIT [THRESHOLD] [warning-only | restart MINUTES | force]...
Outcome take_limit(const Speech& speech, const Words& arguments) {
    const Words words = split(arguments[0]);
    speech.set({"maximum-prefixes", words[0]});
    for (std::size_t index = 1; index < words.size(); ++index) {
        if (is_number(words[index])) {
            speech.set({"maximum-prefixes-threshold", words[index]});
        } else if (words[index] == "warning-only") {
            speech.set({"maximum-prefixes-warning-only", "true"});
        } else if (words[index] == "force") {
            speech.set({"maximum-prefixes-force", "true"});
        } else if (words[index] == "restart" && index + 1 < words.size()) {
            speech.set({"maximum-prefixes-restart", words[++index]});
        } else {
            return unsupported(fmt::format("maximum-prefix with {}", words[index]));
        }
    }
    return mapped(speech.peer.families.size() > 1 ? "here it is of all families" : "");
}

Take activate(bool active) {
    return [active](const Speech& speech, const Words&) {
        speech.family().active = active;
        speech.draft.families_named.insert(speech.draft.family);
        return mapped();
    };
}

Take filter(std::optional<Named> Filters::*member) {
    return [member](const Speech& speech, const Words& arguments) {
        if (arguments[1] != "in" && arguments[1] != "out") {
            return unsupported(fmt::format("a filter for \"{}\"", arguments[1]));
        }
        PeerFamily& family = speech.family();
        Filters& filters = arguments[1] == "in" ? family.in : family.out;
        filters.*member = Named{arguments[0], speech.draft.line};
        return mapped();
    };
}

Take communities_off(std::initializer_list<const char*> kinds) {
    return [kinds = std::vector<const char*>(kinds)](const Speech& speech, const Words&) {
        speech.peer.communities_off.insert(kinds.begin(), kinds.end());
        speech.peer.communities_line = speech.draft.line;
        return mapped();
    };
}

Take family_leaf(std::string_view words) {
    return [words](const Speech& speech, const Words& arguments) {
        Words path = speech.path;
        path.insert(path.end(), {"family", family_name(speech.draft.family)});
        set_all(speech.draft, path, words, arguments);
        return mapped();
    };
}

// A route map of a family that is no filter.
Take family_policy(std::initializer_list<const char*> leaf) {
    return [leaf = std::vector<const char*>(leaf)](const Speech& speech, const Words& arguments) {
        Words words{"family", family_name(speech.draft.family)};
        words.insert(words.end(), leaf.begin(), leaf.end());
        words.push_back(speech.draft.use_policy(arguments[0]));
        speech.set(std::move(words));
        return mapped();
    };
}

Outcome take_remote_as(const Speech& speech, const Words& arguments) {
    if (arguments[0] == "auto") return unsupported("remote-as auto");
    speech.set({"remote-as", arguments[0]});
    return mapped();
}

constexpr std::string_view kRestart =
    "graceful restart of one neighbor: bgp graceful-restart mode is of all";

const std::vector<PeerRule>& session_rules() {
    static const std::vector<PeerRule> kRules{
        {"remote-as <as>", take_remote_as},
        {"description <text>...", to("description $1")},
        {"shutdown", to("enabled false")},
        {"shutdown message <text>...", to("enabled false; shutdown-message $1")},
        {"no shutdown", to("enabled true")},
        {"password <key>", to("password $1")},
        {"local-as <as>", to("local-as as $1")},
        {"local-as <as> no-prepend", to("local-as as $1; local-as no-prepend true")},
        {"local-as <as> no-prepend replace-as",
         to("local-as as $1; local-as no-prepend true; local-as replace-as true")},
        {"ebgp-multihop", to("ebgp-multihop 255")},
        {"ebgp-multihop <hops>", to("ebgp-multihop $1")},
        {"ttl-security hops <hops>", to("ttl-security $1")},
        {"passive", to("passive true")},
        {"no passive", to("passive false")},
        {"port <port>", to("remote-port $1")},
        {"update-source <address>", take_source},
        {"timers connect <s>", to("timers connect-retry $1")},
        {"timers delayopen <s>", never_of("a delay before OPEN")},
        {"timers <keepalive> <hold>", take_timers},
        {"advertisement-interval <s>", to("advertisement-interval $1")},
        {"bfd", to("bfd enabled true")},
        {"bfd profile <name>", take_bfd_profile},
        {"bfd check-control-plane-failure", nothing_of("BFD does not depend on the control plane")},
        {"bfd <multiplier> <receive> <transmit>", take_bfd_values},
        {"capability extended-nexthop", to("capability extended-next-hop true")},
        {"no capability extended-nexthop", to("capability extended-next-hop false")},
        {"capability dynamic", nothing_of("families are agreed on when the session begins")},
        {"capability orf <rest>...", never_of("outbound route filtering")},
        {"graceful-shutdown", to("graceful-shutdown true")},
        {"local-role <role>", to("local-role $1")},
        {"local-role <role> strict-mode", to("local-role $1; local-role-strict true")},
        {"graceful-restart", never_of(kRestart)},
        {"graceful-restart-helper", never_of(kRestart)},
        {"graceful-restart-disable", never_of(kRestart)},
        {"enforce-first-as", to("enforce-first-as true")},
        {"no enforce-first-as", to("enforce-first-as false")},
        {"disable-connected-check", never_of("external peers that are not on a link: "
                                             "ebgp-multihop")},
        {"disable-link-bw-encoding-ieee", nothing_of("link bandwidths are sent as in the draft")},
        {"dont-capability-negotiate", never_of("sessions without capabilities")},
        {"override-capability", never_of("families that the peer does not announce")},
        {"strict-capability-match", never_of("an end of sessions with less capabilities")},
        {"sender-as-path-loop-detection", nothing_of("the receiver detects loops")},
        {"solo", nothing_of("update groups are made as they are needed")},
        {"interface <rest>...", never_of("neighbors without an address")},
        {"interface", never_of("neighbors without an address")},
    };
    return kRules;
}

const std::vector<PeerRule>& family_rules_of_peer() {
    static const std::vector<PeerRule> kRules{
        {"activate", activate(true)},
        {"no activate", activate(false)},
        {"route-map <name> <direction>", filter(&Filters::route_map)},
        {"prefix-list <name> <direction>", filter(&Filters::prefix_list)},
        {"filter-list <name> <direction>", filter(&Filters::filter_list)},
        {"distribute-list <name> <direction>", filter(&Filters::distribute_list)},
        {"next-hop-self", to("next-hop-self true")},
        {"next-hop-self force", to("next-hop-self true", "force is for route reflectors")},
        {"as-override", to("as-override true")},
        {"allowas-in", to("allow-own-as 3")},
        {"allowas-in origin", never_of("our AS only as the origin")},
        {"allowas-in <times>", to("allow-own-as $1")},
        {"attribute-unchanged next-hop", to("next-hop-unchanged true")},
        {"attribute-unchanged",
         never_of("attributes unchanged: next-hop-unchanged is one of them")},
        {"attribute-unchanged <rest>...",
         never_of("attributes unchanged: next-hop-unchanged is one of them")},
        {"remove-private-AS", to("remove-private-as if-all")},
        {"remove-private-AS all", to("remove-private-as all")},
        {"remove-private-AS replace-AS", to("remove-private-as replace-if-all")},
        {"remove-private-AS all replace-AS", to("remove-private-as replace")},
        {"send-community", nothing_of("communities are sent, as by FRR's default")},
        {"send-community <kind>", nothing_of("communities are sent, as by FRR's default")},
        {"no send-community", communities_off({"standard"})},
        {"no send-community standard", communities_off({"standard"})},
        {"no send-community extended", communities_off({"extended"})},
        {"no send-community large", communities_off({"large"})},
        {"no send-community both", communities_off({"standard", "extended"})},
        {"no send-community all", communities_off({"standard", "extended", "large"})},
        {"maximum-prefix <rest>...", take_limit},
        {"soft-reconfiguration inbound", nothing_of("what comes in is kept as it came")},
        {"addpath-tx-all-paths", family_leaf("add-path send all")},
        {"addpath-tx-best-selected <count>", family_leaf("add-path send best $1")},
        {"addpath-tx-bestpath-per-AS", never_of("the best path of each AS: add-path send all or "
                                                "best is near")},
        {"disable-addpath-rx", family_leaf("add-path receive false")},
        {"weight <value>", never_of("a weight of all routes: set weight in an import policy")},
        {"default-originate", family_leaf("default-originate enabled true")},
        {"no default-originate", family_leaf("default-originate enabled false")},
        {"default-originate route-map <name>", family_policy({"default-originate", "policy"})},
        {"route-reflector-client", never_of("route reflection")},
        {"route-server-client", never_of("a route server")},
        {"unsuppress-map <name>", family_policy({"unsuppress-policy"})},
        {"advertise-map <rest>...", never_of("conditional advertisement")},
    };
    return kRules;
}

Outcome make_member(Draft& draft, const std::string& name, const std::string& group) {
    const auto address = IpAddress::parse(name);
    if (!address) return unsupported("neighbors without an address");
    draft.peers[address->to_string()].member_of = group;
    draft.set({"bgp", "neighbor", address->to_string(), "peer-group", plain_name(group)});
    return mapped();
}

Words path_of(const Draft& draft, const std::string& name) {
    const bool group = draft.peers.at(name).group;
    return {"bgp", group ? "peer-group" : "neighbor", group ? plain_name(name) : name};
}

}  // namespace

Outcome take_neighbor(Draft& draft, const Words& words) {
    const bool no = words[0] == "no";
    const std::size_t name_at = no ? 2 : 1;
    if (words.size() < name_at + 2) return unsupported("an incomplete line");
    Words rest(words.begin() + static_cast<std::ptrdiff_t>(name_at) + 1, words.end());
    if (no) rest.insert(rest.begin(), "no");
    std::string name = words[name_at];
    if (match(rest, "peer-group")) {
        draft.peers[name].group = true;
        draft.set({"bgp", "peer-group", plain_name(name)});
        return mapped();
    }
    if (const auto member = match(rest, "peer-group <group>")) {
        return make_member(draft, name, (*member)[0]);
    }
    if (const auto address = IpAddress::parse(name)) {
        name = address->to_string();
    } else if (!draft.peers.contains(name)) {
        return unsupported(fmt::format("\"{}\" is neither an address nor a peer group", name));
    }
    Peer& peer = draft.peers[name];
    const Speech speech{draft, name, peer, path_of(draft, name)};
    for (const auto* rules : {&session_rules(), &family_rules_of_peer()}) {
        for (const PeerRule& rule : *rules) {
            if (const auto arguments = match(rest, rule.frr)) return rule.take(speech, *arguments);
        }
    }
    return unsupported("not known");
}

}  // namespace torii::frr
