#include "platform/ipc/blocking.h"

#include "platform/ipc/framing.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace torii::ipc {
namespace {

bool send_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_all(int descriptor, char* data, std::size_t size) {
    while (size != 0) {
        const ssize_t received = ::recv(descriptor, data, size, 0);
        if (received < 0 && errno == EINTR) continue;
        if (received <= 0) return false;
        data += received;
        size -= static_cast<std::size_t>(received);
    }
    return true;
}

void set_limit(int descriptor, int option, std::chrono::milliseconds timeout) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timeval limit{seconds.count(), (timeout - seconds).count() * 1000};
    ::setsockopt(descriptor, SOL_SOCKET, option, &limit, sizeof limit);
}

Error no_answer(std::chrono::milliseconds timeout) {
    if (errno == EAGAIN) return Error{fmt::format("no answer within {} ms", timeout.count())};
    return Error{"the connection ended without an answer"};
}

}  // namespace

Result<BlockingConnection> BlockingConnection::connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail("{} is too long a path", path);
    std::memcpy(address.sun_path, path.data(), path.size());
    BlockingConnection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connection.descriptor_ < 0 ||
        ::connect(connection.descriptor_, reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) != 0) {
        return fail("cannot reach {}: {}", path, std::strerror(errno));
    }
    return connection;
}

BlockingConnection::BlockingConnection(BlockingConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

BlockingConnection& BlockingConnection::operator=(BlockingConnection&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

BlockingConnection::~BlockingConnection() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string> BlockingConnection::exchange(std::string_view frame,
                                                 std::chrono::milliseconds timeout) {
    if (auto sent = send(frame, timeout); !sent) return unexpected(sent.error());
    return receive(timeout);
}

Result<void> BlockingConnection::send(std::string_view frame, std::chrono::milliseconds timeout) {
    set_limit(descriptor_, SO_SNDTIMEO, timeout);
    errno = 0;
    std::array<char, kFrameHeaderSize> header{};
    for (unsigned index = 0; index < header.size(); ++index) {
        header[index] = static_cast<char>(frame.size() >> (24 - 8 * index) & 0xffU);
    }
    if (!send_all(descriptor_, {header.data(), header.size()}) || !send_all(descriptor_, frame)) {
        return unexpected(no_answer(timeout));
    }
    return {};
}

Result<std::string> BlockingConnection::receive(std::chrono::milliseconds timeout) {
    set_limit(descriptor_, SO_RCVTIMEO, timeout);
    errno = 0;
    std::array<char, kFrameHeaderSize> header{};
    if (!receive_all(descriptor_, header.data(), header.size())) {
        return unexpected(no_answer(timeout));
    }
    std::size_t size = 0;
    for (const char octet : header) size = size << 8U | static_cast<unsigned char>(octet);
    if (size > kFrameSizeMax) return fail("the answer is too large ({} octets)", size);
    std::string answer(size, '\0');
    if (!receive_all(descriptor_, answer.data(), size)) return fail("the answer was cut short");
    return answer;
}

}  // namespace torii::ipc
