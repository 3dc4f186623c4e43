#pragma once

#include "mgmt/yang/problem.h"
#include "mgmt/yang/schema.h"

#include <boost/json/object.hpp>

namespace torii::yang {

// `theirs` with what changed from `base` to `mine`. Where both changed the same place to different
// things nothing can be right: each such place is a problem. Entries of lists are told apart by
// their keys, values of leaf-lists by themselves. The result is not validated.
[[nodiscard]] Result<boost::json::object, Problems> merge(const Schema& schema,
                                                          const boost::json::object& base,
                                                          const boost::json::object& mine,
                                                          const boost::json::object& theirs);

}  // namespace torii::yang
