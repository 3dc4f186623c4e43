#include "platform/platformd/interface_addresses.h"

#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace torii::platformd {
namespace {

std::string text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address == nullptr) return {};
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    }
    if (address->sa_family != AF_INET6) return {};
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) return {};
    return ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
}

}  // namespace

machine::Addresses interface_addresses() {
    machine::Addresses addresses;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return addresses;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        const std::string text = text_of(one->ifa_addr);
        if (!text.empty()) addresses.emplace(one->ifa_name, text);
    }
    ::freeifaddrs(list);
    return addresses;
}

}  // namespace torii::platformd
