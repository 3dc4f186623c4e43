#pragma once

#include "mgmt/yang/schema_walk.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torii::yang {

// What all that write a document do to its nodes.

[[nodiscard]] std::string join_path(const std::string& path, std::string_view word);
[[nodiscard]] bool is_leaf(const lysc_node* node);  // or leaf-list
[[nodiscard]] bool has_presence(const lysc_node* node);

[[nodiscard]] boost::json::array::iterator find_entry(boost::json::array& entries,
                                                      const std::vector<const lysc_node*>& keys,
                                                      std::span<const std::string> values);
[[nodiscard]] boost::json::array::iterator find_value(boost::json::array& values,
                                                      const std::string& word);

// Of a choice there is one case: setting another takes the earlier one's place.
void remove_other_cases(const lysc_node* node, boost::json::object& object);

}  // namespace torii::yang
