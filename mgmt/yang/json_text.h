#pragma once

#include "mgmt/yang/load.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <string_view>

namespace torii::yang {

// Reads a document. The problem of what is no JSON object has its line.
[[nodiscard]] Result<boost::json::object, LineProblem> parse_json(std::string_view text);

}  // namespace torii::yang
