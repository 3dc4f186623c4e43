#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace torii::show {

// Time passed as FRR writes it: 00:03:38, 2d04h11m, 03w1d05h.
[[nodiscard]] std::string elapsed(std::uint64_t seconds);

// "Mon Nov 23 02:05:04 2026", local time.
[[nodiscard]] std::string date_text(std::int64_t unix_seconds);

// Of an address or a prefix.
[[nodiscard]] bool is_ipv6(std::string_view text);

// 4 or 16 octets as an address, 6 as a MAC address, others in hexadecimal.
[[nodiscard]] std::string octets_text(const std::string& octets);

// Columns as wide as their widest cell, two spaces apart. Cells of numbers stand right.
class Table {
public:
    explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.size() == 1; }
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace torii::show
