#pragma once

#include "mgmt/show/state_data.h"

#include <boost/json/object.hpp>

#include <string>

namespace torii::show {

// The daemons with what they use, and the sockets of what the router offers beside its protocols.
[[nodiscard]] std::string services_text(const RouterState& state);
[[nodiscard]] boost::json::object services_json(const RouterState& state);

}  // namespace torii::show
