#pragma once

#include "agent/kube/object.h"
#include "agent/model/snapshot.h"

#include <vector>

namespace torii::kube {

// Adds the resource to the snapshot, with the defaults and by the rules of its schema. Resources of
// kinds that the agent does not read are left out silently. What is wrong is returned, and nothing
// added then.
[[nodiscard]] std::vector<Error> decode(const Object& object, model::Snapshot& snapshot);

}  // namespace torii::kube
