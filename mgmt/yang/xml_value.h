#pragma once

#include "mgmt/xml/xml.h"
#include "mgmt/yang/schema.h"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace torii::yang {

// The text of an element as the leaf's JSON value. What does not fit the type stays text, for
// check_value to say so.
[[nodiscard]] boost::json::value xml_value(const lysc_node* leaf, const xml::Element& element);

// What the model gives the leaf when nobody does; empty: nothing.
[[nodiscard]] std::string default_text(const lysc_node* leaf);

// A node as NETCONF names it: /bgp:bgp/bgp:neighbor[bgp:address='192.0.2.1'].
struct InstancePath {
    std::string text;
    xml::Prefixes prefixes;  // that it uses
};

// Of the path of a Problem: "bgp neighbor 192.0.2.1". As far as it can be followed.
[[nodiscard]] InstancePath instance_path(const Schema& schema, std::string_view words);

}  // namespace torii::yang
