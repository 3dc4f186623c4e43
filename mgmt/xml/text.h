#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace torii::xml {

// Characters of XML 1.0 in UTF-8.

// The character that `text` begins with, and its octets; nothing when those are no UTF-8.
struct Character {
    std::uint32_t code = 0;
    std::size_t size = 0;
};
[[nodiscard]] std::optional<Character> first_character(std::string_view text);

// XML 1.0 section 2.2: the rest cannot even be written as a reference.
[[nodiscard]] bool is_allowed(std::uint32_t code);

void append_utf8(std::uint32_t code, std::string& out);

// "amp", "#65" or "#x41", as between & and ;.
[[nodiscard]] Result<std::uint32_t> referenced_character(std::string_view name);

}  // namespace torii::xml
