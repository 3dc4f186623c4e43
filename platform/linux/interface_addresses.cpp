#include "platform/linux/interface_addresses.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace torii {
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

}  // namespace torii
