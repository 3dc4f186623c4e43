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
                                              const IpAddress& local, bool on_link) {
    const auto ours = std::ranges::find(
        addresses, local, [](const LocalAddress& candidate) { return candidate.address.address; });
    if (ours == addresses.end()) return std::nullopt;
    std::optional<IpAddress> of_the_link;
    for (const LocalAddress& candidate : addresses) {
        const IpAddress& address = candidate.address.address;
        if (candidate.interface != ours->interface || address.family() == local.family() ||
            address.is_loopback()) {
            continue;
        }
        if (!address.is_link_local()) return address;
        if (on_link && address.is_v6()) of_the_link = address;
    }
    return of_the_link;
}

}  // namespace torii::speaker
