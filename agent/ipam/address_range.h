#pragma once

#include "platform/base/ip_address.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::ipam {

// As wide as an IPv6 address.
__extension__ using Number = unsigned __int128;

// Addresses in a row, both ends included and of one family.
struct AddressRange {
    IpAddress first;
    IpAddress last;

    [[nodiscard]] bool contains(const IpAddress& address) const {
        return first <= address && address <= last;  // another family sorts before or after
    }
    [[nodiscard]] bool overlaps(const AddressRange& other) const {
        return first <= other.last && other.first <= last;
    }
    friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

[[nodiscard]] Number number_of(const IpAddress& address);
// The address `steps` further on; it must exist.
[[nodiscard]] IpAddress advanced(const IpAddress& address, Number steps);
// How many addresses; the largest number where there are more.
[[nodiscard]] Number size_of(const AddressRange& range);
[[nodiscard]] Number saturating_sum(Number one, Number other);
[[nodiscard]] std::string to_text(Number number);

// Where the next address of a range is taken: the first of its smallest gap between `taken`
// (sorted, each inside the range), so that what comes back is used again and large gaps stay.
[[nodiscard]] std::optional<IpAddress> next_free(const AddressRange& range,
                                                 const std::vector<IpAddress>& taken);

}  // namespace torii::ipam
