#pragma once

#include "agent/kube/object.h"
#include "agent/model/snapshot.h"

#include <vector>

namespace torii::kube {

// Adds the resource to the snapshot, with the defaults and by the rules of its schema. Resources of
// kinds that the agent does not read are left out silently. What is wrong is returned, and nothing
// added then.
[[nodiscard]] std::vector<Error> decode(const Object& object, model::Snapshot& snapshot);

// The service has the addresses and conditions that this status says.
void apply_status(const boost::json::object& status, model::Service& service);
// Takes the resource out of the snapshot.
void forget(const ObjectKey& key, model::Snapshot& snapshot);

}  // namespace torii::kube
