#pragma once

#include "mgmt/shell/batch.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace torii::shell {

// Lines from a pipe or a file. Those that are there already run together where they may; a program
// that waits for the answer to a line before it writes the next one gets it.
class ScriptInput {
public:
    explicit ScriptInput(int descriptor) : descriptor_(descriptor) {}

    // Waits for it. Nothing at the end.
    [[nodiscard]] std::optional<Batch> next();
    // Everything that is left.
    [[nodiscard]] std::string rest();

private:
    // Reads once; false at the end.
    bool read_some();
    [[nodiscard]] bool more_is_there() const;
    void split();

    int descriptor_;
    bool ended_ = false;
    std::string unread_;  // what has no end of a line yet
    std::deque<std::string> lines_;
    std::size_t next_line_ = 1;
};

}  // namespace torii::shell
