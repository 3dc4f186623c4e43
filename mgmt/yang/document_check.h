#pragma once

#include "mgmt/yang/problem.h"
#include "mgmt/yang/schema.h"

#include <boost/json/object.hpp>

namespace torii::yang {

// Compares a JSON document with the model: unknown names, wrong values, missing keys, entries that
// are there twice, missing mandatory nodes. libyang stops at its first error; this finds all, and
// takes what is wrong out of `document`, so that the rest can be looked at further.
[[nodiscard]] Problems check_document(const Schema& schema, boost::json::object& document);

}  // namespace torii::yang
