// The first line is a line of the shell, the others are what its pipes work on.
#include "mgmt/server/command_line.h"
#include "mgmt/server/pipes.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace torii::mgmt;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::string quoted(const std::string& word) {
    std::string out = "\"";
    for (const char character : word) {
        if (character == '"' || character == '\\') out += '\\';
        out += character;
    }
    return out + "\"";
}

// Words are what they were when they are written in quotation marks.
void come_back(const CommandLine& line) {
    std::string again;
    for (const std::string& word : line.words) again += quoted(word) + " ";
    const auto parsed = parse_command_line(again);
    require(parsed.has_value());
    require(parsed->words == line.words);
}

// A text means the same in one portion and in portions of a line each.
void have_no_seams(const std::vector<Pipe>& pipes, const std::string& text) {
    auto whole = PipeChain::make(pipes);
    auto parts = PipeChain::make(pipes);
    require(whole.has_value() == parts.has_value());
    if (!whole) return;
    std::string first = whole->feed(text);
    first += whole->finish();
    std::string second;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size() - 1) + 1;
        second += parts->feed(text.substr(start, end - start));
        start = end;
    }
    require(first == second + parts->finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\n');
    const std::string line = input.substr(0, end);
    const std::string text = end == input.npos ? "" : input.substr(end + 1);
    (void)parse_command_line(line, true);
    const auto parsed = parse_command_line(line);
    if (!parsed) {
        require(!parsed.error().message.empty());
        require(!parsed.error().column || *parsed.error().column < line.size());
        return 0;
    }
    require(parsed->columns.size() == parsed->words.size());
    require(std::ranges::is_sorted(parsed->columns));
    require(parsed->columns.empty() || parsed->columns.back() < line.size());
    come_back(*parsed);
    have_no_seams(parsed->pipes, text);
    return 0;
}
