#pragma once

#include "platform/base/byte_reader.h"
#include "platform/base/result.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace torii {

enum class IpFamily : std::uint8_t { v4 = 4, v6 = 6 };

// 32 or 128.
[[nodiscard]] constexpr std::uint8_t address_bits(IpFamily family) {
    return family == IpFamily::v4 ? 32 : 128;
}

// An IPv4 or IPv6 address. IPv4 sorts before IPv6, then by number.
class IpAddress {
public:
    constexpr IpAddress() = default;  // 0.0.0.0

    // `number` in host byte order: 0x0a000001 is 10.0.0.1.
    [[nodiscard]] static constexpr IpAddress v4(std::uint32_t number) {
        // One store of all octets: what is read of it at once need not wait for several.
        IpAddress address;
        address.octets_ = std::bit_cast<std::array<std::uint8_t, 16>>(
            std::array<std::uint32_t, 4>{in_network_order(number)});
        return address;
    }
    [[nodiscard]] static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& octets) {
        IpAddress address;
        address.family_ = IpFamily::v6;
        address.octets_ = octets;
        return address;
    }
    // 4 or 16 octets in network byte order.
    [[nodiscard]] static Result<IpAddress> from_bytes(Bytes bytes);
    [[nodiscard]] static Result<IpAddress> parse(std::string_view text);
    // 0.0.0.0 or ::
    [[nodiscard]] static constexpr IpAddress any(IpFamily family) {
        return family == IpFamily::v4 ? IpAddress{} : v6({});
    }

    [[nodiscard]] constexpr IpFamily family() const { return family_; }
    [[nodiscard]] constexpr bool is_v4() const { return family_ == IpFamily::v4; }
    [[nodiscard]] constexpr bool is_v6() const { return family_ == IpFamily::v6; }
    [[nodiscard]] constexpr std::uint32_t v4_number() const {
        return in_network_order(std::bit_cast<std::array<std::uint32_t, 4>>(octets_)[0]);
    }
    // All 16 octets; an IPv4 address uses the first four.
    [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& octets() const { return octets_; }
    // 4 or 16 octets in network byte order.
    [[nodiscard]] Bytes bytes() const { return {octets_.data(), is_v4() ? 4U : 16U}; }

    [[nodiscard]] bool is_unspecified() const { return *this == any(family_); }
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_link_local() const;

    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    // Or out of it.
    [[nodiscard]] static constexpr std::uint32_t in_network_order(std::uint32_t number) {
        return std::endian::native == std::endian::little ? __builtin_bswap32(number) : number;
    }

    IpFamily family_ = IpFamily::v4;
    std::array<std::uint8_t, 16> octets_{};
};

struct IpAddressHash {
    std::size_t operator()(const IpAddress& address) const;
};

}  // namespace torii

template <>
struct fmt::formatter<torii::IpAddress> : fmt::formatter<std::string> {
    template <class Context>
    auto format(const torii::IpAddress& address, Context& context) const {
        return fmt::formatter<std::string>::format(address.to_string(), context);
    }
};

template <>
struct std::hash<torii::IpAddress> {
    std::size_t operator()(const torii::IpAddress& address) const {
        return torii::IpAddressHash{}(address);
    }
};
