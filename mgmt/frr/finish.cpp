// What only all lines together say: defaults, families, filters, and lists that are not there.
#include "mgmt/frr/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace torii::frr {
namespace {

constexpr std::array kFamilies{Family::v4, Family::v6};
constexpr std::string_view kDefault = "FRR's default";

// "7.3.1" is before "7.4"; a file without a version is of today.
bool before(const std::string& version, std::uint32_t major, std::uint32_t minor) {
    if (version.empty()) return false;
    std::uint32_t number = 0;
    std::array<std::uint32_t, 2> parts{};
    std::size_t part = 0;
    for (const char character : version + ".") {
        if (character >= '0' && character <= '9') {
            number = number * 10 + static_cast<std::uint32_t>(character - '0');
        } else if (part < parts.size()) {
            parts.at(part++) = number;
            number = 0;
        }
    }
    return std::pair(parts[0], parts[1]) < std::pair(major, minor);
}

void add_default(Draft& draft, const std::string& command) {
    Words words = split(command);
    // One of our own lines says otherwise.
    const auto same = [&words](const Command& other) {
        return other.words.size() == words.size() &&
               std::equal(words.begin(), words.end() - 1, other.words.begin());
    };
    if (std::ranges::any_of(draft.out.commands, same)) return;
    draft.set_at(0, std::move(words), std::string(kDefault));
}

// bgp_vty.c of FRR: what the profiles "traditional" and "datacenter" mean.
void write_defaults(Draft& draft) {
    if (!draft.timers_given) {
        add_default(draft, fmt::format("bgp timers hold-time {}", draft.datacenter ? 9 : 180));
        add_default(draft, fmt::format("bgp timers keepalive {}", draft.datacenter ? 3 : 60));
    }
    if (!draft.datacenter) add_default(draft, "bgp timers connect-retry 120");
    const bool old = before(draft.version, 7, 4);
    if (!draft.policy_rule_given && (draft.datacenter || old)) {
        add_default(draft, "bgp ebgp-requires-policy false");
    }
    if (old) draft.check_networks = false;
}

const Peer* group_of(const Draft& draft, const Peer& peer) {
    const auto found = draft.peers.find(peer.member_of);
    return peer.member_of.empty() || found == draft.peers.end() ? nullptr : &found->second;
}

std::optional<bool> said(const Peer& peer, Family family) {
    const auto found = peer.families.find(family);
    return found == peer.families.end() ? std::nullopt : found->second.active;
}

bool is_active(const Draft& draft, const Peer& peer, Family family) {
    if (const auto own = said(peer, family)) return *own;
    if (const Peer* group = group_of(draft, peer)) return is_active(draft, *group, family);
    return family == Family::v4 && draft.ipv4_by_default;
}

Words path_of(const std::string& name, const Peer& peer) {
    return {"bgp", peer.group ? "peer-group" : "neighbor", peer.group ? plain_name(name) : name};
}

void set_below(Draft& draft, std::size_t line, Words path, std::initializer_list<std::string> more,
               std::string_view note = {}) {
    path.insert(path.end(), more);
    draft.set_at(line, std::move(path), std::string(note));
}

// A family is of BGP as a whole here, and of every neighbor that does not leave it.
void write_families(Draft& draft) {
    std::map<Family, bool> used;
    for (const Family family : kFamilies) {
        used[family] = draft.families_named.contains(family);
        for (const auto& [name, peer] : draft.peers) {
            used[family] = used[family] || is_active(draft, peer, family);
        }
        if (!used[family]) continue;
        draft.set_at(*draft.bgp_line, {"bgp", "family", family_name(family)});
        // How many paths FRR takes is what it was built with: 256 in Debian.
        for (const char* kind : {"ebgp", "ibgp"}) {
            if (draft.paths_given[family].contains(kind)) continue;
            add_default(
                draft, fmt::format("bgp family {} maximum-paths {} 64", family_name(family), kind));
        }
    }
    for (const auto& [name, peer] : draft.peers) {
        for (const Family family : kFamilies) {
            if (!used[family]) continue;
            const Peer* group = group_of(draft, peer);
            const bool inherited = group == nullptr || is_active(draft, *group, family);
            const bool active = is_active(draft, peer, family);
            if (active == inherited) continue;
            const auto found = peer.families.find(family);
            const std::size_t line = found == peer.families.end() || found->second.line == 0
                                         ? *draft.bgp_line
                                         : found->second.line;
            set_below(draft, line, path_of(name, peer),
                      {"family", family_name(family), "enabled", active ? "true" : "false"});
        }
    }
}

const char* inverse(bool permit) {
    return permit ? "deny" : "permit";
}

// A set that holds what the list denies, so that a policy can reject it and leave the rest to the
// next one.
std::string write_complement(Draft& draft, ListKind kind, const Named& list) {
    const bool as_path = kind == ListKind::as_path;
    const std::string name = plain_name(fmt::format("not-{}", draft.set_name(kind, list.name)));
    const Words path{"policy", as_path ? "as-path-set" : "prefix-set", name, "entry"};
    std::uint32_t last = 0;
    const auto add = [&](std::uint32_t sequence, const char* action, const Words& match) {
        const std::string number = std::to_string(sequence);
        set_below(draft, list.line, path, {number, "action", action});
        for (std::size_t index = 0; index + 1 < match.size(); index += 2) {
            set_below(draft, list.line, path, {number, match[index], match[index + 1]});
        }
        last = std::max(last, sequence);
    };
    const auto found = draft.lists.find({kind, list.name});
    if (found != draft.lists.end()) {
        for (const ListEntry& entry : found->second) {
            add(entry.sequence, inverse(entry.permit), entry.match);
        }
    }
    if (as_path) {
        add(last + 10, "permit", {"pattern", ".*"});
    } else if (kind == ListKind::prefix6 || kind == ListKind::access6) {
        add(last + 10, "permit", {"prefix", "::/0", "le", "128"});
    } else {
        add(last + 10, "permit", {"prefix", "0.0.0.0/0", "le", "32"});
    }
    return name;
}

// The policy that rejects what a list denies, and says nothing of the rest.
std::string write_filter(Draft& draft, ListKind kind, const Named& list, const char* leaf) {
    const std::string name = plain_name(fmt::format("filter-{}", draft.set_name(kind, list.name)));
    if (!draft.defined_policies.insert(name).second) return name;
    const std::string complement = write_complement(draft, kind, list);
    const Words path{"policy", "policy", name, "statement", "10"};
    set_below(draft, list.line, path, {"match", leaf, complement});
    set_below(draft, list.line, path, {"action", "reject"});
    if (!draft.lists.contains({kind, list.name})) {
        draft.judge(list.line, Fate::mapped,
                    fmt::format("there is no list {}: nothing passes, as in FRR", list.name));
    }
    return name;
}

std::string accept_the_rest(Draft& draft, std::size_t line) {
    const std::string name = "accept-the-rest";
    if (draft.defined_policies.insert(name).second) {
        draft.set_at(line, {"policy", "policy", name, "default-action", "accept"});
    }
    return name;
}

Filters with_those_of(Filters own, const Filters& group) {
    for (auto member : {&Filters::distribute_list, &Filters::prefix_list, &Filters::filter_list,
                        &Filters::route_map}) {
        if (!(own.*member)) own.*member = group.*member;
    }
    return own;
}

bool any(const Filters& filters) {
    return filters.distribute_list || filters.prefix_list || filters.filter_list ||
           filters.route_map;
}

// Lists first, then the route map: each may reject.
void write_chain(Draft& draft, const Words& path, Family family, const char* leaf,
                 const Filters& filters) {
    const bool v6 = family == Family::v6;
    std::vector<std::pair<std::size_t, std::string>> chain;
    if (const auto& list = filters.distribute_list) {
        const ListKind kind = v6 ? ListKind::access6 : ListKind::access4;
        chain.emplace_back(list->line, write_filter(draft, kind, *list, "prefix-set"));
    }
    if (const auto& list = filters.prefix_list) {
        const ListKind kind = v6 ? ListKind::prefix6 : ListKind::prefix4;
        chain.emplace_back(list->line, write_filter(draft, kind, *list, "prefix-set"));
    }
    if (const auto& list = filters.filter_list) {
        chain.emplace_back(list->line,
                           write_filter(draft, ListKind::as_path, *list, "as-path-set"));
    }
    if (const auto& map = filters.route_map) {
        draft.used_policies.try_emplace(plain_name(map->name), map->line);
        chain.emplace_back(map->line, plain_name(map->name));
    } else {
        chain.emplace_back(chain.back().first, accept_the_rest(draft, chain.back().first));
    }
    for (const auto& [line, policy] : chain) {
        set_below(draft, line, path, {"family", family_name(family), leaf, policy});
    }
}

void write_filters(Draft& draft) {
    const auto peers = draft.peers;
    for (const auto& [name, peer] : peers) {
        const Peer* group = group_of(draft, peer);
        for (const auto& [family, own] : peer.families) {
            for (const bool in : {true, false}) {
                const Filters& filters = in ? own.in : own.out;
                if (!any(filters)) continue;
                const auto shared =
                    group == nullptr ? peer.families.end() : group->families.find(family);
                const bool inherits = group != nullptr && shared != group->families.end();
                const Filters all =
                    inherits ? with_those_of(filters, in ? shared->second.in : shared->second.out)
                             : filters;
                write_chain(draft, path_of(name, peer), family,
                            in ? "import-policy" : "export-policy", all);
            }
        }
    }
}

void write_communities(Draft& draft) {
    static const std::map<std::set<std::string>, const char*> kLeft{
        {{"standard", "extended", "large"}, "none"},
        {{"standard", "extended"}, "large"},
        {{"standard", "large"}, "extended"},
        {{"extended", "large"}, "standard"},
        {{"large"}, "both"},
    };
    for (const auto& [name, peer] : draft.peers) {
        if (peer.communities_off.empty()) continue;
        const auto left = kLeft.find(peer.communities_off);
        if (left == kLeft.end()) {
            draft.judge(peer.communities_line, Fate::unsupported,
                        "only one of standard and extended communities together with large ones");
            continue;
        }
        set_below(draft, peer.communities_line, path_of(name, peer),
                  {"send-community", left->second});
    }
}

}  // namespace

void finish_bgp(Draft& draft) {
    if (!draft.bgp_line) return;
    write_defaults(draft);
    write_families(draft);
    write_filters(draft);
    write_communities(draft);
    if (!draft.check_networks) {
        for (const auto& [line, path] : draft.networks) {
            set_below(draft, line, path, {"unconditional", "true"});
        }
    }
    if (draft.listen_limit) {
        for (const auto& [line, prefix] : draft.ranges) {
            draft.set_at(line, {"bgp", "dynamic-neighbors", prefix, "limit", *draft.listen_limit});
        }
    }
    for (const auto& [name, line] : draft.used_profiles) {
        if (draft.defined_profiles.contains(name)) continue;
        draft.set_at(line, {"bfd", "profile", name});
        draft.judge(line, Fate::mapped,
                    fmt::format("there is no BFD profile {}: one of defaults is made", name));
    }
}

void finish_policies(Draft& draft) {
    for (const auto& [name, line] : draft.used_policies) {
        if (draft.defined_policies.contains(name)) continue;
        draft.set_at(line, {"policy", "policy", name, "default-action", "reject"});
        draft.judge(line, Fate::mapped,
                    fmt::format("there is no route-map {}: it rejects all, as in FRR", name));
    }
    for (const auto& [list, line] : draft.used_lists) {
        if (draft.lists.contains(list)) continue;
        const ListKind kind = list.first;
        const char* section = kind == ListKind::as_path              ? "as-path-set"
                              : kind == ListKind::community          ? "community-set"
                              : kind == ListKind::extended_community ? "extended-community-set"
                              : kind == ListKind::large_community    ? "large-community-set"
                                                                     : "prefix-set";
        draft.set_at(line, {"policy", section, draft.set_name(kind, list.second)});
        draft.judge(line, Fate::mapped,
                    fmt::format("there is no list {}: it matches nothing, as in FRR", list.second));
    }
}

}  // namespace torii::frr
