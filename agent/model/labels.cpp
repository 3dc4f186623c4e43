#include "agent/model/labels.h"

#include <algorithm>

namespace torii::model {
namespace {

bool holds(const LabelRequirement& requirement, const Labels& labels) {
    const auto found = labels.find(requirement.key);
    const bool present = found != labels.end();
    const bool listed =
        present && std::ranges::find(requirement.values, found->second) != requirement.values.end();
    switch (requirement.op) {
        case LabelOperator::in: return listed;
        case LabelOperator::not_in: return !listed;  // holds for an absent label, too
        case LabelOperator::exists: return present;
        case LabelOperator::does_not_exist: return !present;
    }
    return false;
}

}  // namespace

bool LabelSelector::matches(const Labels& labels) const {
    const bool labels_match = std::ranges::all_of(match_labels, [&](const auto& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
    });
    return labels_match && std::ranges::all_of(match_expressions, [&](const auto& requirement) {
               return holds(requirement, labels);
           });
}

bool matches_absent_is_none(const std::optional<LabelSelector>& selector, const Labels& labels) {
    return selector && selector->matches(labels);
}

bool matches_absent_is_all(const std::optional<LabelSelector>& selector, const Labels& labels) {
    return !selector || selector->matches(labels);
}

}  // namespace torii::model
