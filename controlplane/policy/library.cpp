#include "controlplane/policy/library.h"

#include "controlplane/bgp/community.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace torii::policy {
namespace {

constexpr const char* kCommunitySetNames[] = {"community-set", "extended-community-set",
                                              "large-community-set"};

template <class Set, class Definition, class Compile>
Result<void> compile_sets(const char* kind, const std::vector<Definition>& definitions,
                          const Compile& compile, Library::Sets<Set>& out) {
    for (const Definition& definition : definitions) {
        auto set = compile(definition.rules);
        if (!set) return fail("{} {}: {}", kind, definition.name, set.error().message);
        out[definition.name] = std::make_shared<const Set>(std::move(*set));
    }
    return {};
}

template <class Set>
Result<void> find(const char* kind, const std::optional<std::string>& name,
                  const Library::Sets<Set>& sets, std::shared_ptr<const Set>& out) {
    if (!name) return {};
    const auto found = sets.find(*name);
    if (found == sets.end()) return fail("there is no {} {}", kind, *name);
    out = found->second;
    return {};
}

template <class T, class Parse>
Result<void> parse_all(const std::vector<std::string>& texts, const Parse& parse,
                       std::vector<T>& out) {
    for (const std::string& text : texts) {
        const auto community = parse(text);
        if (!community) return unexpected(community.error());
        out.push_back(*community);
    }
    return {};
}

Result<void> parse_added(const Change& change, StatementParts& parts) {
    const auto of = [&](CommunityKind kind) -> const std::vector<std::string>& {
        return change.communities[static_cast<std::size_t>(kind)].add;
    };
    if (auto done = parse_all(of(CommunityKind::standard), bgp::parse_community, parts.added);
        !done) {
        return done;
    }
    if (auto done = parse_all(of(CommunityKind::extended), bgp::parse_extended_community,
                              parts.added_extended);
        !done) {
        return done;
    }
    return parse_all(of(CommunityKind::large), bgp::parse_large_community, parts.added_large);
}

}  // namespace

Result<Library> Library::compile(const Definitions& definitions) {
    Library library;
    if (auto done = compile_sets("prefix-set", definitions.prefix_sets, PrefixSet::compile,
                                 library.prefix_sets_);
        !done) {
        return unexpected(done.error());
    }
    if (auto done = compile_sets("as-path-set", definitions.as_path_sets, AsPathSet::compile,
                                 library.as_path_sets_);
        !done) {
        return unexpected(done.error());
    }
    for (const CommunityKind kind : kCommunityKinds) {
        const auto index = static_cast<std::size_t>(kind);
        auto done = compile_sets(
            kCommunitySetNames[index], definitions.communities[index],
            [kind](const auto& rules) { return CommunitySet::compile(kind, rules); },
            library.community_sets_[index]);
        if (!done) return unexpected(done.error());
    }
    for (const PolicyDefinition& policy : definitions.policies) {
        if (auto done = library.add_policy(policy); !done) {
            return fail("policy {}: {}", policy.name, done.error().message);
        }
    }
    return library;
}

Result<void> Library::add_policy(const PolicyDefinition& definition) {
    PolicyDefinition ordered = definition;
    std::ranges::stable_sort(ordered.statements, {}, &Statement::sequence);
    std::vector<StatementParts> parts;
    for (const Statement& statement : ordered.statements) {
        auto found = look_up(statement);
        if (!found) return fail("statement {}: {}", statement.sequence, found.error().message);
        parts.push_back(std::move(*found));
    }
    policies_[definition.name] =
        std::make_shared<const Policy>(std::move(ordered), std::move(parts));
    return {};
}

Result<StatementParts> Library::look_up(const Statement& statement) const {
    StatementParts parts;
    const Match& match = statement.match;
    std::vector<Result<void>> steps;
    steps.push_back(find("prefix-set", match.prefix_set, prefix_sets_, parts.prefixes));
    steps.push_back(find("prefix-set", match.next_hop_set, prefix_sets_, parts.next_hops));
    steps.push_back(find("as-path-set", match.as_path_set, as_path_sets_, parts.as_paths));
    for (std::size_t kind = 0; kind < kCommunityKindCount; ++kind) {
        steps.push_back(find(kCommunitySetNames[kind], match.communities[kind],
                             community_sets_[kind], parts.communities[kind]));
        steps.push_back(find(kCommunitySetNames[kind], statement.change.communities[kind].remove,
                             community_sets_[kind], parts.removed[kind]));
    }
    steps.push_back(parse_added(statement.change, parts));
    for (const Result<void>& step : steps) {
        if (!step) return unexpected(step.error());
    }
    return parts;
}

void Library::keep(const Library& before) {
    for (auto& [name, policy] : policies_) {
        const auto known = before.policies_.find(name);
        if (known != before.policies_.end() && *known->second == *policy) policy = known->second;
    }
}

Result<Chain> Library::chain(std::span<const std::string> names) const {
    std::vector<std::shared_ptr<const Policy>> policies;
    for (const std::string& name : names) {
        const auto found = policies_.find(name);
        if (found == policies_.end()) return fail("there is no policy {}", name);
        policies.push_back(found->second);
    }
    return Chain(std::move(policies));
}

}  // namespace torii::policy
