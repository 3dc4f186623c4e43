#pragma once

#include "agent/model/absence.h"
#include "agent/model/bgp_resources.h"

#include <boost/json/object.hpp>

namespace torii::kube {

// The resource as the API has it; of its owner the name alone: only the API server knows more.
// What decode() makes of it is the same again.
[[nodiscard]] boost::json::object encode(const model::BgpNodeConfig& config);
[[nodiscard]] boost::json::object encode(const model::Absence& absence);

}  // namespace torii::kube
