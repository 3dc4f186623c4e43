#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::shell {

// A line from the terminal, with history, Tab and ? (libedit).
class LineEditor {
public:
    // Asks what may follow a line.
    using Complete = std::function<ipc::Completions(const std::string& line)>;

    explicit LineEditor(Complete complete);
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;
    ~LineEditor();

    // Nothing at the end of the input (Ctrl-D). Ctrl-C gives an empty line.
    [[nodiscard]] std::optional<std::string> read(const std::string& prompt);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace torii::shell
