#pragma once

#include "mgmt/datastore/image.h"
#include "mgmt/server/command_line.h"
#include "mgmt/server/grammar.h"

#include <string>
#include <vector>

namespace torii::mgmt {

// "+ set bgp as 65000", a line each.
[[nodiscard]] inline std::string differences_text(
    const std::vector<datastore::Difference>& differences) {
    std::string out;
    for (const auto& [added, line] : differences) {
        out += fmt::format("{} {}\n", added ? '+' : '-', line);
    }
    return out.empty() ? "There are no changes.\n" : out;
}

}  // namespace torii::mgmt
