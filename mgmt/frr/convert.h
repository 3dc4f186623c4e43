#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace torii::frr {

// What became of a line of an FRR configuration.
enum class Fate {
    mapped,
    meaningless,  // there is nothing to set here; the note says why
    unsupported,  // FRR would do something that the router will not do; the note says what
};

struct Line {
    std::size_t number = 0;  // from 1
    std::string text;        // without the spaces around it, passwords replaced
    Fate fate = Fate::mapped;
    std::string note;
};

// A set command: the words after "set".
struct Command {
    std::size_t line = 0;  // that asks for it; 0: a default of FRR that differs from ours
    std::vector<std::string> words;
    std::string note{};
};

struct Conversion {
    std::vector<Line> lines;  // those that say something, in order
    std::vector<Command> commands;
};

// Reads a configuration of FRR (frr.conf, show running-config) into set commands of the same
// meaning. Names and values are taken over as they are: who applies the commands says which of them
// the model refuses. What FRR does by default and we do not is written out.
[[nodiscard]] Conversion convert(std::string_view text);

// A command for people: words with spaces in quotation marks, passwords replaced.
[[nodiscard]] std::string shown(const std::vector<std::string>& words);

}  // namespace torii::frr
