#pragma once

#include "mgmt/server/command_line.h"
#include "mgmt/yang/edit.h"
#include "platform/base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace torii::mgmt {

// A pipe as it was typed, or what is wrong with it and which ones there are.
[[nodiscard]] Result<Pipe> known_pipe(const std::vector<std::string>& words);

// What may follow a | after these words.
[[nodiscard]] std::vector<yang::Choice> pipe_choices(const std::vector<std::string>& words);

// The pipes that work on lines, one after the other: match, except, find, last, count. Text goes
// through in portions of whole lines, so that a table of any size needs no room.
class PipeChain {
public:
    PipeChain();
    ~PipeChain();
    PipeChain(PipeChain&& other) noexcept;
    PipeChain& operator=(PipeChain&& other) noexcept;

    [[nodiscard]] static Result<PipeChain> make(const std::vector<Pipe>& pipes);

    // What of a portion comes out at the other end.
    [[nodiscard]] std::string feed(std::string text);
    // What was held back until the end.
    [[nodiscard]] std::string finish();

    class Stage;

private:
    std::vector<std::unique_ptr<Stage>> stages_;
};

}  // namespace torii::mgmt
