#pragma once

#include "agent/kube/store.h"
#include "agent/reconcile/cluster_config.h"

#include <string>
#include <string_view>

namespace torii::agent {

// Adds the statuses of resources of a kind of cilium.io whose status is conditions alone.
void add_condition_statuses(std::string_view kind, const reconcile::ConditionsByName& conditions,
                            const kube::Statuses& before, const std::string& now,
                            kube::Statuses& statuses);

}  // namespace torii::agent
