#pragma once

#include "platform/base/result.h"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace torii::kube {

// The documents of a YAML stream as JSON values, read as kubectl reads them: plain scalars become
// numbers, booleans and null, quoted ones stay strings; a key that comes twice is an error. JSON is
// YAML, too. Empty documents are null, so that the index of a document is its place in the file.
[[nodiscard]] Result<std::vector<boost::json::value>> parse_yaml(std::string_view text);

// The value as a document that parse_yaml() reads as the same value.
[[nodiscard]] std::string to_yaml(const boost::json::value& value);

}  // namespace torii::kube
