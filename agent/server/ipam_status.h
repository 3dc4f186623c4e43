#pragma once

#include "agent/ipam/allocator.h"

#include <boost/json/object.hpp>

#include <map>
#include <string>

namespace torii::agent {

// Statuses of resources by the names of their files: resources of which only what names them and
// the status is there.
using StatusDocuments = std::map<std::string, boost::json::object>;

// What LB-IPAM says of services and pools, in the shape of their resources' statuses. A condition
// that is as `before` keeps the time of its last transition, others get `now` (RFC 3339).
[[nodiscard]] StatusDocuments ipam_statuses(const ipam::Assignment& assignment,
                                            const model::Snapshot& snapshot,
                                            const StatusDocuments& before, const std::string& now);

}  // namespace torii::agent
