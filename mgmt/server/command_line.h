#pragma once

#include "platform/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace torii::mgmt {

// What follows a | : its name and what it works with.
struct Pipe {
    std::string name;
    std::string argument;

    friend bool operator==(const Pipe&, const Pipe&) = default;
};

// A line taken apart. Words are parted by spaces; quotation marks hold a word together.
struct CommandLine {
    std::vector<std::string> words;
    std::vector<Pipe> pipes;
    // The line ends inside a word, which completion may go on with.
    bool in_word = false;
};

// Lines that begin with # or ! are comments and have no words.
[[nodiscard]] Result<CommandLine> parse_command_line(std::string_view line);

enum class Form { text, json, set };

// The form that the pipes ask a command for, as in | json and | display set.
[[nodiscard]] Form form_of(const std::vector<Pipe>& pipes);

// The other pipes: match and except (regular expressions), count.
[[nodiscard]] Result<std::string> apply_pipes(std::string text, const std::vector<Pipe>& pipes);

}  // namespace torii::mgmt
