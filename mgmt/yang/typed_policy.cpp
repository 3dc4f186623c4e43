#include "mgmt/yang/typed_policy.h"

#include <charconv>
#include <string>
#include <string_view>

namespace torii::yang {
namespace {

ipc::PolicyOrigin origin_of(const std::string& word) {
    if (word == "igp") return ipc::POLICY_ORIGIN_IGP;
    return word == "egp" ? ipc::POLICY_ORIGIN_EGP : ipc::POLICY_ORIGIN_INCOMPLETE;
}

ipc::PolicySource source_of(const std::string& word) {
    if (word == "connected") return ipc::POLICY_SOURCE_CONNECTED;
    if (word == "static") return ipc::POLICY_SOURCE_STATIC;
    if (word == "network") return ipc::POLICY_SOURCE_NETWORK;
    if (word == "aggregate") return ipc::POLICY_SOURCE_AGGREGATE;
    return word == "internal" ? ipc::POLICY_SOURCE_INTERNAL : ipc::POLICY_SOURCE_EXTERNAL;
}

ipc::PolicyAction action_of(const std::string& word) {
    if (word == "accept") return ipc::POLICY_ACCEPT;
    return word == "next" ? ipc::POLICY_NEXT : ipc::POLICY_REJECT;
}

ipc::PolicySetEntry& map_entry(const ConfigNode& entry, ipc::PolicySet& set) {
    ipc::PolicySetEntry& out = *set.add_entries();
    out.set_sequence(*entry.number("sequence"));
    out.set_deny(entry.text("action") == "deny");
    return out;
}

void map_prefixes(const ConfigNode& node, ipc::PolicySet& out) {
    out.set_name(*node.text("name"));
    for (const ConfigNode& entry : node.list("entry")) {
        ipc::PolicySetEntry& added = map_entry(entry, out);
        added.set_prefix(*entry.text("prefix"));
        if (const auto value = entry.number("ge")) added.set_ge(*value);
        if (const auto value = entry.number("le")) added.set_le(*value);
    }
}

void map_as_paths(const ConfigNode& node, ipc::PolicySet& out) {
    out.set_name(*node.text("name"));
    for (const ConfigNode& entry : node.list("entry")) {
        map_entry(entry, out).set_pattern(*entry.text("pattern"));
    }
}

void map_communities(const ConfigNode& node, ipc::PolicySet& out) {
    out.set_name(*node.text("name"));
    for (const ConfigNode& entry : node.list("entry")) {
        ipc::PolicySetEntry& added = map_entry(entry, out);
        for (const std::string& member : entry.leaf_list("member")) added.add_members(member);
        added.set_pattern(entry.text("pattern").value_or(""));
    }
}

void map_match(const ConfigNode& node, ipc::PolicyMatch& out) {
    if (const auto value = node.text("prefix-set")) out.set_prefix_set(*value);
    if (const auto value = node.text("next-hop-set")) out.set_next_hop_set(*value);
    if (const auto value = node.text("as-path-set")) out.set_as_path_set(*value);
    if (const auto value = node.text("community-set")) out.set_community_set(*value);
    if (const auto value = node.text("extended-community-set")) {
        out.set_extended_community_set(*value);
    }
    if (const auto value = node.text("large-community-set")) out.set_large_community_set(*value);
    out.set_exact_communities(node.boolean("exact-communities").value_or(false));
    for (const std::string& neighbor : node.leaf_list("neighbor")) out.add_neighbors(neighbor);
    for (const std::string& source : node.leaf_list("source")) out.add_sources(source_of(source));
    if (const auto value = node.text("origin")) out.set_origin(origin_of(*value));
    if (const auto value = node.number("med")) out.set_med(*value);
    if (const auto value = node.number("local-preference")) out.set_local_preference(*value);
    if (const auto value = node.number("tag")) out.set_tag(*value);
}

void map_communities(const ConfigNode& node, ipc::PolicyCommunities& out) {
    if (const auto value = node.text("remove")) out.set_remove(*value);
    out.set_clear(node.flag("clear"));
    for (const std::string& community : node.leaf_list("add")) out.add_add(community);
}

// Numbers that do not fit become 0, which is refused as an AS number.
void map_prepend(std::string_view text, ipc::PolicyChange& out) {
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size() == text.size() ? word.size() : word.size() + 1);
        std::uint32_t number = 0;
        const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
        out.add_prepend(parsed.ec == std::errc() ? number : 0);
    }
}

void map_change(const ConfigNode& node, ipc::PolicyChange& out) {
    if (const auto value = node.number("local-preference")) out.set_local_preference(*value);
    if (const auto value = node.number("weight")) out.set_weight(*value);
    out.set_med(node.text("med").value_or(""));
    if (const auto value = node.text("origin")) out.set_origin(origin_of(*value));
    out.set_next_hop(node.text("next-hop").value_or(""));
    const ConfigNode path = node.container("as-path");
    map_prepend(path.text("prepend").value_or(""), out);
    out.set_prepend_last_as(path.number("prepend-last-as").value_or(0));
    map_communities(node.container("community"), *out.mutable_communities());
    map_communities(node.container("extended-community"), *out.mutable_extended_communities());
    map_communities(node.container("large-community"), *out.mutable_large_communities());
}

void map_policy(const ConfigNode& node, ipc::Policy& out) {
    out.set_name(*node.text("name"));
    if (const auto value = node.text("default-action")) out.set_default_action(action_of(*value));
    for (const ConfigNode& statement : node.list("statement")) {
        ipc::PolicyStatement& added = *out.add_statements();
        added.set_sequence(*statement.number("sequence"));
        added.set_description(statement.text("description").value_or(""));
        map_match(statement.container("match"), *added.mutable_match());
        map_change(statement.container("set"), *added.mutable_change());
        added.set_action(action_of(statement.text("action").value_or("accept")));
    }
}

}  // namespace

ipc::PolicyConfig typed_policy(const ConfigNode& root) {
    const ConfigNode policy = root.container("policy");
    ipc::PolicyConfig out;
    for (const ConfigNode& set : policy.list("prefix-set"))
        map_prefixes(set, *out.add_prefix_sets());
    for (const ConfigNode& set : policy.list("as-path-set")) {
        map_as_paths(set, *out.add_as_path_sets());
    }
    for (const ConfigNode& set : policy.list("community-set")) {
        map_communities(set, *out.add_community_sets());
    }
    for (const ConfigNode& set : policy.list("extended-community-set")) {
        map_communities(set, *out.add_extended_community_sets());
    }
    for (const ConfigNode& set : policy.list("large-community-set")) {
        map_communities(set, *out.add_large_community_sets());
    }
    for (const ConfigNode& one : policy.list("policy")) map_policy(one, *out.add_policies());
    return out;
}

}  // namespace torii::yang
