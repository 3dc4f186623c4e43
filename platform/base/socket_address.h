#pragma once

#include "platform/base/ip_address.h"

#include <cstdint>
#include <sys/socket.h>

namespace torii {

// An address and a port as the calls of sockets take them.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

// `scope`: the interface index that a link-local address is on; 0 for others.
[[nodiscard]] SocketAddress socket_address(const IpAddress& address, std::uint16_t port,
                                           std::uint32_t scope = 0);

}  // namespace torii
