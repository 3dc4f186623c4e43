#include "agent/kube/base64.h"

#include <cstdint>

namespace torii::kube {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    std::string decoded;
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::size_t characters = 0;
    std::size_t padding = 0;
    for (const char character : text) {
        if (character == '\n' || character == '\r') continue;
        ++characters;
        if (character == '=') {
            ++padding;
            continue;
        }
        const std::size_t value = kAlphabet.find(character);
        if (value == std::string_view::npos || padding > 0) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        decoded += static_cast<char>(bits >> count & 0xFFU);
    }
    if (characters % 4 != 0 || padding > 2) return std::nullopt;
    return decoded;
}

}  // namespace torii::kube
