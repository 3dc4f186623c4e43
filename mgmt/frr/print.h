#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace torii::frr {

// A configuration in FRR's words, from the set commands that make it (the words after "set", in the
// order of the model). What FRR has no words for, or means otherwise, stands in comments: lines of
// FRR to FRR, commands to convert(), which makes the same configuration of the whole text.
[[nodiscard]] std::string print(const std::vector<std::vector<std::string>>& commands);

// How such a comment begins; a set command follows.
inline constexpr std::string_view kOurs = "! torii: ";

}  // namespace torii::frr
