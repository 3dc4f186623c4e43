#include "mgmt/show/text.h"

#include "platform/base/ip_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <span>

namespace torii::show {
namespace {

constexpr std::uint64_t kHour = 3600;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kWeek = 7 * kDay;

bool is_number(std::string_view cell) {
    return !cell.empty() && cell.find_first_not_of("0123456789") == cell.npos;
}

// A column is one of numbers when each cell below the header is a number or a dash.
bool is_number_column(const std::vector<std::vector<std::string>>& rows, std::size_t column) {
    bool any = false;
    for (std::size_t row = 1; row < rows.size(); ++row) {
        if (column >= rows[row].size()) continue;
        const std::string& cell = rows[row][column];
        if (is_number(cell)) any = true;
        if (!is_number(cell) && cell != "-" && !cell.empty()) return false;
    }
    return any;
}

}  // namespace

std::string elapsed(std::uint64_t seconds) {
    if (seconds < kDay) {
        return fmt::format("{:02}:{:02}:{:02}", seconds / kHour, seconds / 60 % 60, seconds % 60);
    }
    if (seconds < kWeek) {
        return fmt::format("{}d{:02}h{:02}m", seconds / kDay, seconds / kHour % 24,
                           seconds / 60 % 60);
    }
    return fmt::format("{:02}w{}d{:02}h", seconds / kWeek, seconds / kDay % 7,
                       seconds / kHour % 24);
}

std::string date_text(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    localtime_r(&time, &parts);
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts);
    return {text.data(), size};
}

bool is_ipv6(std::string_view text) {
    return text.find(':') != text.npos;
}

std::string octets_text(const std::string& octets) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
    if (octets.size() == 4 || octets.size() == 16) {
        const auto address = IpAddress::from_bytes(bytes);
        if (address) return address->to_string();
    }
    return fmt::format("{:02x}", fmt::join(bytes, octets.size() == 6 ? ":" : ""));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (const auto& row : rows_) widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < widths.size(); ++column) {
        for (const auto& row : rows_) {
            if (column < row.size()) widths[column] = std::max(widths[column], row[column].size());
        }
        right.push_back(is_number_column(rows_, column));
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (column != 0) line += "  ";
            line += right[column] ? fmt::format("{:>{}}", row[column], widths[column])
                                  : fmt::format("{:<{}}", row[column], widths[column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

}  // namespace torii::show
