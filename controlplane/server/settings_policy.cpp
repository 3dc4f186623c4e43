#include "controlplane/server/settings_policy.h"

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace torii::controlplane {
namespace {

using policy::CommunityKind;

constexpr std::uint32_t kLengthMax = 255;

std::size_t index_of(CommunityKind kind) {
    return static_cast<std::size_t>(kind);
}

bgp::Origin origin_of(ipc::PolicyOrigin origin) {
    switch (origin) {
        case ipc::POLICY_ORIGIN_IGP: return bgp::Origin::igp;
        case ipc::POLICY_ORIGIN_EGP: return bgp::Origin::egp;
        default: return bgp::Origin::incomplete;
    }
}

policy::RouteSource source_of(int source) {
    switch (source) {
        case ipc::POLICY_SOURCE_CONNECTED: return policy::RouteSource::connected;
        case ipc::POLICY_SOURCE_STATIC: return policy::RouteSource::static_route;
        case ipc::POLICY_SOURCE_NETWORK: return policy::RouteSource::network;
        case ipc::POLICY_SOURCE_AGGREGATE: return policy::RouteSource::aggregate;
        case ipc::POLICY_SOURCE_INTERNAL: return policy::RouteSource::internal;
        default: return policy::RouteSource::external;
    }
}

policy::Action action_of(ipc::PolicyAction action) {
    switch (action) {
        case ipc::POLICY_ACCEPT: return policy::Action::accept;
        case ipc::POLICY_NEXT: return policy::Action::next;
        default: return policy::Action::reject;
    }
}

Result<policy::SetDefinition<policy::PrefixRule>> read_prefix_set(const ipc::PolicySet& config) {
    policy::SetDefinition<policy::PrefixRule> set{config.name(), {}};
    for (const ipc::PolicySetEntry& entry : config.entries()) {
        const auto prefix = Prefix::parse(entry.prefix());
        if (!prefix) {
            return fail("prefix-set {}: entry {}: {}", config.name(), entry.sequence(),
                        prefix.error().message);
        }
        policy::PrefixRule rule{entry.sequence(), !entry.deny(), *prefix, {}, {}};
        if (entry.ge() > kLengthMax || entry.le() > kLengthMax) {
            return fail("prefix-set {}: entry {}: a length is too large", config.name(),
                        entry.sequence());
        }
        if (entry.has_ge()) rule.ge = static_cast<std::uint8_t>(entry.ge());
        if (entry.has_le()) rule.le = static_cast<std::uint8_t>(entry.le());
        set.rules.push_back(rule);
    }
    return set;
}

policy::SetDefinition<policy::AsPathRule> read_as_path_set(const ipc::PolicySet& config) {
    policy::SetDefinition<policy::AsPathRule> set{config.name(), {}};
    for (const ipc::PolicySetEntry& entry : config.entries()) {
        set.rules.push_back({entry.sequence(), !entry.deny(), entry.pattern()});
    }
    return set;
}

template <class Sets>
void read_community_sets(const Sets& sets, CommunityKind kind, policy::Definitions& out) {
    for (const ipc::PolicySet& config : sets) {
        policy::SetDefinition<policy::CommunityRule> set{config.name(), {}};
        for (const ipc::PolicySetEntry& entry : config.entries()) {
            set.rules.push_back({entry.sequence(),
                                 !entry.deny(),
                                 {entry.members().begin(), entry.members().end()},
                                 entry.pattern()});
        }
        out.communities[index_of(kind)].push_back(std::move(set));
    }
}

Result<policy::Match> read_match(const ipc::PolicyMatch& config) {
    policy::Match match;
    if (config.has_prefix_set()) match.prefix_set = config.prefix_set();
    if (config.has_next_hop_set()) match.next_hop_set = config.next_hop_set();
    if (config.has_as_path_set()) match.as_path_set = config.as_path_set();
    const auto communities = [&](CommunityKind kind, bool present, const std::string& name) {
        if (present) match.communities[index_of(kind)] = name;
    };
    communities(CommunityKind::standard, config.has_community_set(), config.community_set());
    communities(CommunityKind::extended, config.has_extended_community_set(),
                config.extended_community_set());
    communities(CommunityKind::large, config.has_large_community_set(),
                config.large_community_set());
    match.exact_communities = config.exact_communities();
    for (const std::string& text : config.neighbors()) {
        const auto address = IpAddress::parse(text);
        if (!address) return fail("neighbor {}: {}", text, address.error().message);
        match.neighbors.push_back(*address);
    }
    for (const int source : config.sources()) match.sources.push_back(source_of(source));
    if (config.has_origin()) match.origin = origin_of(config.origin());
    if (config.has_med()) match.med = config.med();
    if (config.has_local_preference()) match.local_preference = config.local_preference();
    if (config.has_tag()) match.tag = config.tag();
    return match;
}

Result<policy::MedChange> read_med(std::string_view text) {
    policy::MedChange change;
    std::string_view digits = text;
    if (digits.starts_with('+') || digits.starts_with('-')) {
        change.kind = digits.front() == '+' ? policy::MedChange::Kind::add
                                            : policy::MedChange::Kind::subtract;
        digits.remove_prefix(1);
    }
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), change.value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        return fail("med {}: must be a number up to 4294967295, or +NUMBER or -NUMBER", text);
    }
    return change;
}

Result<policy::NextHopChange> read_next_hop(const std::string& text) {
    using Kind = policy::NextHopChange::Kind;
    if (text == "self") return policy::NextHopChange{Kind::self};
    if (text == "peer") return policy::NextHopChange{Kind::peer};
    if (text == "unchanged") return policy::NextHopChange{Kind::unchanged};
    const auto address = IpAddress::parse(text);
    if (!address) return fail("next-hop {}: {}", text, address.error().message);
    return policy::NextHopChange{Kind::address, *address};
}

policy::CommunityChange read_communities(const ipc::PolicyCommunities& config) {
    policy::CommunityChange change;
    if (config.has_remove()) change.remove = config.remove();
    change.clear = config.clear();
    change.add.assign(config.add().begin(), config.add().end());
    return change;
}

Result<policy::Change> read_change(const ipc::PolicyChange& config) {
    policy::Change change;
    if (config.has_local_preference()) change.local_preference = config.local_preference();
    if (config.has_weight()) change.weight = config.weight();
    if (!config.med().empty()) {
        const auto med = read_med(config.med());
        if (!med) return unexpected(med.error());
        change.med = *med;
    }
    if (config.has_origin()) change.origin = origin_of(config.origin());
    if (!config.next_hop().empty()) {
        const auto next_hop = read_next_hop(config.next_hop());
        if (!next_hop) return unexpected(next_hop.error());
        change.next_hop = *next_hop;
    }
    for (const std::uint32_t asn : config.prepend()) {
        if (asn == 0) return fail("as-path prepend: must be AS numbers, 1 to 4294967295");
        change.prepend.emplace_back(asn);
    }
    change.prepend_last_as = config.prepend_last_as();
    change.communities = {read_communities(config.communities()),
                          read_communities(config.extended_communities()),
                          read_communities(config.large_communities())};
    return change;
}

Result<policy::PolicyDefinition> read_policy(const ipc::Policy& config) {
    policy::PolicyDefinition definition;
    definition.name = config.name();
    if (config.has_default_action()) definition.otherwise = action_of(config.default_action());
    for (const ipc::PolicyStatement& one : config.statements()) {
        policy::Statement& statement = definition.statements.emplace_back();
        statement.sequence = one.sequence();
        statement.description = one.description();
        auto match = read_match(one.match());
        if (!match) return fail("statement {}: {}", one.sequence(), match.error().message);
        statement.match = std::move(*match);
        auto change = read_change(one.change());
        if (!change) return fail("statement {}: {}", one.sequence(), change.error().message);
        statement.change = std::move(*change);
        statement.action = action_of(one.action());
    }
    return definition;
}

}  // namespace

Result<policy::Library> read_policies(const ipc::PolicyConfig& config) {
    policy::Definitions definitions;
    for (const ipc::PolicySet& one : config.prefix_sets()) {
        auto set = read_prefix_set(one);
        if (!set) return unexpected(set.error());
        definitions.prefix_sets.push_back(std::move(*set));
    }
    for (const ipc::PolicySet& one : config.as_path_sets()) {
        definitions.as_path_sets.push_back(read_as_path_set(one));
    }
    read_community_sets(config.community_sets(), CommunityKind::standard, definitions);
    read_community_sets(config.extended_community_sets(), CommunityKind::extended, definitions);
    read_community_sets(config.large_community_sets(), CommunityKind::large, definitions);
    for (const ipc::Policy& one : config.policies()) {
        auto policy = read_policy(one);
        if (!policy) return fail("policy {}: {}", one.name(), policy.error().message);
        definitions.policies.push_back(std::move(*policy));
    }
    return policy::Library::compile(definitions);
}

}  // namespace torii::controlplane
