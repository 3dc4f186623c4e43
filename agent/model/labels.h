#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::model {

using Labels = std::map<std::string, std::string>;

enum class LabelOperator : std::uint8_t { in, not_in, exists, does_not_exist };

struct LabelRequirement {
    std::string key;
    LabelOperator op = LabelOperator::exists;
    std::vector<std::string> values;  // of in and not_in
    friend bool operator==(const LabelRequirement&, const LabelRequirement&) = default;
};

// A Kubernetes LabelSelector. All its parts must hold, so the empty one holds for everything.
struct LabelSelector {
    Labels match_labels;
    std::vector<LabelRequirement> match_expressions;

    [[nodiscard]] bool matches(const Labels& labels) const;
    friend bool operator==(const LabelSelector&, const LabelSelector&) = default;
};

// An absent selector means nothing in most places of the Cilium API, ...
[[nodiscard]] bool matches_absent_is_none(const std::optional<LabelSelector>& selector,
                                          const Labels& labels);
// ... and everything in nodeSelector and serviceSelector.
[[nodiscard]] bool matches_absent_is_all(const std::optional<LabelSelector>& selector,
                                         const Labels& labels);

}  // namespace torii::model
