#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/policy/definition.h"
#include "platform/base/pattern.h"
#include "platform/base/result.h"

#include <vector>

namespace torii::policy {

// FRR's AS path access list: the first rule whose pattern matches decides.
class AsPathSet {
public:
    [[nodiscard]] static Result<AsPathSet> compile(std::vector<AsPathRule> rules);

    [[nodiscard]] bool matches(const bgp::AsPath& path) const;
    [[nodiscard]] const std::vector<AsPathRule>& rules() const { return rules_; }

    friend bool operator==(const AsPathSet& left, const AsPathSet& right) {
        return left.rules_ == right.rules_;
    }

private:
    std::vector<AsPathRule> rules_;
    std::vector<Pattern> patterns_;  // of each
};

}  // namespace torii::policy
