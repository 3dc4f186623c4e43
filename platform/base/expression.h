#pragma once

#include "platform/base/result.h"

#include <cstddef>
#include <memory>
#include <regex.h>
#include <string>
#include <string_view>
#include <utility>

namespace torii {

// How many characters a POSIX extended regular expression has when its repetitions are written
// out, as the C library does before it matches: "(ab){3}" and "x+" become copies of what they
// repeat. Never less than that; of a text that is no expression some number.
[[nodiscard]] std::size_t expression_size(std::string_view text);

// A POSIX extended regular expression, as grep -E has it, for texts that people look through.
// Paths and communities of routes are matched by Pattern (pattern.h).
class Expression {
public:
    // Written out, an expression has at most so many characters, and at most so many of them in
    // repetitions, each once for every repetition that it is in. With that the C library's compiler
    // takes less than a second and 50 MB, whatever the expression.
    static constexpr std::size_t kSizeMax = 1000;
    static constexpr std::size_t kRepeatedMax = 250;
    // ^ and $ and borders of words, none of them in a repetition.
    static constexpr std::size_t kAnchorsMax = 16;

    // Refuses what is no expression, and what would take memory or time without bounds.
    [[nodiscard]] static Result<Expression> compile(const std::string& text);

    [[nodiscard]] bool found_in(const std::string& line) const;

private:
    struct Free {
        void operator()(regex_t* compiled) const;
    };
    using Compiled = std::unique_ptr<regex_t, Free>;

    explicit Expression(Compiled compiled) : compiled_(std::move(compiled)) {}

    Compiled compiled_;
};

}  // namespace torii
