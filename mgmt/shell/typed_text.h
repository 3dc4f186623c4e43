#pragma once

#include <string>

namespace torii::shell {

// What is typed or pasted until Ctrl-D, line by line. The terminal's own editing of lines would cut
// them at 4,095 octets.
class TypedText {
public:
    // A key as KeyByKey names it. What it changes on the screen.
    std::string key(const std::string& key);

    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] bool dropped() const { return dropped_; }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string erase();

    std::string text_;  // whole lines
    std::string line_;  // being typed
    bool ended_ = false;
    bool dropped_ = false;
};

}  // namespace torii::shell
