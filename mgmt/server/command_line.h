#pragma once

#include "platform/base/result.h"

#include <cstddef>
#include <optional>
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

// What is wrong with a line, and where: octets before it.
struct LineError {
    std::string message;
    std::optional<std::size_t> column{};
};

// A line taken apart. Words are parted by spaces; quotation marks hold a word together.
struct CommandLine {
    std::vector<std::string> words;
    std::vector<std::size_t> columns;  // where each word begins
    std::vector<Pipe> pipes;
    // The line ends inside a word, which completion may go on with.
    bool in_word = false;
    // For completion: the words of the pipe that the line ends in, when it has pipes.
    std::optional<std::vector<std::string>> last_pipe{};
};

// Lines that begin with # or ! are comments and have no words. With `unfinished` the last pipe need
// not be complete.
[[nodiscard]] Result<CommandLine, LineError> parse_command_line(std::string_view line,
                                                                bool unfinished = false);

enum class Form { text, json, set, xml, frr, iproute };

// The form that the pipes ask a command for, as in | json and | display set.
[[nodiscard]] Form form_of(const std::vector<Pipe>& pipes);

// Whether there is a pipe of this name, and its argument.
[[nodiscard]] const Pipe* find_pipe(const std::vector<Pipe>& pipes, std::string_view name);

}  // namespace torii::mgmt
