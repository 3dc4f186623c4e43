#include "platform/base/prefix.h"

#include <algorithm>
#include <charconv>

namespace torii {
namespace {

IpAddress masked(const IpAddress& address, std::uint8_t length) {
    if (address.is_v4()) {
        // Shifting by all 32 bits is undefined.
        const std::uint32_t mask = length == 0 ? 0 : ~std::uint32_t{0} << (32U - length);
        return IpAddress::v4(address.v4_number() & mask);
    }
    std::array<std::uint8_t, 16> octets = address.octets();
    const std::size_t whole = length / 8;
    if (whole < octets.size()) {
        octets[whole] = static_cast<std::uint8_t>(octets[whole] & (0xff00U >> length % 8));
        std::fill(octets.begin() + static_cast<std::ptrdiff_t>(whole) + 1, octets.end(),
                  std::uint8_t{0});
    }
    return IpAddress::v6(octets);
}

Result<InterfaceAddress> split(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return fail("\"{}\" has no prefix length: write ADDRESS/LENGTH", text);
    }
    const Result<IpAddress> address = IpAddress::parse(text.substr(0, slash));
    if (!address) return unexpected(address.error());
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (code != std::errc{} || end != digits.data() + digits.size() ||
        length > address_bits(address->family())) {
        return fail("\"{}\": the prefix length must be 0 to {}", text,
                    address_bits(address->family()));
    }
    return InterfaceAddress{*address, static_cast<std::uint8_t>(length)};
}

}  // namespace

Result<Prefix> Prefix::make(const IpAddress& address, std::uint8_t length) {
    if (length > address_bits(address.family())) {
        return fail("prefix length {} is beyond {}", length, address_bits(address.family()));
    }
    return covering(address, length);
}

Prefix Prefix::covering(const IpAddress& address, std::uint8_t length) {
    Prefix prefix;
    prefix.length_ = std::min(length, address_bits(address.family()));
    prefix.address_ = masked(address, prefix.length_);
    return prefix;
}

Prefix Prefix::host(const IpAddress& address) {
    return covering(address, address_bits(address.family()));
}

Result<Prefix> Prefix::parse(std::string_view text) {
    const Result<InterfaceAddress> parts = split(text);
    if (!parts) return unexpected(parts.error());
    const Prefix prefix = parts->network();
    if (prefix.address() != parts->address) {
        return fail("\"{}\" has host bits set: the prefix is {}", text, prefix.to_string());
    }
    return prefix;
}

bool Prefix::contains(const IpAddress& address) const {
    return address.family() == family() && masked(address, length_) == address_;
}

bool Prefix::contains(const Prefix& other) const {
    return other.length_ >= length_ && contains(other.address_);
}

std::string Prefix::to_string() const {
    return fmt::format("{}/{}", address_.to_string(), length_);
}

Result<InterfaceAddress> InterfaceAddress::parse(std::string_view text) {
    return split(text);
}

std::string InterfaceAddress::to_string() const {
    return fmt::format("{}/{}", address.to_string(), length);
}

}  // namespace torii
