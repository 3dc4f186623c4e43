#include "controlplane/policy/as_path_set.h"

#include <algorithm>
#include <string>
#include <utility>

namespace torii::policy {

Result<AsPathSet> AsPathSet::compile(std::vector<AsPathRule> rules) {
    AsPathSet set;
    std::ranges::stable_sort(rules, {}, &AsPathRule::sequence);
    for (const AsPathRule& rule : rules) {
        auto pattern = Pattern::compile(rule.pattern);
        if (!pattern) return fail("entry {}: pattern {}", rule.sequence, pattern.error().message);
        set.patterns_.push_back(std::move(*pattern));
    }
    set.rules_ = std::move(rules);
    return set;
}

bool AsPathSet::matches(const bgp::AsPath& path) const {
    const std::string text = path.to_string();
    for (std::size_t index = 0; index < rules_.size(); ++index) {
        if (patterns_[index].matches(text)) return rules_[index].permit;
    }
    return false;
}

}  // namespace torii::policy
