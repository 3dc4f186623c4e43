#pragma once

#include "controlplane/speaker/transport.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::speaker {

// An address of one of our interfaces.
struct LocalAddress {
    std::string interface;
    InterfaceAddress address;
    friend bool operator==(const LocalAddress&, const LocalAddress&) = default;
};

// All addresses of this network namespace, as the kernel has them now. Empty if it does not tell.
[[nodiscard]] std::vector<LocalAddress> local_addresses();

// The most specific connected subnet that holds `remote`.
[[nodiscard]] std::optional<Prefix> connected_subnet(const std::vector<LocalAddress>& addresses,
                                                     const IpAddress& remote);

// An address of the family that is not that of `local`, on the interface of `local`. Link-local
// ones are no next hops for others.
[[nodiscard]] std::optional<IpAddress> other_family_address(
    const std::vector<LocalAddress>& addresses, const IpAddress& local);

}  // namespace torii::speaker
