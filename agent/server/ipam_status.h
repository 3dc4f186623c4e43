#pragma once

#include "agent/ipam/allocator.h"
#include "agent/kube/store.h"

#include <string>

namespace torii::agent {

// What LB-IPAM says of services and pools, in the shape of their resources' statuses. A condition
// that is as `before` keeps the time of its last transition, others get `now` (RFC 3339).
[[nodiscard]] kube::Statuses ipam_statuses(const ipam::Assignment& assignment,
                                           const model::Snapshot& snapshot,
                                           const kube::Statuses& before, const std::string& now);

}  // namespace torii::agent
