#include "mgmt/server/command_line.h"

#include "mgmt/server/pipes.h"
#include "platform/base/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr std::size_t kLineMax = 1 << 20;

LineError too_odd(std::string message) {
    return {std::move(message), std::nullopt};
}

}  // namespace

Result<CommandLine, LineError> parse_command_line(std::string_view line, bool unfinished) {
    if (line.size() > kLineMax) {
        return unexpected(too_odd(fmt::format("the line is longer than {} characters", kLineMax)));
    }
    if (line.find('\0') != line.npos) return unexpected(too_odd("the line holds a NUL character"));
    const auto first = line.find_first_not_of(" \t");
    if (first != line.npos && (line[first] == '#' || line[first] == '!')) return CommandLine{};
    auto split = split_line(line, "|");
    if (!split) return unexpected(LineError{split.error().message, line.rfind('"')});
    CommandLine out;
    out.in_word = split->in_word;
    std::vector<std::vector<Word>> parts(1);
    std::vector<std::size_t> bars;
    for (Word& word : split->words) {
        if (word.mark) {
            parts.emplace_back();
            bars.push_back(word.column);
        } else {
            parts.back().push_back(std::move(word));
        }
    }
    for (Word& word : parts.front()) {
        out.words.push_back(std::move(word.text));
        out.columns.push_back(word.column);
    }
    for (std::size_t index = 1; index < parts.size(); ++index) {
        std::vector<std::string> words;
        for (const Word& word : parts[index]) words.push_back(word.text);
        if (unfinished && index + 1 == parts.size()) {
            out.last_pipe = std::move(words);
            break;
        }
        auto pipe = known_pipe(words);
        if (!pipe) {
            const auto& wrong = parts[index];
            const std::size_t column = wrong.empty() ? bars[index - 1] : wrong.front().column;
            return unexpected(LineError{pipe.error().message, column});
        }
        out.pipes.push_back(std::move(*pipe));
    }
    return out;
}

Form form_of(const std::vector<Pipe>& pipes) {
    for (const Pipe& pipe : pipes) {
        if (pipe.name == "json") return Form::json;
        if (pipe.name != "display") continue;
        if (pipe.argument == "json") return Form::json;
        if (pipe.argument == "set") return Form::set;
        if (pipe.argument == "xml") return Form::xml;
        if (pipe.argument == "frr") return Form::frr;
        if (pipe.argument == "linux") return Form::iproute;
    }
    return Form::text;
}

const Pipe* find_pipe(const std::vector<Pipe>& pipes, std::string_view name) {
    const auto found = std::ranges::find(pipes, name, &Pipe::name);
    return found == pipes.end() ? nullptr : &*found;
}

}  // namespace torii::mgmt
