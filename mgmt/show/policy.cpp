#include "mgmt/show/policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

namespace torii::show {
namespace {

using Lines = std::vector<std::string>;

template <class Enum, std::size_t count>
const char* word_of(Enum value, const std::array<const char*, count>& words) {
    return words.at(static_cast<std::size_t>(value));
}

constexpr std::array kOrigins{"igp", "egp", "incomplete"};
constexpr std::array kSources{"connected", "static",   "network",
                              "internal",  "external", "aggregate"};

Lines match_lines(const ipc::PolicyMatch& match) {
    Lines out;
    const auto set = [&](const char* kind, bool present, const std::string& name) {
        if (present) out.push_back(fmt::format("{} {}", kind, name));
    };
    set("prefix-set", match.has_prefix_set(), match.prefix_set());
    set("next-hop-set", match.has_next_hop_set(), match.next_hop_set());
    set("as-path-set", match.has_as_path_set(), match.as_path_set());
    set("community-set", match.has_community_set(), match.community_set());
    set("extended-community-set", match.has_extended_community_set(),
        match.extended_community_set());
    set("large-community-set", match.has_large_community_set(), match.large_community_set());
    if (match.exact_communities()) out.emplace_back("exact-communities");
    for (const std::string& address : match.neighbors()) out.push_back("neighbor " + address);
    for (const int source : match.sources()) {
        out.push_back(fmt::format("source {}", word_of(source, kSources)));
    }
    if (match.has_origin()) {
        out.push_back(fmt::format("origin {}", word_of(match.origin(), kOrigins)));
    }
    if (match.has_med()) out.push_back(fmt::format("med {}", match.med()));
    if (match.has_local_preference()) {
        out.push_back(fmt::format("local-preference {}", match.local_preference()));
    }
    if (match.has_tag()) out.push_back(fmt::format("tag {}", match.tag()));
    return out;
}

void add_communities(const char* kind, const ipc::PolicyCommunities& change, Lines& out) {
    if (change.has_remove()) out.push_back(fmt::format("{} remove {}", kind, change.remove()));
    if (change.clear()) out.push_back(fmt::format("{} clear", kind));
    for (const std::string& community : change.add()) {
        out.push_back(fmt::format("{} add {}", kind, community));
    }
}

Lines change_lines(const ipc::PolicyChange& change) {
    Lines out;
    if (change.has_local_preference()) {
        out.push_back(fmt::format("local-preference {}", change.local_preference()));
    }
    if (change.has_weight()) out.push_back(fmt::format("weight {}", change.weight()));
    if (!change.med().empty()) out.push_back("med " + change.med());
    if (change.has_origin()) {
        out.push_back(fmt::format("origin {}", word_of(change.origin(), kOrigins)));
    }
    if (!change.next_hop().empty()) out.push_back("next-hop " + change.next_hop());
    if (change.prepend_size() != 0) {
        out.push_back(fmt::format("as-path prepend {}", fmt::join(change.prepend(), " ")));
    }
    if (change.prepend_last_as() != 0) {
        out.push_back(fmt::format("as-path prepend-last-as {}", change.prepend_last_as()));
    }
    add_communities("community", change.communities(), out);
    add_communities("extended-community", change.extended_communities(), out);
    add_communities("large-community", change.large_communities(), out);
    return out;
}

std::string clauses(const char* title, const Lines& lines) {
    std::string out = fmt::format("  {} clauses:\n", title);
    for (const std::string& line : lines) out += fmt::format("    {}\n", line);
    return out;
}

const char* default_text(const ipc::Policy& policy) {
    if (!policy.has_default_action()) return "the next policy decides, at last reject";
    switch (policy.default_action()) {
        case ipc::POLICY_ACCEPT: return "accept";
        case ipc::POLICY_REJECT: return "reject";
        default: return "the next policy decides";
    }
}

std::string policy_block(const ipc::PolicyState& state) {
    const ipc::Policy& policy = state.policy();
    std::string out = fmt::format("route-map: {}\n", policy.name());
    for (int index = 0; index < policy.statements_size(); ++index) {
        const ipc::PolicyStatement& statement = policy.statements(index);
        out += fmt::format(" {}, sequence {} Matched {}\n",
                           statement.action() == ipc::POLICY_REJECT ? "deny" : "permit",
                           statement.sequence(),
                           index < state.matched_size() ? state.matched(index) : 0);
        if (!statement.description().empty()) {
            out += fmt::format("  Description:\n    {}\n", statement.description());
        }
        out += clauses("Match", match_lines(statement.match()));
        out += clauses("Set", change_lines(statement.change()));
        out += fmt::format("  Action:\n    {}\n", statement.action() == ipc::POLICY_NEXT
                                                      ? "Continue with the next statement"
                                                      : "Exit routemap");
    }
    return out + fmt::format(" otherwise: {}\n", default_text(policy));
}

std::string entry_text(const ipc::PolicySetEntry& entry) {
    std::string out =
        fmt::format("   seq {} {}", entry.sequence(), entry.deny() ? "deny" : "permit");
    if (!entry.prefix().empty()) out += ' ' + entry.prefix();
    if (entry.has_ge()) out += fmt::format(" ge {}", entry.ge());
    if (entry.has_le()) out += fmt::format(" le {}", entry.le());
    for (const std::string& member : entry.members()) out += ' ' + member;
    if (!entry.pattern().empty()) out += ' ' + entry.pattern();
    return out + '\n';
}

template <class Sets>
std::string set_blocks(const char* kind, const Sets& sets, const std::string& name) {
    std::string out;
    for (const ipc::PolicySet& set : sets) {
        if (!name.empty() && set.name() != name) continue;
        out += fmt::format("{} {}: {} entries\n", kind, set.name(), set.entries_size());
        for (const ipc::PolicySetEntry& entry : set.entries()) out += entry_text(entry);
    }
    return out;
}

}  // namespace

std::string policies(const ipc::Policies& policies, const std::string& name) {
    std::string out;
    for (const ipc::PolicyState& state : policies.policies()) {
        if (name.empty() || state.policy().name() == name) out += policy_block(state);
    }
    if (out.empty()) return name.empty() ? "There are no policies.\n" : "% No such policy\n";
    return out;
}

std::string prefix_sets(const ipc::Policies& policies, const std::string& name) {
    const std::string out = set_blocks("ip prefix-list", policies.sets().prefix_sets(), name);
    if (out.empty()) return name.empty() ? "There are no prefix sets.\n" : "% No such prefix set\n";
    return out;
}

std::string other_sets(const ipc::Policies& policies) {
    const ipc::PolicyConfig& sets = policies.sets();
    const std::string out =
        set_blocks("as-path-set", sets.as_path_sets(), "") +
        set_blocks("community-set", sets.community_sets(), "") +
        set_blocks("extended-community-set", sets.extended_community_sets(), "") +
        set_blocks("large-community-set", sets.large_community_sets(), "");
    return out.empty() ? "There are no sets of AS paths or communities.\n" : out;
}

}  // namespace torii::show
