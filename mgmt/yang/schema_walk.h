#pragma once

#include "mgmt/yang/schema.h"
#include "platform/base/result.h"

#include <string>
#include <string_view>
#include <vector>

struct lysc_type;

namespace torii::yang {

// The model as words see it: choices and cases are looked through, of state only those know who ask
// for it. A null parent is the top.
[[nodiscard]] std::vector<const lysc_node*> children_of(const Schema& schema,
                                                        const lysc_node* parent,
                                                        Nodes nodes = Nodes::configuration);

// The child a word names, whole or by a beginning that fits no other. The error is a sentence that
// says what there is.
[[nodiscard]] Result<const lysc_node*> child_by_word(const Schema& schema, const lysc_node* parent,
                                                     std::string_view word,
                                                     Nodes nodes = Nodes::configuration);

[[nodiscard]] std::vector<const lysc_node*> keys_of(const lysc_node* list);

// "bgp/neighbor/address", as ConfigNode::Reads and TableWish have it.
[[nodiscard]] std::string schema_path(const lysc_node* node);

// Of a leaf or leaf-list.
[[nodiscard]] const lysc_type* type_of(const lysc_node* node);

[[nodiscard]] bool is_state(const lysc_node* node);

// Whether the model says this extension of it: "on-demand".
[[nodiscard]] bool has_mark(const lysc_node* node, std::string_view extension);

// The name in JSON: with the module at the top (RFC 7951 section 4).
[[nodiscard]] std::string member_name(const lysc_node* node);

}  // namespace torii::yang
