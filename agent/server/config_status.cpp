#include "agent/server/config_status.h"

#include "agent/server/condition_list.h"

#include <utility>

namespace torii::agent {

void add_condition_statuses(std::string_view kind, const reconcile::ConditionsByName& conditions,
                            const kube::Statuses& before, const std::string& now,
                            kube::Statuses& statuses) {
    for (const auto& [name, told] : conditions) {
        const kube::ObjectKey key{"cilium.io/v2", std::string(kind), "", name};
        ConditionList list(before, key, now);
        for (const model::StatusCondition& condition : told) list.add(condition);
        statuses[key] = {{"conditions", std::move(list).take()}};
    }
}

}  // namespace torii::agent
