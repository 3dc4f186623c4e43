#include "mgmt/shell/pager.h"

#include "platform/base/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <utility>

namespace torii::shell {
namespace {

constexpr std::string_view kEraseLine = "\r\033[K";
constexpr std::string_view kEraseScreen = "\033[H\033[2J";
constexpr std::string_view kHelp = "space page, Enter line, b back, / search, n next, g G, q quit";

}  // namespace

std::size_t cells_of(std::string_view text) {
    std::size_t cells = 0;
    std::mbstate_t state{};
    while (!text.empty()) {
        wchar_t character = 0;
        const std::size_t used = std::mbrtowc(&character, text.data(), text.size(), &state);
        if (used == 0 || used > text.size()) {
            // Not of this locale: shown as one cell an octet.
            state = {};
            ++cells;
            text.remove_prefix(1);
            continue;
        }
        const int width = ::wcwidth(character);
        cells += width > 0 ? static_cast<std::size_t>(width) : 0;
        text.remove_prefix(used);
    }
    return cells;
}

void Pager::take(const std::string& text) {
    std::size_t start = 0;
    while (true) {
        const auto end = text.find('\n', start);
        if (end == text.npos) break;
        lines_.push_back(std::exchange(open_line_, {}) + text.substr(start, end - start));
        start = end + 1;
    }
    open_line_ += text.substr(start);
}

bool Pager::have(std::size_t line) {
    while (line >= lines_.size() && !complete_) {
        if (const auto portion = source_()) {
            take(*portion);
            continue;
        }
        complete_ = true;
        if (!open_line_.empty()) lines_.push_back(std::exchange(open_line_, {}));
    }
    return line < lines_.size();
}

void Pager::read_all() {
    while (!complete_) (void)have(lines_.size());
}

std::size_t Pager::rows_of(std::size_t line) const {
    const std::size_t cells = cells_of(lines_[line]);
    return cells == 0 || columns_ == 0 ? 1 : (cells + columns_ - 1) / columns_;
}

std::size_t Pager::page_before(std::size_t line) const {
    std::size_t rows = 0;
    while (line > 0) {
        rows += rows_of(line - 1);
        if (rows > page_rows()) break;
        --line;
    }
    return line;
}

std::string Pager::begin() {
    return forward(page_rows());
}

// Prints below what is there.
std::string Pager::forward(std::size_t rows) {
    std::string out(kEraseLine);
    std::size_t used = 0;
    while (have(next_)) {
        used += rows_of(next_);
        if (used > rows && used != rows_of(next_)) break;
        out += lines_[next_++] + "\r\n";
    }
    top_ = page_before(next_);
    // Whether this was the last line is to be known before anyone presses a key for nothing.
    return out + (have(next_) ? prompt() : finish());
}

std::string Pager::show_from(std::size_t line) {
    top_ = line;
    next_ = line;
    return std::string(kEraseScreen) + forward(page_rows());
}

std::string Pager::back(std::size_t lines) {
    return show_from(top_ > lines ? top_ - lines : 0);
}

std::string Pager::to_end() {
    read_all();
    return show_from(page_before(lines_.size()));
}

std::string Pager::finish() {
    ended_ = true;
    return {};
}

std::string Pager::prompt(const std::string& remark) {
    const std::string text = remark.empty() ? "--More--" : fmt::format("--More-- ({})", remark);
    return fmt::format("{}\033[7m{}\033[0m", kEraseLine, text);
}

std::string Pager::search(std::size_t from) {
    const auto expression = Expression::compile(expression_);
    if (!expression) {
        return prompt(fmt::format("\"{}\": {}", expression_, expression.error().message));
    }
    std::optional<std::size_t> found;
    for (std::size_t line = from; !found && have(line); ++line) {
        if (expression->found_in(lines_[line])) found = line;
    }
    if (!found) return prompt(fmt::format("\"{}\" is not found", expression_));
    return show_from(*found);
}

std::string Pager::search_key(const std::string& key) {
    if (key == "interrupt" || key == "escape") {
        typing_.reset();
        return prompt();
    }
    if (key == "enter") {
        if (!typing_->empty()) expression_ = *typing_;
        typing_.reset();
        return expression_.empty() ? prompt() : search(top_ + 1);
    }
    if (key == "backspace") {
        // A whole character of UTF-8.
        while (!typing_->empty()) {
            const auto octet = static_cast<unsigned char>(typing_->back());
            typing_->pop_back();
            if ((octet & 0xC0U) != 0x80U) break;
        }
    } else if (static_cast<unsigned char>(key.front()) >= ' ' &&
               (key.size() == 1 || static_cast<unsigned char>(key.front()) >= 0x80U)) {
        *typing_ += key;
    }
    return fmt::format("{}/{}", kEraseLine, *typing_);
}

std::string Pager::key(const std::string& key) {
    if (typing_) return search_key(key);
    if (key == " " || key == "f" || key == "page-down") return forward(page_rows());
    if (key == "enter" || key == "j" || key == "down") return forward(1);
    if (key == "d") return forward(page_rows() / 2);
    if (key == "b" || key == "page-up") return show_from(page_before(top_));
    if (key == "k" || key == "up") return back(1);
    if (key == "u") return back(page_rows() / 2);
    if (key == "g" || key == "home") return show_from(0);
    if (key == "G" || key == "end") return to_end();
    if (key == "n" && !expression_.empty()) return search(top_ + 1);
    if (key == "/") {
        typing_ = "";
        return fmt::format("{}/", kEraseLine);
    }
    if (key == "q" || key == "interrupt") {
        ended_ = true;
        return std::string(kEraseLine);
    }
    return prompt(std::string(kHelp));
}

std::string Pager::resize(std::size_t rows, std::size_t columns) {
    rows_ = rows;
    columns_ = columns;
    return show_from(std::min(top_, lines_.empty() ? 0 : lines_.size() - 1));
}

}  // namespace torii::shell
