#pragma once

#include "platform/base/result.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace torii::xml {

// Prefix -> namespace; the empty prefix is the default namespace.
using Prefixes = std::map<std::string, std::string>;

struct Attribute {
    std::string space;  // its namespace; empty without a prefix
    std::string name;
    std::string value;
};

struct Element {
    std::string space;  // its namespace; empty: none
    std::string name;
    std::string text;  // all character data directly in it
    std::vector<Attribute> attributes;
    std::vector<Element> children;
    // Those that can be used in it, for values that have prefixes, such as XPath.
    std::shared_ptr<const Prefixes> prefixes;

    [[nodiscard]] bool is(std::string_view of_space, std::string_view of_name) const {
        return space == of_space && name == of_name;
    }
    // The first child of this name in the same namespace, or null.
    [[nodiscard]] const Element* child(std::string_view of_name) const;
    [[nodiscard]] const std::string* attribute(std::string_view of_space,
                                               std::string_view of_name) const;
    // The text without white space around it.
    [[nodiscard]] std::string trimmed() const;
};

// More than this is refused: nobody writes it, and it would fill stack or memory.
inline constexpr std::size_t kDepthMax = 100;
inline constexpr std::size_t kElementsMax = 500'000;  // attributes count, too

// One document of XML 1.0 with namespaces, in UTF-8. Without a DTD: what needs one is refused, as
// RFC 6241 section 3 wants it. The error says in which line.
[[nodiscard]] Result<Element> parse(std::string_view text);

// As text of an element, or between the quotation marks of an attribute. What XML cannot have
// (control characters) becomes U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace torii::xml
