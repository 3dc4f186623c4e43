#pragma once

#include <fmt/format.h>

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace torii {

struct MacAddress {
    std::array<std::uint8_t, 6> octets{};

    [[nodiscard]] bool is_group() const { return (octets[0] & 1U) != 0; }
    [[nodiscard]] bool is_zero() const { return *this == MacAddress{}; }
    [[nodiscard]] std::string to_string() const {
        return fmt::format("{:02x}", fmt::join(octets, ":"));
    }

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

}  // namespace torii
