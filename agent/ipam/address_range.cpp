#include "agent/ipam/address_range.h"

#include <algorithm>
#include <array>

namespace torii::ipam {

Number number_of(const IpAddress& address) {
    Number number = 0;
    for (const std::uint8_t octet : address.bytes()) number = number << 8U | octet;
    return number;
}

IpAddress advanced(const IpAddress& address, Number steps) {
    Number number = number_of(address) + steps;
    if (address.is_v4()) return IpAddress::v4(static_cast<std::uint32_t>(number));
    std::array<std::uint8_t, 16> octets{};
    for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet, number >>= 8U) {
        *octet = static_cast<std::uint8_t>(number);
    }
    return IpAddress::v6(octets);
}

Number size_of(const AddressRange& range) {
    return saturating_sum(number_of(range.last) - number_of(range.first), 1);
}

Number saturating_sum(Number one, Number other) {
    const Number sum = one + other;
    return sum < one ? ~Number{0} : sum;
}

std::string to_text(Number number) {
    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(number % 10));
        number /= 10;
    } while (number > 0);
    std::ranges::reverse(digits);
    return digits;
}

std::optional<IpAddress> next_free(const AddressRange& range, const std::vector<IpAddress>& taken) {
    std::optional<AddressRange> best;
    const auto consider = [&](const IpAddress& first, const IpAddress& last) {
        const AddressRange gap{first, last};
        if (!best || size_of(gap) < size_of(*best)) best = gap;
    };
    std::optional<IpAddress> begin = range.first;  // of the gap at hand
    for (const IpAddress& address : taken) {
        if (begin && *begin < address) consider(*begin, advanced(address, ~Number{0}));
        begin.reset();
        if (address < range.last) begin = advanced(address, 1);
    }
    if (begin) consider(*begin, range.last);
    if (!best) return std::nullopt;
    return best->first;
}

}  // namespace torii::ipam
