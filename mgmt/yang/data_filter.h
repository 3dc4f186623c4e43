#pragma once

#include "mgmt/xml/xml.h"
#include "mgmt/yang/schema.h"
#include "platform/base/result.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

struct lyd_node;

namespace torii::yang {

// The nodes of a tree that a filter selects.
struct Selection {
    std::unordered_set<const lyd_node*> whole;  // with all below
    std::unordered_set<const lyd_node*> part;   // on the way to others
};

// RFC 6241 section 6. A name without a namespace matches any.
[[nodiscard]] Selection select_subtree(const lyd_node* tree, const xml::Element& filter);

// With names of modules in the place of prefixes.
[[nodiscard]] Result<std::string> translated_xpath(const Schema& schema, const std::string& xpath,
                                                   const xml::Prefixes& prefixes);

// What stands before the first `end` that is neither in quotes nor in brackets.
[[nodiscard]] std::string_view xpath_up_to(std::string_view xpath, char end);
// What "|" joins.
[[nodiscard]] std::vector<std::string_view> xpath_branches(std::string_view xpath);

// RFC 6241 section 8.9: the names of `prefixes` are namespaces.
[[nodiscard]] Result<Selection> select_xpath(const Schema& schema, const lyd_node* tree,
                                             const std::string& xpath,
                                             const xml::Prefixes& prefixes);

// Frees what is not selected. Keys of the lists on the way stay.
[[nodiscard]] lyd_node* prune(lyd_node* tree, const Selection& selection);

}  // namespace torii::yang
