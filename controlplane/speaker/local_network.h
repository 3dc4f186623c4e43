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

// An address of the family that is not that of `local`, on the interface of `local`. Where there is
// only a link-local IPv6 one, that is it for a neighbor `on_link`, as in FRR: nobody else reaches
// it (RFC 2545 section 3 wants a global one, which is not there to be had).
[[nodiscard]] std::optional<IpAddress> other_family_address(
    const std::vector<LocalAddress>& addresses, const IpAddress& local, bool on_link);

}  // namespace torii::speaker
