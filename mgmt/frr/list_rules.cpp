// Prefix lists, access lists, AS path lists and community lists.
#include "mgmt/frr/draft.h"
#include "platform/base/prefix.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace torii::frr {
namespace {

constexpr std::uint32_t kStep = 5;  // between entries without a number

std::uint32_t number_of(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// The beginning that all lists share: NAME [seq N] permit|deny.
struct Start {
    std::string name;
    std::uint32_t sequence = 0;
    bool permit = true;
    Words rest;
    bool good = false;
};

Start read_start(Words words) {
    Start out;
    if (words.empty()) return out;
    out.name = words[0];
    words.erase(words.begin());
    if (words.size() >= 2 && words[0] == "seq") {
        out.sequence = number_of(words[1]);
        words.erase(words.begin(), words.begin() + 2);
    }
    if (words.size() < 2 || (words[0] != "permit" && words[0] != "deny")) return out;
    out.permit = words[0] == "permit";
    words.erase(words.begin());
    out.rest = std::move(words);
    out.good = true;
    return out;
}

const char* section_of(ListKind kind) {
    switch (kind) {
        case ListKind::as_path: return "as-path-set";
        case ListKind::community: return "community-set";
        case ListKind::extended_community: return "extended-community-set";
        case ListKind::large_community: return "large-community-set";
        default: return "prefix-set";
    }
}

// Writes the entry; it takes the next free number where it has none.
Outcome add_entry(Draft& draft, ListKind kind, Start start, Words match) {
    auto& entries = draft.lists[{kind, start.name}];
    if (start.sequence == 0) {
        std::uint32_t last = 0;
        for (const ListEntry& entry : entries) last = std::max(last, entry.sequence);
        start.sequence = (last / kStep + 1) * kStep;
    }
    const Words path{"policy", section_of(kind), draft.set_name(kind, start.name), "entry",
                     std::to_string(start.sequence)};
    const auto add = [&](const std::string& leaf, const std::string& value) {
        Words all = path;
        all.insert(all.end(), {leaf, value});
        draft.set(std::move(all));
    };
    if (!start.permit) add("action", "deny");
    for (std::size_t index = 0; index + 1 < match.size(); index += 2) {
        add(match[index], match[index + 1]);
    }
    entries.push_back({start.sequence, start.permit, std::move(match)});
    return mapped();
}

bool is_v6(ListKind kind) {
    return kind == ListKind::prefix6 || kind == ListKind::access6;
}

Words any_prefix(ListKind kind) {
    if (is_v6(kind)) return {"prefix", "::/0", "le", "128"};
    return {"prefix", "0.0.0.0/0", "le", "32"};
}

std::function<Outcome(Draft&, const Words&)> prefix_list(ListKind kind) {
    return [kind](Draft& draft, const Words& arguments) {
        Start start = read_start(split(arguments[0]));
        if (!start.good) return unsupported("a prefix list needs permit or deny and a prefix");
        const Words rest = start.rest;
        if (rest[0] == "any") return add_entry(draft, kind, std::move(start), any_prefix(kind));
        Words match{"prefix", network_of(rest[0])};
        if (match[1].empty()) return unsupported(fmt::format("\"{}\" is no prefix", rest[0]));
        for (std::size_t index = 1; index + 1 < rest.size(); index += 2) {
            if (rest[index] != "ge" && rest[index] != "le") {
                return unsupported(fmt::format("a prefix list with {}", rest[index]));
            }
            match.insert(match.end(), {rest[index], rest[index + 1]});
        }
        return add_entry(draft, kind, std::move(start), std::move(match));
    };
}

// "10.0.0.0 0.0.0.255" of a numbered list.
std::string with_wildcard(const std::string& address, const std::string& wildcard) {
    const auto parsed = IpAddress::parse(wildcard);
    if (!parsed || !parsed->is_v4()) return {};
    const std::uint32_t bits = parsed->v4_number();
    if (!std::has_single_bit(std::uint64_t{bits} + 1)) return {};
    return network_of(fmt::format("{}/{}", address, std::countl_zero(bits)));
}

// What an access list says of a prefix, as lengths of a prefix list.
Words access_match(ListKind kind, const Words& rest) {
    const char* longest = is_v6(kind) ? "128" : "32";
    if (rest[0] == "any") return any_prefix(kind);
    if (rest[0] == "host" && rest.size() == 2) return {"prefix", network_of(rest[1] + "/32")};
    std::string prefix = network_of(rest[0]);
    const bool exact = rest.size() == 2 && rest[1] == "exact-match";
    if (prefix.empty() && rest.size() == 2) prefix = with_wildcard(rest[0], rest[1]);
    if (prefix.empty() && rest.size() == 1) prefix = network_of(rest[0] + "/32");
    if (prefix.empty() || exact) return {"prefix", prefix};
    return {"prefix", prefix, "le", longest};
}

std::function<Outcome(Draft&, const Words&)> access_list(ListKind kind) {
    return [kind](Draft& draft, const Words& arguments) {
        Start start = read_start(split(arguments[0]));
        if (!start.good) return meaningless("a remark");
        Words match = access_match(kind, start.rest);
        if (match[1].empty()) {
            return unsupported(fmt::format("an access list with \"{}\"", join(start.rest)));
        }
        return add_entry(draft, kind, std::move(start), std::move(match));
    };
}

Outcome take_as_path_list(Draft& draft, const Words& arguments) {
    Start start = read_start(split(arguments[0]));
    if (!start.good) return unsupported("an AS path list needs permit or deny and an expression");
    Words match{"pattern", join(start.rest)};
    return add_entry(draft, ListKind::as_path, std::move(start), std::move(match));
}

// Members of a standard list; of an extended one "rt 65000:1" is one member of two words.
Words members(ListKind kind, const Words& rest) {
    Words out;
    for (std::size_t index = 0; index < rest.size(); ++index) {
        const bool typed = kind == ListKind::extended_community && index + 1 < rest.size();
        out.emplace_back("member");
        out.push_back(typed ? fmt::format("{}:{}", rest[index], rest[index + 1]) : rest[index]);
        index += typed ? 1 : 0;
    }
    return out;
}

// [standard|expanded] NAME ...; numbered lists are standard below 100.
std::function<Outcome(Draft&, const Words&)> community_list(ListKind kind) {
    return [kind](Draft& draft, const Words& arguments) {
        Words words = split(arguments[0]);
        bool expanded = false;
        if (words[0] == "standard" || words[0] == "expanded") {
            expanded = words[0] == "expanded";
            words.erase(words.begin());
        } else {
            expanded = number_of(words[0]) >= 100;
        }
        Start start = read_start(std::move(words));
        if (!start.good) return unsupported("a community list needs permit or deny and what");
        const bool every = start.rest.size() == 1 && start.rest[0] == "internet";
        Words match = every      ? Words{"pattern", ".*"}
                      : expanded ? Words{"pattern", join(start.rest)}
                                 : members(kind, start.rest);
        return add_entry(draft, kind, std::move(start), std::move(match));
    };
}

}  // namespace

const std::vector<Rule>& list_rules() {
    static const std::vector<Rule> kRules{
        {"ip prefix-list <name> description <text>...", nothing("sets have no descriptions")},
        {"ipv6 prefix-list <name> description <text>...", nothing("sets have no descriptions")},
        {"ip prefix-list <entry>...", prefix_list(ListKind::prefix4)},
        {"ipv6 prefix-list <entry>...", prefix_list(ListKind::prefix6)},
        {"access-list <entry>...", access_list(ListKind::access4)},
        {"ipv6 access-list <entry>...", access_list(ListKind::access6)},
        {"bgp as-path access-list <entry>...", take_as_path_list},
        {"ip as-path access-list <entry>...", take_as_path_list},
        {"bgp community-list <entry>...", community_list(ListKind::community)},
        {"ip community-list <entry>...", community_list(ListKind::community)},
        {"bgp extcommunity-list <entry>...", community_list(ListKind::extended_community)},
        {"ip extcommunity-list <entry>...", community_list(ListKind::extended_community)},
        {"bgp large-community-list <entry>...", community_list(ListKind::large_community)},
        {"ip large-community-list <entry>...", community_list(ListKind::large_community)},
    };
    return kRules;
}

}  // namespace torii::frr
