#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/policy/definition.h"
#include "platform/base/pattern.h"
#include "platform/base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torii::policy {

// A community of any kind in its parts, so that one matcher serves all: AS and number; the three
// numbers; kind, administrator and value.
using CommunityParts = std::array<std::uint32_t, 3>;

// FRR's community list: the first rule that fits decides. In a member * stands for any number.
class CommunitySet {
public:
    [[nodiscard]] static Result<CommunitySet> compile(CommunityKind kind,
                                                      std::vector<CommunityRule> rules);

    // `exact`: the route has no community that the rule does not name.
    [[nodiscard]] bool matches(const bgp::PathAttributes& attributes, bool exact) const;
    // Removes those that the set permits one by one.
    void remove_from(bgp::PathAttributes& attributes) const;
    [[nodiscard]] const std::vector<CommunityRule>& rules() const { return rules_; }

    friend bool operator==(const CommunitySet& left, const CommunitySet& right) {
        return left.kind_ == right.kind_ && left.rules_ == right.rules_;
    }

private:
    // Parts that are absent may be anything.
    using Member = std::array<std::optional<std::uint32_t>, 3>;
    struct Compiled {
        bool permit = true;
        std::vector<Member> members;
        std::optional<Pattern> pattern;
    };

    static Result<Member> parse_member(CommunityKind kind, std::string_view text);
    [[nodiscard]] static bool fits(const Member& member, const CommunityParts& community);
    [[nodiscard]] static bool fits(const Compiled& rule, const std::vector<CommunityParts>& all,
                                   bool exact);
    [[nodiscard]] bool permits(const CommunityParts& community, const std::string& text) const;
    template <class T>
    void remove(std::vector<T>& communities) const;

    CommunityKind kind_ = CommunityKind::standard;
    std::vector<CommunityRule> rules_;
    std::vector<Compiled> compiled_;  // of each
};

}  // namespace torii::policy
