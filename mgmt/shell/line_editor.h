#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::shell {

// A line from the terminal, with history, Tab and ? (libedit). While it waits for keys it watches
// the conversation: what comes from there is shown above the line, which stays as it is.
class LineEditor {
public:
    struct Events {
        // Asks what may follow a line.
        std::function<ipc::Completions(const std::string& line)> complete;
        // Can be read when something happened.
        std::function<int()> descriptor;
        // What happened, as lines to show; nothing when the other side is gone.
        std::function<std::optional<std::string>()> happened;
    };

    explicit LineEditor(Events events);
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;
    ~LineEditor();

    // Nothing at the end of the input (Ctrl-D). Ctrl-C gives an empty line.
    [[nodiscard]] std::optional<std::string> read(const std::string& prompt);

    // The whole lines that were pasted after the one that read() gave. What of a paste had no end
    // is in the next line that is typed.
    [[nodiscard]] std::deque<std::string> take_pasted();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace torii::shell
