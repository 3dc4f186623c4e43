#pragma once

#include "mgmt/yang/problem.h"
#include "mgmt/yang/schema.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace torii::yang {

// Changes a document as one set command says. Names and values are checked now; what depends on
// other parts (references, musts) when the document is validated as a whole. On a problem nothing
// changes.
[[nodiscard]] Result<void, Problem> set_words(const Schema& schema, boost::json::object& document,
                                              Words words);

// Takes away what the words name, with everything below it.
[[nodiscard]] Result<void, Problem> delete_words(const Schema& schema,
                                                 boost::json::object& document, Words words);

// The words for a log: without secrets, and without what follows a word that is not known.
[[nodiscard]] std::string shown_words(const Schema& schema, Words words);

// A word that may come next, or a hint such as <address> for a value that has to be typed.
struct Choice {
    std::string word;
    std::string help;

    friend bool operator==(const Choice&, const Choice&) = default;
};

// What may follow `before`, whole words. Empty when those are wrong or complete.
[[nodiscard]] std::vector<Choice> choices(const Schema& schema, const boost::json::object& document,
                                          Words before, Nodes nodes = Nodes::configuration);

}  // namespace torii::yang
