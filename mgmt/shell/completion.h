#pragma once

#include <platform/ipc/proto/mgmt.pb.h>
#include <string>
#include <string_view>

namespace torii::shell {

// The word that the line ends in; empty after a space.
[[nodiscard]] std::string_view last_word(std::string_view line);

// What Tab adds to `line`: as much as all completions have in common, and a space when there is one
// only. Hints such as <address> add nothing.
[[nodiscard]] std::string tab_addition(std::string_view line, const ipc::Completions& completions);

// What ? and a second Tab print.
[[nodiscard]] std::string completion_list(const ipc::Completions& completions);

}  // namespace torii::shell
