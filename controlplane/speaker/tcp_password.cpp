#include "controlplane/speaker/tcp_password.h"

#include "platform/base/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace torii::speaker {

Result<void> set_password(int socket, const PeerPassword& password) {
    tcp_md5sig signature{};
    const std::size_t size = password.secret.size();
    // Without the secret in the text: it goes to the log.
    if (size > sizeof(signature.tcpm_key)) {
        return fail("the password for {} has more than {} octets", password.peers,
                    sizeof(signature.tcpm_key));
    }
    signature.tcpm_addr = socket_address(password.peers.address(), 0).storage;
    signature.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
    signature.tcpm_prefixlen = password.peers.length();
    signature.tcpm_keylen = static_cast<std::uint16_t>(size);
    std::ranges::copy(password.secret, signature.tcpm_key);
    if (::setsockopt(socket, IPPROTO_TCP, TCP_MD5SIG_EXT, &signature, sizeof(signature)) == 0) {
        return {};
    }
    // Taking away what is not there is no failure.
    if (size == 0 && errno == ENOENT) return {};
    return fail("cannot set the password (TCP MD5) for {}: {}", password.peers,
                std::strerror(errno));
}

}  // namespace torii::speaker
