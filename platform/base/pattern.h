#pragma once

#include "platform/base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace torii {

// A regular expression as operators write it for AS paths and communities: literals . [] () | * + ?
// ^ $ and _, which stands for a border between numbers. It becomes a table in compile(), so that
// matching is one look-up per character, whatever the pattern and whatever a peer sends.
class Pattern {
public:
    // Refuses what is no expression, and those whose table would be too large: "TEXT" and what it
    // has that it should not.
    [[nodiscard]] static Result<Pattern> compile(std::string_view text);

    // Whether it matches anywhere in `subject`.
    [[nodiscard]] bool matches(std::string_view subject) const;
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::size_t states() const { return outcomes_.size(); }

    friend bool operator==(const Pattern& left, const Pattern& right) {
        return left.text_ == right.text_;
    }

private:
    friend class PatternCompiler;
    using State = std::uint16_t;
    struct Outcome {
        bool matched = false;         // whatever follows
        bool matched_at_end = false;  // if nothing follows
    };

    Pattern() = default;

    std::string text_;
    std::array<std::uint8_t, 256> classes_{};  // characters that the pattern does not tell apart
    std::size_t class_count_ = 0;
    std::vector<State> next_;  // by state and class
    std::vector<Outcome> outcomes_;
};

}  // namespace torii
