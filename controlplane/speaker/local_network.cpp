#include "controlplane/speaker/local_network.h"

#include <algorithm>

namespace torii::speaker {

std::optional<Prefix> connected_subnet(const std::vector<LocalAddress>& addresses,
                                       const IpAddress& remote) {
    std::optional<Prefix> best;
    for (const LocalAddress& local : addresses) {
        const Prefix network = local.address.network();
        if (network.family() != remote.family() || !network.contains(remote)) continue;
        if (!best || network.length() > best->length()) best = network;
    }
    return best;
}

std::optional<IpAddress> other_family_address(const std::vector<LocalAddress>& addresses,
                                              const IpAddress& local) {
    const auto ours = std::ranges::find(
        addresses, local, [](const LocalAddress& candidate) { return candidate.address.address; });
    if (ours == addresses.end()) return std::nullopt;
    for (const LocalAddress& candidate : addresses) {
        const IpAddress& address = candidate.address.address;
        const bool usable = address.family() != local.family() && !address.is_link_local() &&
                            !address.is_loopback();
        if (usable && candidate.interface == ours->interface) return address;
    }
    return std::nullopt;
}

}  // namespace torii::speaker
