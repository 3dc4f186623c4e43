#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torii::shell {

// The cells that text takes on a terminal: two of a Korean syllable, none of what cannot be shown.
[[nodiscard]] std::size_t cells_of(std::string_view text);

// A text page by page: what to print for each key, without a terminal. Lines are asked for as they
// are needed, so a table of any size begins at once and ends when nobody looks on.
class Pager {
public:
    // The next portion of the text; nothing when there is no more.
    using Source = std::function<std::optional<std::string>()>;

    Pager(Source source, std::size_t rows, std::size_t columns)
        : source_(std::move(source)), rows_(rows), columns_(columns) {}

    // What is printed before the first key.
    [[nodiscard]] std::string begin();
    // What is printed for a key: a character, or a name such as "up" (terminal.h). Nothing left to
    // show ends it, as q does.
    [[nodiscard]] std::string key(const std::string& key);
    // The window has another size.
    [[nodiscard]] std::string resize(std::size_t rows, std::size_t columns);
    [[nodiscard]] bool ended() const { return ended_; }

private:
    [[nodiscard]] bool have(std::size_t line);  // reads until there is such a line, or no more
    void take(const std::string& text);
    void read_all();
    [[nodiscard]] std::size_t rows_of(std::size_t line) const;
    [[nodiscard]] std::size_t page_rows() const { return rows_ > 1 ? rows_ - 1 : 1; }
    // The first line of the page that ends with `line`.
    [[nodiscard]] std::size_t page_before(std::size_t line) const;

    [[nodiscard]] std::string forward(std::size_t rows);
    [[nodiscard]] std::string back(std::size_t lines);
    [[nodiscard]] std::string show_from(std::size_t line);
    [[nodiscard]] std::string to_end();
    [[nodiscard]] std::string search_key(const std::string& key);
    [[nodiscard]] std::string search(std::size_t from);
    [[nodiscard]] std::string prompt(const std::string& remark = {});
    [[nodiscard]] std::string finish();

    Source source_;
    std::size_t rows_;
    std::size_t columns_;
    std::vector<std::string> lines_;
    std::string open_line_;  // what came without its end
    std::size_t top_ = 0;    // the first line on the screen
    std::size_t next_ = 0;   // the first that was not printed yet
    bool complete_ = false;  // the source has no more
    bool ended_ = false;
    std::optional<std::string> typing_;  // the expression after /
    std::string expression_;
};

}  // namespace torii::shell
