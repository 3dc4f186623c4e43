#include "agent/loadbalance/ruleset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

// From rulesets to commands of nft(8).
namespace torii::loadbalance {
namespace {

// libnftables needs some 300 KiB for each while it works.
constexpr std::size_t kChainsAtOnce = 200;

using Elements = std::map<std::string, std::string>;

// A chain with its rules in order. Connection tracking shows chains of type nat only the first
// packet of a connection (and answers the rest as the first), so whoever is refused here is new.
struct FrameChain {
    std::string_view name;
    std::string_view hook;  // empty: other chains lead here
    std::vector<std::string_view> rules;
};

// A map or set of which there is one for each family: {} in its definition becomes 4 or 6.
struct FrameSet {
    std::string_view kind;
    std::string_view name;
    std::string_view definition;
};

constexpr std::array kSets{
    FrameSet{"map", "services", "type ipv{}_addr . inet_proto . inet_service : verdict;"},
    FrameSet{"map", "node_ports", "type inet_proto . inet_service : verdict;"},
    FrameSet{"set", "cluster_ips", "type ipv{}_addr;"},
    FrameSet{"set", "load_balancer_ips", "type ipv{}_addr;"},
    FrameSet{"set", "local_backends", "type ipv{}_addr;"},
    FrameSet{"set", "hairpins", "type ipv{0}_addr . ipv{0}_addr;"},
    FrameSet{"set", "pods", "type ipv{}_addr; flags interval;"},
    FrameSet{"set", "cluster_clients", "type ipv{}_addr; flags interval;"},
};

const std::vector<FrameChain>& frame_chains() {
    static const std::vector<FrameChain> chains{
        {"refuse",
         "",
         {"meta l4proto 6 reject with tcp reset", "reject with icmpx port-unreachable"}},
        {"services",
         "",
         {
             "ip daddr . meta l4proto . th dport vmap @services4",
             "ip6 daddr . meta l4proto . th dport vmap @services6",
             "ip daddr @load_balancer_ips4 drop",
             "ip6 daddr @load_balancer_ips6 drop",
             "ip daddr @cluster_ips4 goto refuse",
             "ip6 daddr @cluster_ips6 goto refuse",
             // A loopback address is no way to a pod elsewhere.
             "ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport "
             "vmap @node_ports4",
             "ip6 daddr != ::1 fib daddr type local meta l4proto . th dport vmap @node_ports6",
         }},
        {"prerouting",
         "type nat hook prerouting priority -100;",
         {
             "ip daddr @cluster_ips4 ip saddr != @cluster_clients4 fib saddr type != local drop",
             "ip6 daddr @cluster_ips6 ip6 saddr != @cluster_clients6 fib saddr type != local drop",
             "jump services",
         }},
        {"output", "type nat hook output priority -100;", {"jump services"}},
        {"postrouting",
         "type nat hook postrouting priority 100;",
         {
             // Answers of a pod on this node pass here anyway: the client's address stays.
             "meta mark & 0x200000 != 0 ip daddr != @local_backends4 masquerade",
             "meta mark & 0x200000 != 0 ip6 daddr != @local_backends6 masquerade",
             // A pod that reached itself would answer itself directly.
             "ct status dnat ip saddr . ip daddr @hairpins4 masquerade",
             "ct status dnat ip6 saddr . ip6 daddr @hairpins6 masquerade",
         }},
    };
    return chains;
}

constexpr std::array kFamilyDigits{4, 6};

std::string text_of(const Elements& elements) {
    std::vector<std::string> texts;
    for (const auto& [key, value] : elements) {
        texts.push_back(value.empty() ? key : key + " : " + value);
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

// Only the keys: elements are deleted by them.
std::string keys_of(const Elements& elements) {
    std::vector<std::string> texts;
    for (const auto& [key, value] : elements) texts.push_back(key);
    return fmt::format("{}", fmt::join(texts, ", "));
}

const Elements& find(const Ruleset& rules, const std::string& set) {
    static const Elements none;
    const auto found = rules.elements.find(set);
    return found == rules.elements.end() ? none : found->second;
}

std::string changed_elements(const std::string& set, const Elements& before,
                             const Elements& after) {
    if (holds_prefixes(set)) {
        if (before == after) return {};
        return fmt::format("flush set inet {} {}\nadd element inet {} {} {{ {} }}\n", kTable, set,
                           kTable, set, text_of(after));
    }
    Elements stale;
    Elements fresh;
    for (const auto& [key, value] : after) {
        const auto found = before.find(key);
        if (found != before.end() && found->second == value) continue;
        if (found != before.end()) stale.insert(*found);
        fresh.emplace(key, value);
    }
    std::string text;
    if (!stale.empty()) {
        text += fmt::format("delete element inet {} {} {{ {} }}\n", kTable, set, keys_of(stale));
    }
    if (!fresh.empty()) {
        text += fmt::format("add element inet {} {} {{ {} }}\n", kTable, set, text_of(fresh));
    }
    return text;
}

template <class Names>
std::vector<std::string> missing(const Names& from, const Names& in) {
    std::vector<std::string> names;
    for (const auto& [name, value] : from) {
        if (!in.contains(name)) names.push_back(name);
    }
    return names;
}

// Those that others lead to come first.
int rank(std::string_view chain) {
    if (chain.starts_with("backend/")) return 0;
    return chain.starts_with("service/") ? 1 : 2;
}

// With their rules: a chain that exists is right.
std::string chain_text(std::span<const std::string> names, const Ruleset& wanted) {
    std::string text;
    for (const std::string& name : names) {
        text += fmt::format("add chain inet {} {}\n", kTable, name);
    }
    for (const std::string& name : names) {
        std::string_view rules = wanted.chains.at(name);
        while (!rules.empty()) {
            const std::size_t end = rules.find('\n');
            text += fmt::format("add rule inet {} {} {}\n", kTable, name, rules.substr(0, end));
            rules.remove_prefix(end + 1);
        }
    }
    return text;
}

}  // namespace

bool is_of_frame(std::string_view name) {
    for (const FrameChain& chain : frame_chains()) {
        if (chain.name == name) return true;
    }
    return std::ranges::any_of(kSets, [name](const FrameSet& set) {
        return name.starts_with(set.name) && name.size() == set.name.size() + 1;
    });
}

bool holds_prefixes(std::string_view set) {
    return set.starts_with("pods") || set.starts_with("cluster_clients");
}

std::string frame_text() {
    std::string text = fmt::format("add table inet {}\n", kTable);
    for (const FrameSet& set : kSets) {
        for (const int family : kFamilyDigits) {
            text += fmt::format("add {} inet {} {}{} {{ {} }}\n", set.kind, kTable, set.name,
                                family, fmt::format(fmt::runtime(set.definition), family));
        }
    }
    for (const FrameChain& chain : frame_chains()) {
        text += chain.hook.empty() ? fmt::format("add chain inet {} {}\n", kTable, chain.name)
                                   : fmt::format("add chain inet {} {} {{ {} }}\n", kTable,
                                                 chain.name, chain.hook);
        text += fmt::format("flush chain inet {} {}\n", kTable, chain.name);
    }
    for (const FrameChain& chain : frame_chains()) {
        for (const std::string_view rule : chain.rules) {
            text += fmt::format("add rule inet {} {} {}\n", kTable, chain.name, rule);
        }
    }
    return text;
}

std::vector<std::string> additions(const Ruleset& installed, const Ruleset& wanted) {
    std::string text;
    for (const std::string& name : missing(wanted.affinity_sets, installed.affinity_sets)) {
        text += fmt::format("add set inet {} {} {{ {} }}\n", kTable, name,
                            wanted.affinity_sets.at(name));
    }
    std::vector<std::string> chains = missing(wanted.chains, installed.chains);
    std::ranges::stable_sort(chains, {}, rank);
    std::vector<std::string> pieces;
    for (std::size_t begin = 0; begin < chains.size(); begin += kChainsAtOnce) {
        if (begin != 0) pieces.push_back(std::exchange(text, {}));
        const std::size_t count = std::min(kChainsAtOnce, chains.size() - begin);
        text += chain_text(std::span(chains).subspan(begin, count), wanted);
    }
    // Nothing leads to the new chains before this.
    for (const auto& [set, elements] : wanted.elements) {
        text += changed_elements(set, find(installed, set), elements);
    }
    if (!text.empty()) pieces.push_back(std::move(text));
    return pieces;
}

Ruleset rest(const Ruleset& installed, const Ruleset& wanted) {
    Ruleset left;
    for (const auto& [set, elements] : installed.elements) {
        const Elements& kept = find(wanted, set);
        // Of prefixes what stays was put in place together with what is new.
        if (holds_prefixes(set) && !kept.empty()) continue;
        for (const auto& [key, value] : elements) {
            if (!kept.contains(key)) left.elements[set].emplace(key, value);
        }
    }
    for (const std::string& name : missing(installed.chains, wanted.chains)) left.chains[name];
    for (const std::string& name : missing(installed.affinity_sets, wanted.affinity_sets)) {
        left.affinity_sets[name];
    }
    return left;
}

Ruleset common(const Ruleset& left, const Ruleset& right) {
    Ruleset both;
    for (const auto& [set, elements] : left.elements) {
        const Elements& others = find(right, set);
        for (const auto& [key, value] : elements) {
            if (others.contains(key)) both.elements[set].emplace(key, value);
        }
    }
    for (const auto& [name, rules] : left.chains) {
        if (right.chains.contains(name)) both.chains[name];
    }
    for (const auto& [name, set] : left.affinity_sets) {
        if (right.affinity_sets.contains(name)) both.affinity_sets[name];
    }
    return both;
}

bool is_empty(const Ruleset& rules) {
    return rules.elements.empty() && rules.chains.empty() && rules.affinity_sets.empty();
}

std::string removals(const Ruleset& rest) {
    std::string text;
    for (const auto& [set, elements] : rest.elements) {
        text += fmt::format("delete element inet {} {} {{ {} }}\n", kTable, set, keys_of(elements));
    }
    // Emptied first: they lead to each other.
    for (const auto& [name, rules] : rest.chains) {
        text += fmt::format("flush chain inet {} {}\n", kTable, name);
    }
    for (const auto& [name, rules] : rest.chains) {
        text += fmt::format("delete chain inet {} {}\n", kTable, name);
    }
    for (const auto& [name, set] : rest.affinity_sets) {
        text += fmt::format("delete set inet {} {}\n", kTable, name);
    }
    return text;
}

}  // namespace torii::loadbalance
