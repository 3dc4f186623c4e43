#include "agent/reconcile/export_policy.h"

#include "controlplane/policy/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

namespace torii::reconcile {
namespace {

policy::SetDefinition<policy::PrefixRule> prefix_set(const std::string& name,
                                                     const std::vector<Prefix>& prefixes) {
    policy::SetDefinition<policy::PrefixRule> set{name, {}};
    for (const Prefix& prefix : prefixes) {
        const auto sequence = static_cast<std::uint32_t>(set.rules.size() + 1);
        set.rules.push_back(
            {.sequence = sequence, .permit = true, .prefix = prefix, .ge = {}, .le = {}});
    }
    return set;
}

policy::Change change_of(const model::BgpAttributes& attributes) {
    policy::Change change;
    change.local_preference = attributes.local_preference;
    auto& standard = change.communities[static_cast<std::size_t>(policy::CommunityKind::standard)];
    for (const std::uint32_t community : attributes.communities) {
        standard.add.push_back(fmt::format("{}:{}", community >> 16U, community & 0xFFFFU));
    }
    auto& large = change.communities[static_cast<std::size_t>(policy::CommunityKind::large)];
    for (const auto& [global, local_1, local_2] : attributes.large_communities) {
        large.add.push_back(fmt::format("{}:{}:{}", global, local_1, local_2));
    }
    return change;
}

}  // namespace

void ExportPolicies::add(const Prefix& prefix, const AttributesByPeer& peers) {
    for (const auto& [peer, attributes] : peers) {
        if (attributes == model::BgpAttributes{}) continue;
        std::vector<Group>& groups = groups_[{peer, prefix.family()}];
        auto group = std::ranges::find(groups, attributes, &Group::attributes);
        if (group == groups.end()) group = groups.insert(group, Group{attributes, {}});
        group->prefixes.push_back(prefix);
    }
}

void ExportPolicies::apply(speaker::SpeakerConfig& config, policy::Definitions definitions) && {
    for (const auto& [key, groups] : groups_) {
        const auto& [peer, family] = key;
        policy::PolicyDefinition made;
        made.name = fmt::format("{}-ipv{}", peer, static_cast<int>(family));
        made.otherwise = policy::Action::accept;
        for (const Group& group : groups) {
            policy::Statement statement;
            statement.sequence = static_cast<std::uint32_t>(made.statements.size() + 1);
            const std::string set = fmt::format("{}-{}", made.name, statement.sequence);
            definitions.prefix_sets.push_back(prefix_set(set, group.prefixes));
            statement.match.prefix_set = set;
            statement.change = change_of(group.attributes);
            made.statements.push_back(std::move(statement));
        }
        const auto target = std::ranges::find(config.peers, peer, &bgp::PeerConfig::address);
        if (target != config.peers.end()) {
            target->policies[static_cast<std::size_t>(bgp::unicast(family))].export_policies = {
                made.name};
        }
        definitions.policies.push_back(std::move(made));
    }
    if (definitions.policies.empty()) return;
    auto library = policy::Library::compile(definitions);
    assert(library);  // it was made here, of values that were checked
    if (library) config.policies = std::make_shared<const policy::Library>(std::move(*library));
}

}  // namespace torii::reconcile
