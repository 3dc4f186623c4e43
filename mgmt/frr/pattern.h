#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torii::frr {

using Words = std::vector<std::string>;

// Words of a line, at spaces.
[[nodiscard]] Words split(std::string_view text);
[[nodiscard]] std::string join(const Words& words, std::size_t from = 0);

// Compares words with a pattern such as "neighbor <peer> shutdown message <text>...": the
// arguments, or nothing. <text>... is the rest of the line as one argument.
[[nodiscard]] std::optional<Words> match(const Words& words, std::string_view pattern);

// A template with its arguments: "timers connect-retry $1". Each word stays one word.
[[nodiscard]] Words fill(std::string_view ours, const Words& arguments);

[[nodiscard]] bool is_number(std::string_view text);
[[nodiscard]] bool is_address(std::string_view text);
// As FRR stores it: with the host bits cleared. Empty when it is none.
[[nodiscard]] std::string network_of(std::string_view text);

}  // namespace torii::frr
