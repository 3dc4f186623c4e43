#pragma once

#include "controlplane/policy/definition.h"
#include "controlplane/policy/policy.h"
#include "platform/base/result.h"

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace torii::policy {

// All policies of a configuration, compiled once per commit.
class Library {
public:
    // An error names the policy or the set, its entry, and what is wrong with it.
    [[nodiscard]] static Result<Library> compile(const Definitions& definitions);

    // Policies that `before` has too, with everything they name, become those of `before`: a
    // commit that does not change a policy changes nothing for the routes it was applied to.
    void keep(const Library& before);

    // The policies of these names, in their order.
    [[nodiscard]] Result<Chain> chain(std::span<const std::string> names) const;

    template <class Set>
    using Sets = std::map<std::string, std::shared_ptr<const Set>>;
    [[nodiscard]] const Sets<Policy>& policies() const { return policies_; }
    [[nodiscard]] const Sets<PrefixSet>& prefix_sets() const { return prefix_sets_; }
    [[nodiscard]] const Sets<AsPathSet>& as_path_sets() const { return as_path_sets_; }
    [[nodiscard]] const Sets<CommunitySet>& community_sets(CommunityKind kind) const {
        return community_sets_[static_cast<std::size_t>(kind)];
    }

private:
    [[nodiscard]] Result<void> add_policy(const PolicyDefinition& definition);
    [[nodiscard]] Result<StatementParts> look_up(const Statement& statement) const;

    Sets<PrefixSet> prefix_sets_;
    Sets<AsPathSet> as_path_sets_;
    std::array<Sets<CommunitySet>, kCommunityKindCount> community_sets_;
    Sets<Policy> policies_;
};

}  // namespace torii::policy
