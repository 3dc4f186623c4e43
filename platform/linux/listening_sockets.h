#pragma once

#include "platform/base/ip_address.h"

#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace torii {

using ListeningSocket = std::pair<IpAddress, std::uint16_t>;

// The sockets of TCP that wait for connections in this network namespace, of whichever process;
// without /proc none.
[[nodiscard]] std::set<ListeningSocket> listening_sockets();

// Those in a text as /proc/net/tcp and /proc/net/tcp6 have it. proc(5)
[[nodiscard]] std::set<ListeningSocket> parse_listening_sockets(std::string_view text);

}  // namespace torii
