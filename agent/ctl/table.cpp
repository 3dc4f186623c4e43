#include "agent/ctl/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace torii::agent {
namespace {

constexpr std::size_t kPadding = 3;
constexpr std::size_t kWidthMin = 5;  // with the padding

}  // namespace

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()), kWidthMin);
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size() + kPadding);
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += fmt::format("{:<{}}", row[column], widths[column]);
        }
        line.resize(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::string format_duration(unsigned long long seconds) {
    const auto hours = seconds / 3600;
    const auto minutes = seconds / 60 % 60;
    if (hours > 0) return fmt::format("{}h{}m{}s", hours, minutes, seconds % 60);
    if (minutes > 0) return fmt::format("{}m{}s", minutes, seconds % 60);
    return fmt::format("{}s", seconds);
}

}  // namespace torii::agent
