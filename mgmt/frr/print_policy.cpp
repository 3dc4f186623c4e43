// Sets as lists, policies as route maps: whole ones that FRR can have.
#include "mgmt/frr/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace torii::frr {
namespace {

struct Entry {
    std::string sequence;
    bool permit = true;
    Words members{};
    std::string pattern{};
    std::string prefix{};
    std::string ge{};
    std::string le{};
};

// The entries of a set; nothing where there are none.
std::vector<Entry> entries_of(const ToSay& commands, const Words& set) {
    std::vector<Entry> out;
    for (const std::string& sequence : commands.names(with(set, "entry"))) {
        const Words path = with(with(set, "entry"), sequence);
        Entry entry{sequence, !commands.has(path, "action deny")};
        for (const Words& member : commands.all(path, "member <m>")) {
            entry.members.push_back(member[0]);
        }
        const auto text = [&](std::string_view pattern) {
            const auto found = commands.find(path, pattern);
            return found ? found->at(0) : std::string();
        };
        entry.pattern = text("pattern <p>");
        entry.prefix = text("prefix <p>");
        entry.ge = text("ge <n>");
        entry.le = text("le <n>");
        out.push_back(std::move(entry));
    }
    return out;
}

// Everything of the set has been said.
void take_set(ToSay& commands, const Words& set) {
    (void)commands.take_all(set, "<rest>...");
}

std::string start(std::string_view kind, const std::string& name, const Entry& entry) {
    return fmt::format("{} {} seq {} {} ", kind, name, entry.sequence,
                       entry.permit ? "permit" : "deny");
}

void print_prefix_set(ToSay& commands, const std::string& name, Printed& printed, Lines& out) {
    const Words set{"policy", "prefix-set", name};
    const auto entries = entries_of(commands, set);
    const auto is_v6 = [](const Entry& entry) {
        return entry.prefix.find(':') != std::string::npos;
    };
    const bool v6 = !entries.empty() && is_v6(entries.front());
    const bool good = std::ranges::all_of(entries, [&](const Entry& entry) {
        return !entry.prefix.empty() && is_v6(entry) == v6 && entry.sequence != "0";
    });
    if (entries.empty() || !good) return;
    for (const Entry& entry : entries) {
        std::string line = start(v6 ? "ipv6 prefix-list" : "ip prefix-list", name, entry);
        line += entry.prefix;
        if (!entry.ge.empty()) line += " ge " + entry.ge;
        if (!entry.le.empty()) line += " le " + entry.le;
        out.push_back(std::move(line));
    }
    (v6 ? printed.prefixes6 : printed.prefixes4).insert(name);
    take_set(commands, set);
}

void print_as_path_set(ToSay& commands, const std::string& name, Printed& printed, Lines& out) {
    const Words set{"policy", "as-path-set", name};
    const auto entries = entries_of(commands, set);
    const bool good = std::ranges::all_of(entries, [](const Entry& entry) {
        return is_plain(entry.pattern) && entry.sequence != "0";
    });
    if (entries.empty() || !good) return;
    for (const Entry& entry : entries) {
        out.push_back(start("bgp as-path access-list", name, entry) + entry.pattern);
    }
    printed.as_paths.insert(name);
    take_set(commands, set);
}

struct CommunityKind {
    const char* section;
    const char* list;
    std::set<std::string> Printed::*names;
};

// "rt:65000:1" is "rt 65000:1" to FRR.
std::string member_text(const std::string& member, bool extended) {
    std::string out = member;
    if (const auto colon = out.find(':'); extended && colon != out.npos) out[colon] = ' ';
    return out;
}

void print_community_set(ToSay& commands, const CommunityKind& kind, const std::string& name,
                         Printed& printed, Lines& out) {
    const Words set{"policy", kind.section, name};
    const auto entries = entries_of(commands, set);
    const bool expanded = !entries.empty() && !entries.front().pattern.empty();
    // A list of FRR has expressions or communities.
    const bool good = std::ranges::all_of(entries, [&](const Entry& entry) {
        const bool one = entry.members.empty() != entry.pattern.empty();
        return one && entry.sequence != "0" && entry.pattern.empty() != expanded &&
               (!expanded || is_plain(entry.pattern)) &&
               std::ranges::find(entry.members, "internet") == entry.members.end();
    });
    if (entries.empty() || !good) return;
    for (const Entry& entry : entries) {
        std::string line = start(
            fmt::format("bgp {} {}", kind.list, expanded ? "expanded" : "standard"), name, entry);
        line += entry.pattern;
        for (const std::string& member : entry.members) {
            const bool extended = kind.names == &Printed::extended;
            line += (line.ends_with(' ') ? "" : " ") + member_text(member, extended);
        }
        out.push_back(std::move(line));
    }
    (printed.*kind.names).insert(name);
    take_set(commands, set);
}

constexpr std::array kMatches{
    Saying{"match origin <o>", "match origin $1"},
    Saying{"match med <n>", "match metric $1"},
    Saying{"match local-preference <n>", "match local-preference $1"},
    Saying{"match tag <n>", "match tag $1"},
    Saying{"set local-preference <n>", "set local-preference $1"},
    Saying{"set weight <n>", "set weight $1"},
    Saying{"set med <n>", "set metric $1"},
    Saying{"set origin <o>", "set origin $1"},
    Saying{"set as-path prepend <as>", "set as-path prepend $1"},
    Saying{"set as-path prepend-last-as <n>", "set as-path prepend last-as $1"},
    Saying{"set next-hop peer", "set ip next-hop peer-address"},
    Saying{"set next-hop unchanged", "set ip next-hop unchanged"},
    Saying{"description <text>", "description $1"},
    Saying{"action next", "on-match next"},
};

// Conditions that name a set: of which sets, and FRR's word.
struct ListMatch {
    std::string_view ours;
    std::set<std::string> Printed::*names;
    std::string_view frr;
};
constexpr std::array kListMatches{
    ListMatch{"match prefix-set <s>", &Printed::prefixes4, "match ip address prefix-list "},
    ListMatch{"match prefix-set <s>", &Printed::prefixes6, "match ipv6 address prefix-list "},
    ListMatch{"match next-hop-set <s>", &Printed::prefixes4, "match ip next-hop prefix-list "},
    ListMatch{"match next-hop-set <s>", &Printed::prefixes6, "match ipv6 next-hop prefix-list "},
    ListMatch{"match as-path-set <s>", &Printed::as_paths, "match as-path "},
    ListMatch{"match extended-community-set <s>", &Printed::extended, "match extcommunity "},
    ListMatch{"match large-community-set <s>", &Printed::large, "match large-community "},
};

void print_list_matches(ToSay& commands, const Words& path, const Printed& printed, Lines& out) {
    for (const ListMatch& one : kListMatches) {
        const auto found = commands.find(path, one.ours);
        if (!found || !(printed.*one.names).contains(found->at(0))) continue;
        (void)commands.take(path, one.ours);
        out.push_back(fmt::format(" {}{}", one.frr, found->at(0)));
    }
    const auto community = commands.find(path, "match community-set <s>");
    if (community && printed.communities.contains(community->at(0))) {
        (void)commands.take(path, "match community-set <s>");
        const bool exact = commands.take(path, "match exact-communities true").has_value();
        out.push_back(
            fmt::format(" match community {}{}", community->at(0), exact ? " exact-match" : ""));
    }
    if (const auto peers = commands.all(path, "match neighbor <a>"); peers.size() == 1) {
        (void)commands.take(path, "match neighbor <a>");
        out.push_back(" match peer " + peers[0][0]);
    }
}

void print_communities(ToSay& commands, const Words& path, const char* kind, const char* removed,
                       Lines& out) {
    const Words below = with(with(path, "set"), kind);
    const bool clear = commands.take(below, "clear").has_value();
    std::string added;
    for (const Words& one : commands.take_all(below, "add <c>")) added += " " + one[0];
    if (clear && added.empty()) {
        out.push_back(fmt::format(" set {} none", kind));
    } else if (!added.empty()) {
        out.push_back(fmt::format(" set {}{}{}", kind, added, clear ? "" : " additive"));
    }
    if (const auto list = commands.take(below, "remove <s>")) {
        out.push_back(fmt::format(" set {} {} delete", removed, list->at(0)));
    }
}

Lines print_statement(ToSay& commands, const Words& path, const Printed& printed) {
    Lines out;
    print_list_matches(commands, path, printed, out);
    for (const Saying& saying : kMatches) say(commands, path, saying, " ", out);
    if (const auto address = commands.find(path, "set next-hop <a>"); address) {
        const bool v6 = address->at(0).find(':') != std::string::npos;
        if (is_address(address->at(0))) {
            (void)commands.take(path, "set next-hop <a>");
            out.push_back(fmt::format(" set {} {}", v6 ? "ipv6 next-hop global" : "ip next-hop",
                                      address->at(0)));
        }
    }
    print_communities(commands, path, "community", "comm-list", out);
    print_communities(commands, path, "large-community", "large-comm-list", out);
    return out;
}

}  // namespace

Lines print_lists(ToSay& commands, Printed& printed) {
    Lines out;
    for (const std::string& name : commands.names({"policy", "prefix-set"})) {
        print_prefix_set(commands, name, printed, out);
    }
    for (const std::string& name : commands.names({"policy", "as-path-set"})) {
        print_as_path_set(commands, name, printed, out);
    }
    for (const CommunityKind& kind :
         {CommunityKind{"community-set", "community-list", &Printed::communities},
          CommunityKind{"extended-community-set", "extcommunity-list", &Printed::extended},
          CommunityKind{"large-community-set", "large-community-list", &Printed::large}}) {
        for (const std::string& name : commands.names({"policy", kind.section})) {
            print_community_set(commands, kind, name, printed, out);
        }
    }
    return out;
}

// All of a policy or nothing: half a route map would do something else.
Lines print_route_maps(ToSay& commands, Printed& printed) {
    Lines out;
    for (const std::string& name : commands.names({"policy", "policy"})) {
        const Words policy{"policy", "policy", name};
        ToSay trial = commands;
        Lines lines;
        // Without it the next policy of a chain is asked.
        if (!trial.take(policy, "default-action reject")) continue;
        const auto statements = trial.names(with(policy, "statement"));
        for (const std::string& sequence : statements) {
            const Words path = with(with(policy, "statement"), sequence);
            const bool rejects = trial.take(path, "action reject").has_value();
            (void)trial.take(path, "action accept");
            lines.push_back(
                fmt::format("route-map {} {} {}", name, rejects ? "deny" : "permit", sequence));
            for (std::string& line : print_statement(trial, path, printed)) {
                lines.push_back(std::move(line));
            }
            lines.emplace_back("exit");
        }
        if (statements.empty() || trial.count(policy) != 0) continue;
        commands = trial;
        out.insert(out.end(), lines.begin(), lines.end());
        printed.policies.insert(name);
    }
    return out;
}

}  // namespace torii::frr
