#pragma once

#include <string>
#include <string_view>
#include <vector>

struct lyd_node;

// Trees of libyang as text, for this folder. What is a default of the model is left out.
namespace torii::yang {

// The top-level nodes in the order they are shown in.
[[nodiscard]] std::vector<const lyd_node*> sections(const lyd_node* tree);
[[nodiscard]] std::string braces_of(const lyd_node* tree);
[[nodiscard]] std::string xml_of(const lyd_node* tree);
[[nodiscard]] std::string json_of(const lyd_node* tree);
// "set bgp as 65000" for each leaf, and for entries without any.
void write_set(const lyd_node* node, const std::string& before, std::vector<std::string>& out);

}  // namespace torii::yang
