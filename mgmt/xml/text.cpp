#include "mgmt/xml/text.h"

#include <array>
#include <charconv>
#include <utility>

namespace torii::xml {
namespace {

constexpr std::uint32_t kLargest = 0x10ffff;

unsigned octet(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

// How many octets a character has that begins with `first`; 0: none begins so.
std::size_t size_of(unsigned first) {
    if (first < 0x80U) return 1;
    if (first >= 0xc2U && first <= 0xdfU) return 2;
    if (first >= 0xe0U && first <= 0xefU) return 3;
    if (first >= 0xf0U && first <= 0xf4U) return 4;
    return 0;
}

}  // namespace

std::optional<Character> first_character(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const unsigned first = octet(text, 0);
    const std::size_t size = size_of(first);
    if (size == 0 || text.size() < size) return std::nullopt;
    if (size == 1) return Character{first, 1};
    std::uint32_t code = first & (0x7fU >> size);
    for (std::size_t index = 1; index < size; ++index) {
        if ((octet(text, index) & 0xc0U) != 0x80U) return std::nullopt;
        code = code << 6U | (octet(text, index) & 0x3fU);
    }
    // The shortest form only, and no halves of UTF-16.
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[size] || code > kLargest || (code >= 0xd800 && code <= 0xdfff)) {
        return std::nullopt;
    }
    return Character{code, size};
}

bool is_allowed(std::uint32_t code) {
    if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
    return code <= kLargest && !(code >= 0xd800 && code <= 0xdfff) && code != 0xfffe &&
           code != 0xffff;
}

void append_utf8(std::uint32_t code, std::string& out) {
    const auto add = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) return add(code);
    if (code < 0x800) {
        add(0xc0U | code >> 6U);
    } else if (code < 0x10000) {
        add(0xe0U | code >> 12U);
        add(0x80U | (code >> 6U & 0x3fU));
    } else {
        add(0xf0U | code >> 18U);
        add(0x80U | (code >> 12U & 0x3fU));
        add(0x80U | (code >> 6U & 0x3fU));
    }
    add(0x80U | (code & 0x3fU));
}

Result<std::uint32_t> referenced_character(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
        {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [known, character] : kNamed) {
        if (name == known) return static_cast<std::uint32_t>(character);
    }
    if (!name.starts_with('#')) {
        return fail("&{}; is not known: there are lt, gt, amp, quot and apos", name);
    }
    std::string_view digits = name.substr(1);
    const int base = digits.starts_with('x') ? 16 : 10;
    if (base == 16) digits.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
        !is_allowed(code)) {
        return fail("&{}; is no character that XML may have", name);
    }
    return code;
}

}  // namespace torii::xml
