#include "mgmt/server/command_line.h"

#include <array>
#include <regex.h>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr std::size_t kLineMax = 1 << 20;

// Words of one stretch between pipes; `bar` stands for an unquoted |.
struct Token {
    std::string text;
    bool bar = false;
};

struct Tokens {
    std::vector<Token> list;
    bool in_word = false;
};

Result<Tokens> tokenize(std::string_view line) {
    Tokens out;
    bool in_word = false;
    bool quoted = false;
    std::string word;
    const auto end_word = [&] {
        if (in_word) out.list.push_back({std::exchange(word, {}), false});
        in_word = false;
    };
    for (std::size_t index = 0; index < line.size(); ++index) {
        const char character = line[index];
        if (character == '\\' && index + 1 < line.size() && quoted) {
            word += line[++index];
        } else if (character == '"') {
            quoted = !quoted;
            in_word = true;
        } else if (quoted) {
            word += character;
        } else if (character == ' ' || character == '\t' || character == '\r' ||
                   character == '\n') {
            end_word();
        } else if (character == '|') {
            end_word();
            out.list.push_back({"|", true});
        } else {
            word += character;
            in_word = true;
        }
    }
    if (quoted) return fail("a quotation mark is open: add \" at the end of the text");
    out.in_word = in_word;
    end_word();
    return out;
}

bool is_display(const Pipe& pipe, std::string_view form) {
    return pipe.name == "display" && pipe.argument == form;
}

Result<Pipe> known_pipe(std::vector<std::string> words) {
    if (words.empty())
        return fail("nothing after |; there are json, display, match, except, count");
    Pipe pipe{std::move(words.front()), ""};
    for (std::size_t index = 1; index < words.size(); ++index) {
        pipe.argument += (index == 1 ? "" : " ") + words[index];
    }
    const bool bare = pipe.name == "json" || pipe.name == "count" || pipe.name == "compare";
    if (bare && !pipe.argument.empty()) {
        return fail("| {} takes nothing: remove \"{}\"", pipe.name, pipe.argument);
    }
    if (bare) return pipe;
    if (pipe.name == "match" || pipe.name == "except") {
        if (pipe.argument.empty()) return fail("| {} needs a regular expression", pipe.name);
        return pipe;
    }
    if (pipe.name == "display") {
        if (pipe.argument == "set" || pipe.argument == "json" || pipe.argument == "tree") {
            return pipe;
        }
        return fail("| display needs one of set, json, tree");
    }
    return fail("| {} is not known; there are json, display, match, except, count", pipe.name);
}

// A POSIX extended regular expression, as grep -E has it: no pattern makes it run away.
class Expression {
public:
    explicit Expression(const std::string& text)
        : error_(regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB)) {}
    Expression(const Expression&) = delete;
    Expression& operator=(const Expression&) = delete;
    ~Expression() {
        if (error_ == 0) regfree(&compiled_);
    }

    // Empty when it can be used.
    [[nodiscard]] std::string problem() const {
        if (error_ == 0) return {};
        std::array<char, 128> text{};
        regerror(error_, &compiled_, text.data(), text.size());
        return text.data();
    }
    [[nodiscard]] bool found_in(const std::string& line) const {
        return regexec(&compiled_, line.c_str(), 0, nullptr, 0) == 0;
    }

private:
    regex_t compiled_{};
    int error_;
};

std::string only_lines(const std::string& text, const Expression& expression, bool wanted) {
    std::string out;
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = text.find('\n', start);
        const std::string line = text.substr(start, end - start);
        if (expression.found_in(line) == wanted) out += line + "\n";
        if (end == text.npos) break;
        start = end + 1;
    }
    return out;
}

std::size_t line_count(const std::string& text) {
    std::size_t count = 0;
    for (const char character : text) count += character == '\n' ? 1 : 0;
    return count;
}

}  // namespace

Result<CommandLine> parse_command_line(std::string_view line) {
    if (line.size() > kLineMax) return fail("the line is longer than {} characters", kLineMax);
    if (line.find('\0') != line.npos) return fail("the line holds a NUL character");
    const auto first = line.find_first_not_of(" \t");
    if (first != line.npos && (line[first] == '#' || line[first] == '!')) return CommandLine{};
    auto tokens = tokenize(line);
    if (!tokens) return unexpected(tokens.error());
    CommandLine out;
    out.in_word = tokens->in_word;
    std::vector<std::vector<std::string>> parts(1);
    for (Token& token : tokens->list) {
        if (token.bar) {
            parts.emplace_back();
        } else {
            parts.back().push_back(std::move(token.text));
        }
    }
    out.words = std::move(parts.front());
    for (std::size_t index = 1; index < parts.size(); ++index) {
        auto pipe = known_pipe(std::move(parts[index]));
        if (!pipe) return unexpected(pipe.error());
        out.pipes.push_back(std::move(*pipe));
    }
    return out;
}

Form form_of(const std::vector<Pipe>& pipes) {
    for (const Pipe& pipe : pipes) {
        if (pipe.name == "json" || is_display(pipe, "json")) return Form::json;
        if (is_display(pipe, "set")) return Form::set;
    }
    return Form::text;
}

Result<std::string> apply_pipes(std::string text, const std::vector<Pipe>& pipes) {
    for (const Pipe& pipe : pipes) {
        if (pipe.name == "count") {
            text = fmt::format("Count: {} lines\n", line_count(text));
        } else if (pipe.name == "match" || pipe.name == "except") {
            const Expression expression(pipe.argument);
            if (!expression.problem().empty()) {
                return fail("| {} {}: not a regular expression: {}", pipe.name, pipe.argument,
                            expression.problem());
            }
            text = only_lines(text, expression, pipe.name == "match");
        }
    }
    return text;
}

}  // namespace torii::mgmt
