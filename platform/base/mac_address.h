#pragma once

#include "platform/base/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace torii {

struct MacAddress {
    std::array<std::uint8_t, 6> octets{};

    // Six pairs of hexadecimal digits with colons between them.
    [[nodiscard]] static Result<MacAddress> parse(std::string_view text) {
        MacAddress mac;
        for (std::size_t index = 0; index < mac.octets.size(); ++index) {
            const std::string_view pair = text.substr(std::min(text.size(), 3 * index), 2);
            const auto [end, error] =
                std::from_chars(pair.data(), pair.data() + pair.size(), mac.octets[index], 16);
            const bool good = error == std::errc() && end == pair.data() + 2;
            const bool ends = index + 1 == mac.octets.size();
            if (!good || text.substr(3 * index + 2, 1) != (ends ? "" : ":")) {
                return fail("\"{}\" is no MAC address such as 52:54:00:12:34:56", text);
            }
        }
        return mac;
    }

    [[nodiscard]] bool is_group() const { return (octets[0] & 1U) != 0; }
    [[nodiscard]] bool is_zero() const { return *this == MacAddress{}; }
    [[nodiscard]] std::string to_string() const {
        return fmt::format("{:02x}", fmt::join(octets, ":"));
    }

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

}  // namespace torii
