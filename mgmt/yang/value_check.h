#pragma once

#include "mgmt/yang/edit.h"
#include "mgmt/yang/schema.h"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace torii::yang {

// What is wrong with the value of a leaf (or of one entry of a leaf-list), in words for a person;
// nothing when it is right. References are looked at later, when the whole tree is known.
[[nodiscard]] std::optional<std::string> check_value(const Schema& schema, const lysc_node* node,
                                                     const boost::json::value& value);

// Whether the value must not be shown, and what is shown in its place.
[[nodiscard]] bool is_secret(const lysc_node* node);
inline constexpr const char* kSecretShown = "<secret>";

// A scalar as YANG writes it: 42, true, text.
[[nodiscard]] std::string scalar_text(const boost::json::value& value);

// A word of the shell as the leaf's JSON value. No word: true of a boolean, and a leaf of type
// empty. What does not fit the type stays text, for check_value to say so.
[[nodiscard]] boost::json::value word_value(const lysc_node* node, const std::string& word);
[[nodiscard]] bool takes_no_word(const lysc_node* node);
[[nodiscard]] bool is_empty_type(const lysc_node* leaf);
// White space around a value of this leaf is part of it.
[[nodiscard]] bool is_text(const lysc_node* leaf);

// The values that can be typed, and <hint> for the ones that cannot be listed.
[[nodiscard]] std::vector<Choice> value_choices(const lysc_node* node);

}  // namespace torii::yang
