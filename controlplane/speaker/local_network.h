#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"
#include "platform/linux/interface_addresses.h"

#include <optional>
#include <vector>

namespace torii::speaker {

// The most specific connected subnet that holds `remote`.
[[nodiscard]] std::optional<Prefix> connected_subnet(const std::vector<LocalAddress>& addresses,
                                                     const IpAddress& remote);

// An address of the family that is not that of `local`, on the interface of `local`. Link-local
// ones are no next hops for others.
[[nodiscard]] std::optional<IpAddress> other_family_address(
    const std::vector<LocalAddress>& addresses, const IpAddress& local);

}  // namespace torii::speaker
