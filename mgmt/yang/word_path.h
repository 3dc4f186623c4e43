#pragma once

#include "mgmt/yang/data_filter.h"
#include "mgmt/yang/problem.h"
#include "mgmt/yang/table_wish.h"

#include <cstddef>

namespace torii::yang {

// The nodes of a tree that words lead to: {"bgp", "neighbor", "192.0.2.1"}. A list without keys
// stands for all its entries; of nothing there nothing is selected. A problem names the word that
// the model does not have.
[[nodiscard]] Result<Selection, Problem> select_words(const Schema& schema, const lyd_node* tree,
                                                      Words words,
                                                      Nodes nodes = Nodes::configuration);

// The list that is read on demand which words lead to or into; nothing when they do not.
[[nodiscard]] TableWishes tables_of_words(const Schema& schema, Words words);

// Good when the words lead to what has something below it, so that others can follow.
[[nodiscard]] Result<void, Problem> leads_to_part(const Schema& schema, Words words);

// How many of the words lead to the part that holds the one that all of them lead to.
[[nodiscard]] std::size_t words_above(const Schema& schema, Words words);

}  // namespace torii::yang
