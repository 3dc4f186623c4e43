#pragma once

#include "mgmt/yang/schema.h"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace torii::yang {

// What leads from one document to another. Secrets are compared as they are and shown as none.
// Entries of a list whose order has a meaning and changed are all named.
struct DocumentDifference {
    // In braces, with the places above: "-     as 65000;" is gone, "+     as 65001;" is new.
    std::string tree;
    // "delete bgp neighbor 192.0.2.1", "set bgp as 65001": typed one after the other they do it.
    std::vector<std::string> commands;
};

[[nodiscard]] DocumentDifference difference(const Schema& schema, const boost::json::object& from,
                                            const boost::json::object& to);

}  // namespace torii::yang
