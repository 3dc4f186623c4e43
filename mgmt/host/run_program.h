#pragma once

#include "platform/base/result.h"

#include <string>
#include <vector>

namespace torii::host {

// Runs a program to its end. Another status than 0 is an error with what it said.
[[nodiscard]] Result<void> run_program(const std::vector<std::string>& words);

}  // namespace torii::host
