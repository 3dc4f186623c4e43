#include "mgmt/shell/completion.h"

#include <fmt/format.h>

#include <algorithm>

namespace torii::shell {
namespace {

bool is_hint(const ipc::Completion& completion) {
    return completion.word().starts_with('<');
}

}  // namespace

std::string_view last_word(std::string_view line) {
    const auto space = line.find_last_of(" \t");
    return space == line.npos ? line : line.substr(space + 1);
}

std::string tab_addition(std::string_view line, const ipc::Completions& completions) {
    std::string common;
    int count = 0;
    for (const auto& completion : completions.completions()) {
        if (is_hint(completion)) continue;
        const std::string& word = completion.word();
        if (count++ == 0) {
            common = word;
            continue;
        }
        const auto [end, other] = std::ranges::mismatch(common, word);
        common.erase(end, common.end());
    }
    const std::size_t typed = last_word(line).size();
    if (count == 0 || common.size() < typed) return {};
    return common.substr(typed) + (count == 1 ? " " : "");
}

std::string completion_list(const ipc::Completions& completions) {
    std::size_t width = 0;
    for (const auto& completion : completions.completions()) {
        width = std::max(width, completion.word().size());
    }
    std::string out;
    for (const auto& completion : completions.completions()) {
        std::string line = fmt::format("  {:<{}}  {}", completion.word(), width, completion.help());
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out.empty() ? "  <Enter>\n" : out;
}

}  // namespace torii::shell
