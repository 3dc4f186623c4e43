#include "tests/bench/bgp/numbering.h"

#include <array>
#include <cassert>

namespace torii::bench {
namespace {

constexpr std::uint64_t kFirstIpv4 = 20;
constexpr std::uint64_t kFirstIpv6 = 0x2a00;

}  // namespace

Numbering::Numbering(bgp::Family family, std::uint8_t length, std::size_t size)
    : family_(family), length_(length), size_(size) {
    assert(length % 8 == 0 && length <= 64);
    const bool v4 = family == bgp::Family::ipv4_unicast;
    base_ = v4 ? kFirstIpv4 << (length - 8U) : kFirstIpv6 << (length - 16U);
}

Prefix Numbering::prefix(std::size_t number) const {
    const std::uint64_t value = base_ + number;
    if (family_ == bgp::Family::ipv4_unicast) {
        return Prefix::covering(IpAddress::v4(static_cast<std::uint32_t>(value << (32U - length_))),
                                length_);
    }
    std::array<std::uint8_t, 16> octets{};
    for (unsigned index = 0; index < length_ / 8U; ++index) {
        octets[index] = static_cast<std::uint8_t>(value >> (length_ - 8U * (index + 1)));
    }
    return Prefix::covering(IpAddress::v6(octets), length_);
}

}  // namespace torii::bench
