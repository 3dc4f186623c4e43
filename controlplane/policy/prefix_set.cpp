#include "controlplane/policy/prefix_set.h"

#include <algorithm>
#include <utility>

namespace torii::policy {
namespace {

std::size_t index_of(IpFamily family) {
    return family == IpFamily::v4 ? 0 : 1;
}

}  // namespace

Result<PrefixSet> PrefixSet::compile(std::vector<PrefixRule> rules) {
    PrefixSet set;
    std::ranges::stable_sort(rules, {}, &PrefixRule::sequence);
    for (const PrefixRule& rule : rules) {
        const std::uint8_t length = rule.prefix.length();
        const auto bits = static_cast<std::uint8_t>(address_bits(rule.prefix.family()));
        Range range{rule.sequence, rule.ge.value_or(length),
                    rule.le.value_or(rule.ge ? bits : length), rule.permit};
        if (range.shortest < length || range.longest < range.shortest || range.longest > bits) {
            return fail("entry {}: lengths must be {} <= ge <= le <= {}", rule.sequence, length,
                        bits);
        }
        set.ranges_[rule.prefix].push_back(range);
        auto& lengths = set.lengths_[index_of(rule.prefix.family())];
        if (std::ranges::find(lengths, length) == lengths.end()) lengths.push_back(length);
    }
    for (auto& lengths : set.lengths_) std::ranges::sort(lengths);
    set.rules_ = std::move(rules);
    return set;
}

bool PrefixSet::matches(const Prefix& prefix) const {
    const Range* first = nullptr;
    for (const std::uint8_t length : lengths_[index_of(prefix.family())]) {
        if (length > prefix.length()) break;
        const auto found = ranges_.find(Prefix::covering(prefix.address(), length));
        if (found == ranges_.end()) continue;
        for (const Range& range : found->second) {
            if (prefix.length() < range.shortest || prefix.length() > range.longest) continue;
            if (first == nullptr || range.sequence < first->sequence) first = &range;
            break;
        }
    }
    return first != nullptr && first->permit;
}

}  // namespace torii::policy
