#pragma once

#include "mgmt/xml/xml.h"
#include "mgmt/yang/schema.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace torii::yang {

// What is to be done with a node of an edit (RFC 6241 section 7.2).
enum class EditOperation : std::uint8_t { merge, replace, create, remove, remove_existing, none };

// The operation of that name, "delete" among them; an error for others. `none` is one only where
// it is the default of an edit.
[[nodiscard]] Result<EditOperation> edit_operation(std::string_view name);

// What is wrong with one node of an edit.
struct EditProblem {
    enum class Kind : std::uint8_t {
        unknown_element,
        unknown_namespace,
        missing_element,
        unknown_attribute,
        bad_attribute,
        invalid_value,
        exists,
        missing,
    };
    Kind kind = Kind::invalid_value;
    std::string path;  // as in Problem
    std::string message;
    std::string element;    // the name that is wrong or missing
    std::string attribute;  // of that element
    std::string space;      // the namespace that is not known
};

// Changes a document as the children of `config` say. Names and values are checked as those of set
// commands are; what depends on other parts when the document is validated as a whole. What is
// wrong is left out and told.
[[nodiscard]] std::vector<EditProblem> edit_document(const Schema& schema,
                                                     boost::json::object& document,
                                                     const xml::Element& config,
                                                     EditOperation default_operation);

}  // namespace torii::yang
