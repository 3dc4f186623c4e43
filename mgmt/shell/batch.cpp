#include "mgmt/shell/batch.h"

#include <utility>

namespace torii::shell {
namespace {

bool is_comment(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == line.npos || line[first] == '#' || line[first] == '!';
}

}  // namespace

bool is_edit(std::string_view line) {
    if (is_comment(line)) return true;
    line.remove_prefix(line.find_first_not_of(" \t\r"));
    const std::string_view verb = line.substr(0, line.find_first_of(" \t\r"));
    // A pipe would be of one command.
    return (verb == "set" || verb == "delete") && line.find('|') == line.npos;
}

std::string Batch::text() const {
    std::string out(first_line - 1, '\n');
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

Batch take_batch(std::deque<std::string>& lines, std::size_t first_line) {
    Batch batch{{}, first_line};
    const bool edits = is_edit(lines.front());
    do {
        batch.lines.push_back(std::move(lines.front()));
        lines.pop_front();
    } while (edits && !lines.empty() && is_edit(lines.front()));
    return batch;
}

}  // namespace torii::shell
