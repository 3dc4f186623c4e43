#pragma once

#include "platform/base/result.h"

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace torii {

using CharacterSet = std::bitset<256>;

// The expression as a tree; children are numbers of nodes.
struct SyntaxNode {
    enum class Kind : std::uint8_t {
        empty,
        characters,   // one of a set
        begin,        // ^
        end,          // $
        sequence,     // left, then right
        alternative,  // left or right
        star,         // left, any number of times
        plus,
        optional,
    };
    Kind kind = Kind::empty;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    CharacterSet characters{};
};

struct Syntax {
    std::vector<SyntaxNode> nodes;
    std::uint32_t root = 0;
};

[[nodiscard]] Result<Syntax> parse_pattern(std::string_view text);

}  // namespace torii
