#include "platform/base/ip_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <string_view>

namespace torii {

Result<IpAddress> IpAddress::from_bytes(Bytes bytes) {
    if (bytes.size() != 4 && bytes.size() != 16) {
        return fail("an IP address has 4 or 16 octets, not {}", bytes.size());
    }
    IpAddress address;
    address.family_ = bytes.size() == 4 ? IpFamily::v4 : IpFamily::v6;
    std::ranges::copy(bytes, address.octets_.begin());
    return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string copy(text);
    IpAddress address;
    // inet_pton would stop at a NUL and accept what stands before it.
    if (copy.find('\0') != std::string::npos) return fail("an IP address with a NUL in it");
    if (inet_pton(AF_INET, copy.c_str(), address.octets_.data()) == 1) return address;
    address.family_ = IpFamily::v6;
    if (inet_pton(AF_INET6, copy.c_str(), address.octets_.data()) == 1) return address;
    return fail("\"{}\" is not an IPv4 or IPv6 address", text);
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return octets_[0] == 127;
    std::array<std::uint8_t, 16> one{};
    one[15] = 1;
    return octets_ == one;
}

bool IpAddress::is_multicast() const {
    return is_v4() ? (octets_[0] & 0xf0U) == 0xe0 : octets_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
    if (is_v4()) return octets_[0] == 169 && octets_[1] == 254;
    return octets_[0] == 0xfe && (octets_[1] & 0xc0U) == 0x80;
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), text.data(), text.size());
    return text.data();
}

std::size_t IpAddressHash::operator()(const IpAddress& address) const {
    const auto* octets = reinterpret_cast<const char*>(address.octets().data());
    return std::hash<std::string_view>{}({octets, 16}) ^ static_cast<std::size_t>(address.family());
}

}  // namespace torii
