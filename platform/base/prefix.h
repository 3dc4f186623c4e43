#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/result.h"

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace torii {

// An IP prefix. Host bits are zero by construction.
class Prefix {
public:
    constexpr Prefix() = default;  // 0.0.0.0/0

    // Clears the host bits of `address`; a length beyond the family's is an error.
    [[nodiscard]] static Result<Prefix> make(const IpAddress& address, std::uint8_t length);
    // As make(), for lengths known to fit: larger ones are cut to the family's.
    [[nodiscard]] static Prefix covering(const IpAddress& address, std::uint8_t length);
    // Of a table that holds prefixes: the host bits are known to be zero.
    [[nodiscard]] static constexpr Prefix exact(const IpAddress& network, std::uint8_t length) {
        Prefix prefix;
        prefix.address_ = network;
        prefix.length_ = length;
        return prefix;
    }
    // The /32 or /128 of one address.
    [[nodiscard]] static Prefix host(const IpAddress& address);
    // "10.0.0.0/8" or "fd00::/64". Host bits that are set are an error: they are a typing mistake.
    [[nodiscard]] static Result<Prefix> parse(std::string_view text);

    [[nodiscard]] constexpr const IpAddress& address() const { return address_; }
    [[nodiscard]] constexpr std::uint8_t length() const { return length_; }
    [[nodiscard]] constexpr IpFamily family() const { return address_.family(); }
    [[nodiscard]] bool contains(const IpAddress& address) const;
    [[nodiscard]] bool contains(const Prefix& other) const;
    // A /32 or /128.
    [[nodiscard]] bool is_host() const { return length_ == address_bits(family()); }

    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;

private:
    IpAddress address_;
    std::uint8_t length_ = 0;
};

// 0.0.0.0/0 or ::/0.
[[nodiscard]] constexpr Prefix default_prefix(IpFamily family) {
    return Prefix::exact(IpAddress::any(family), 0);
}

// An address as it is given to an interface: 192.168.10.200/24 keeps its host bits.
struct InterfaceAddress {
    IpAddress address;
    std::uint8_t length = 0;

    [[nodiscard]] static Result<InterfaceAddress> parse(std::string_view text);
    [[nodiscard]] Prefix network() const { return Prefix::covering(address, length); }
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const InterfaceAddress&, const InterfaceAddress&) = default;
};

struct PrefixHash {
    std::size_t operator()(const Prefix& prefix) const {
        return IpAddressHash{}(prefix.address()) * 131 + prefix.length();
    }
};

}  // namespace torii

template <>
struct fmt::formatter<torii::Prefix> : fmt::formatter<std::string> {
    template <class Context>
    auto format(const torii::Prefix& prefix, Context& context) const {
        return fmt::formatter<std::string>::format(prefix.to_string(), context);
    }
};

template <>
struct std::hash<torii::Prefix> {
    std::size_t operator()(const torii::Prefix& prefix) const {
        return torii::PrefixHash{}(prefix);
    }
};
