#include "agent/kube/decode_kinds.h"

#include <string_view>

namespace torii::kube {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 4648 section 4. Line breaks are let through: YAML block scalars have them.
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

}  // namespace

model::Secret decode_secret(const Field& root) {
    model::Secret secret;
    const Field data = root["data"];
    for (const auto& [name, value] : data.strings()) {
        const auto decoded = decode_base64(value);
        // The value does not go into the message: it may be the secret itself.
        if (!decoded)
            data[name].wrong(
                "Invalid value: must be base64 (RFC 4648); plain text goes "
                "into stringData");
        if (decoded) secret.data[name] = *decoded;
    }
    for (const auto& [name, value] : root["stringData"].strings()) secret.data[name] = value;
    return secret;
}

}  // namespace torii::kube
