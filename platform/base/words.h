#pragma once

#include "platform/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace torii {

// A word of a line: what it says without its quotation marks, and where it stands.
struct Word {
    std::string text;
    std::size_t column = 0;  // octets before it in the line
    bool mark = false;       // one of the marks asked for, unquoted
};

struct SplitLine {
    std::vector<Word> words;
    // The line ends inside a word, which completion may go on with.
    bool in_word = false;
};

// Takes a line apart at spaces and tabs. Quotation marks hold a word together; within them a
// backslash stands before a character that is meant as it is. Each of `marks` is a word of its own
// wherever it stands unquoted. An open quotation mark is an error.
[[nodiscard]] Result<SplitLine> split_line(std::string_view line, std::string_view marks = {});

// The text as one word of a line, from which split_line() gets it again; in quotation marks where
// it would be something else without them, `|` being the mark.
[[nodiscard]] std::string quoted_word(std::string_view text);

}  // namespace torii
