#include "mgmt/shell/typed_text.h"

#include "mgmt/shell/pager.h"

namespace torii::shell {

std::string TypedText::key(const std::string& key) {
    if (key == "interrupt") {
        dropped_ = true;
        return "^C\n";
    }
    if (key == "enter") {
        text_ += line_ + "\n";
        line_.clear();
        return "\n";
    }
    if (key == "backspace") return erase();
    if (key == "\004") {
        // As a terminal has it: at the beginning of a line.
        ended_ = line_.empty();
        return "";
    }
    const auto first = static_cast<unsigned char>(key.front());
    // Other names of keys are longer words of ASCII.
    const bool character = key.size() == 1 ? first >= ' ' || first == '\t' : first >= 0xC0U;
    if (!character) return "";
    line_ += key;
    return key;
}

std::string TypedText::erase() {
    if (line_.empty()) return "";
    const std::size_t before = cells_of(line_);
    while (!line_.empty() && (static_cast<unsigned char>(line_.back()) & 0xC0U) == 0x80U) {
        line_.pop_back();
    }
    if (!line_.empty()) line_.pop_back();
    std::string out;
    for (std::size_t cells = before - cells_of(line_); cells > 0; --cells) out += "\b \b";
    return out;
}

}  // namespace torii::shell
