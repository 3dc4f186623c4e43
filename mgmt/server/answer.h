#pragma once

#include "mgmt/server/grammar.h"
#include "mgmt/server/pipes.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torii::mgmt {

// A command at work for one session. Its text goes through the pipes and to the client portion by
// portion: the next one is made when the client asks for it, so a table of any size is never held
// here, and a client that reads no further costs nothing.
class Answer : public std::enable_shared_from_this<Answer> {
public:
    // One portion, or the end; `more` says that it goes on.
    using Give = std::function<void(const Output&, bool more)>;

    Answer(PipeChain chain, Give give) : chain_(std::move(chain)), give_(std::move(give)) {}

    // The command's own Done.
    void take(Output output);
    // The client wants the next portion, which goes to `give`.
    void go_on(Give give);
    // Nobody wants the rest. What the command changes it changes all the same.
    void stop() { give_ = nullptr; }
    // It ends with this in the place of what is left: now, or when the client asks for more.
    void end_with(const Output& output);
    [[nodiscard]] bool waits_for_client() const { return more_ != nullptr; }

private:
    void ask(const std::function<void(const Done&)>& more);

    PipeChain chain_;
    Give give_;
    std::function<void(const Done&)> more_;  // while the client has a portion
};

}  // namespace torii::mgmt
