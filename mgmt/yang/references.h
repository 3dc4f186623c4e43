#pragma once

#include "mgmt/yang/schema_walk.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string>

namespace torii::yang {

// The leaf that a leaf or leaf-list refers to (leafref, RFC 7950 section 9.9); null for others.
[[nodiscard]] const lysc_node* reference_target(const lysc_node* node);

// Lets all that refer to the value `before` of `target`, the key of a list, name `after`. How many
// did. That nothing in the model makes this ambiguous is a test's concern: targets are keys of
// lists at a place of their own, and no reference is a key itself.
std::size_t rename_references(const Schema& schema, boost::json::object& document,
                              const lysc_node* target, const std::string& before,
                              const boost::json::value& after);

}  // namespace torii::yang
