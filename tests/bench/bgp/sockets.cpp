#include "tests/bench/bgp/sockets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torii::bench {
namespace {

constexpr std::uint16_t kBgpPort = 179;
constexpr int kBacklog = 4096;

// A socket address of either family.
struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    [[nodiscard]] sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
};

Endpoint endpoint_of(const IpAddress& address, std::uint16_t port) {
    Endpoint endpoint;
    const Bytes octets = address.bytes();
    if (address.is_v4()) {
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        std::memcpy(&ipv4.sin_addr, octets.data(), octets.size());
        std::memcpy(&endpoint.storage, &ipv4, sizeof ipv4);
        endpoint.size = sizeof ipv4;
    } else {
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        std::memcpy(&ipv6.sin6_addr, octets.data(), octets.size());
        std::memcpy(&endpoint.storage, &ipv6, sizeof ipv6);
        endpoint.size = sizeof ipv6;
    }
    return endpoint;
}

IpAddress address_of(const Endpoint& endpoint) {
    if (endpoint.storage.ss_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &endpoint.storage, sizeof ipv4);
        return IpAddress::v4(ntohl(ipv4.sin_addr.s_addr));
    }
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &endpoint.storage, sizeof ipv6);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &ipv6.sin6_addr, octets.size());
    return IpAddress::v6(octets);
}

Result<int> open_socket(const IpAddress& address) {
    const int fd = ::socket(address.is_v4() ? AF_INET : AF_INET6,
                            SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail("cannot open a socket: {}", std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd;
}

}  // namespace

Result<int> dial_from(const IpAddress& local, const IpAddress& device) {
    const auto fd = open_socket(local);
    if (!fd) return fd;
    Endpoint from = endpoint_of(local, 0);
    Endpoint to = endpoint_of(device, kBgpPort);
    const bool bound = ::bind(*fd, from.pointer(), from.size) == 0;
    if (bound && (::connect(*fd, to.pointer(), to.size) == 0 || errno == EINPROGRESS)) return fd;
    const int error = errno;
    ::close(*fd);
    return fail("cannot dial {} from {}: {}", device, local, std::strerror(error));
}

Result<int> listen_on(const IpAddress& local) {
    const auto fd = open_socket(local);
    if (!fd) return fd;
    Endpoint at = endpoint_of(local, kBgpPort);
    if (::bind(*fd, at.pointer(), at.size) == 0 && ::listen(*fd, kBacklog) == 0) return fd;
    const int error = errno;
    ::close(*fd);
    return fail("cannot listen on {}: {}", local, std::strerror(error));
}

Result<Accepted> accept_from(int listener) {
    Endpoint remote;
    const int fd =
        ::accept4(listener, remote.pointer(), &remote.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return fail("cannot accept: {}", std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return Accepted{fd, address_of(remote)};
}

}  // namespace torii::bench
