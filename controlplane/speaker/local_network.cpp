#include "controlplane/speaker/local_network.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <span>
#include <sys/socket.h>

namespace torii::speaker {
namespace {

std::optional<IpAddress> address_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    const void* octets = nullptr;
    std::size_t size = 0;
    if (address->sa_family == AF_INET) {
        octets = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
        size = 4;
    } else if (address->sa_family == AF_INET6) {
        octets = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
        size = 16;
    } else {
        return std::nullopt;
    }
    const auto parsed = IpAddress::from_bytes({static_cast<const std::uint8_t*>(octets), size});
    if (!parsed) return std::nullopt;
    return *parsed;
}

std::uint8_t length_of(const IpAddress& mask) {
    int bits = 0;
    for (const std::uint8_t octet : mask.bytes()) bits += std::popcount(octet);
    return static_cast<std::uint8_t>(bits);
}

}  // namespace

std::vector<LocalAddress> local_addresses() {
    std::vector<LocalAddress> addresses;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return addresses;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        const auto address = address_of(entry->ifa_addr);
        const auto mask = address_of(entry->ifa_netmask);
        if (!address || !mask) continue;
        addresses.push_back({entry->ifa_name, {*address, length_of(*mask)}});
    }
    return addresses;
}

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
