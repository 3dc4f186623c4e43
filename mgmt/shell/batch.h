#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace torii::shell {

// Whether a line is a set or delete command, a comment or empty: lines that may run together, all
// or none.
[[nodiscard]] bool is_edit(std::string_view line);

// Lines that run together.
struct Batch {
    std::vector<std::string> lines;
    std::size_t first_line = 1;  // its number in what they come from

    // The text for "load set terminal": what is wrong in it is told with the numbers of the lines
    // in what they come from.
    [[nodiscard]] std::string text() const;
};

// Takes the next batch off `lines`: all edits at its front, or its first line. `first_line` is the
// number of that. Not for no lines.
[[nodiscard]] Batch take_batch(std::deque<std::string>& lines, std::size_t first_line);

}  // namespace torii::shell
