#pragma once

#include "mgmt/datastore/image.h"
#include "mgmt/server/command_line.h"
#include "mgmt/server/grammar.h"

#include <string>
#include <vector>

namespace torii::mgmt {

// Two configurations to be compared, and the form to say it in: text is the set commands that are
// only in the one ("- set bgp as 65000") or the other, set the commands that lead from one to the
// other, and a tree has braces.
struct Comparison {
    const yang::Schema* schema;
    datastore::Document from;
    datastore::Document to;
    Form form = Form::text;
    bool tree = false;
};

// Touches nothing else: may run beside the loop.
[[nodiscard]] Output comparison_output(const Comparison& comparison);

// "+ set bgp as 65000", a line each.
[[nodiscard]] std::string differences_text(const std::vector<datastore::Difference>& differences);

}  // namespace torii::mgmt
