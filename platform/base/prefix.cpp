#include "platform/base/prefix.h"

#include <algorithm>
#include <charconv>

namespace torii {
namespace {

IpAddress masked(const IpAddress& address, std::uint8_t length) {
    std::array<std::uint8_t, 16> octets = address.octets();
    for (unsigned index = 0; index < octets.size(); ++index) {
        const int kept = std::clamp<int>(length - static_cast<int>(index * 8), 0, 8);
        octets[index] = static_cast<std::uint8_t>(octets[index] & (0xff00U >> kept));
    }
    if (address.is_v6()) return IpAddress::v6(octets);
    return *IpAddress::from_bytes(Bytes(octets).first(4));
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
