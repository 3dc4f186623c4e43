#pragma once

#include "controlplane/policy/definition.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace torii::policy {

// FRR's prefix list: the first rule whose prefix holds the route's and whose lengths fit decides;
// without one the route does not match. A look-up asks once per length that occurs in the rules.
class PrefixSet {
public:
    [[nodiscard]] static Result<PrefixSet> compile(std::vector<PrefixRule> rules);

    [[nodiscard]] bool matches(const Prefix& prefix) const;
    [[nodiscard]] const std::vector<PrefixRule>& rules() const { return rules_; }  // in order

    friend bool operator==(const PrefixSet& left, const PrefixSet& right) {
        return left.rules_ == right.rules_;
    }

private:
    struct Range {
        std::uint32_t sequence = 0;
        std::uint8_t shortest = 0;
        std::uint8_t longest = 0;
        bool permit = true;
    };

    std::vector<PrefixRule> rules_;
    std::unordered_map<Prefix, std::vector<Range>> ranges_;  // in order
    std::array<std::vector<std::uint8_t>, 2> lengths_;       // by family
};

}  // namespace torii::policy
