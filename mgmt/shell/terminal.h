#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <termios.h>

namespace torii::shell {

struct WindowSize {
    std::size_t rows = 24;
    std::size_t columns = 80;
};

// Whether a person is in front of both ends.
[[nodiscard]] bool is_terminal();
[[nodiscard]] WindowSize window_size();
void print(const std::string& text);

// The terminal gives each key at once and echoes nothing, as long as this lives.
class KeyByKey {
public:
    KeyByKey();
    KeyByKey(const KeyByKey&) = delete;
    KeyByKey& operator=(const KeyByKey&) = delete;
    ~KeyByKey();

    // A character of UTF-8, or the name of a key: enter, backspace, escape, up, down, page-up,
    // page-down, home, end, interrupt (Ctrl-C). Nothing when the time is over, the window changed
    // or the input ended.
    [[nodiscard]] std::optional<std::string> read(
        std::optional<std::chrono::milliseconds> within = std::nullopt);
    [[nodiscard]] bool input_ended() const { return ended_; }

private:
    [[nodiscard]] std::optional<char> octet(std::optional<std::chrono::milliseconds> within);

    termios before_{};
    bool changed_ = false;
    bool ended_ = false;
};

}  // namespace torii::shell
