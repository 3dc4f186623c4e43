#pragma once

#include "mgmt/yang/edit.h"
#include "mgmt/yang/problem.h"
#include "mgmt/yang/schema.h"

#include <boost/json/object.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace torii::yang {

// A problem of a text, and the line that it is in; 0 where the line is not known.
struct LineProblem {
    std::size_t line = 0;
    Problem problem;

    // "line 7: bgp as: must be an AS number, 1 to 4294967295"
    [[nodiscard]] std::string text() const;
    friend bool operator==(const LineProblem&, const LineProblem&) = default;
};

enum class LoadMode {
    set,      // set and delete commands, a line each
    merge,    // JSON, braces or set commands, into what there is
    replace,  // the same, in place of what there is
};

// Changes `document` as a text says: all of it, or nothing and every problem there is. JSON begins
// with a brace; a text whose first word is set or delete is commands; the rest is what show prints
// (words, braces, semicolons). Lines that begin with # or ! are comments. Commands of LoadMode::set
// are relative to `place`, as typed ones are.
[[nodiscard]] std::vector<LineProblem> load_text(const Schema& schema,
                                                 boost::json::object& document,
                                                 std::string_view text, LoadMode mode,
                                                 Words place = {});

}  // namespace torii::yang
