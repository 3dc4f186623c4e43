#include "platform/linux/tap.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii {
namespace {

constexpr const char* kNameless = "torii-tap%d";  // the kernel puts a number there

ifreq request_for(const std::string& name) {
    ifreq request{};
    std::copy_n(name.begin(), std::min(name.size(), std::size_t{IFNAMSIZ - 1}),
                std::begin(request.ifr_name));
    return request;
}

}  // namespace

Result<Tap> Tap::open(const std::string& name, const MacAddress& mac) {
    if (name.empty() || name.size() >= IFNAMSIZ) {
        return fail("{} is no interface name: 1 to {} characters", name, IFNAMSIZ - 1);
    }
    const int descriptor = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return fail("cannot open /dev/net/tun: {}", std::strerror(errno));
    Tap tap(descriptor, name);
    const bool made = !mac.is_zero() && ::if_nametoindex(name.c_str()) == 0;
    if (const auto done = tap.attach(made ? kNameless : name); !done) {
        return unexpected(done.error());
    }
    if (made) {
        if (const auto done = tap.set_mac(mac); !done) return unexpected(done.error());
        if (const auto done = tap.rename(name); !done) return unexpected(done.error());
    }
    if (::ioctl(descriptor, TUNSETPERSIST, 1) < 0) {
        return fail("cannot make the TAP {} persistent: {}", name, std::strerror(errno));
    }
    return tap;
}

Result<void> Tap::attach(const std::string& name) {
    ifreq request = request_for(name);
    request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI);
    if (::ioctl(descriptor_, TUNSETIFF, &request) < 0) {
        return fail("cannot make the TAP {}: {}", name_, std::strerror(errno));
    }
    name_ = request.ifr_name;
    return {};
}

Result<void> Tap::rename(const std::string& name) {
    ifreq request = request_for(name_);
    std::copy_n(name.begin(), name.size(), std::begin(request.ifr_newname));
    // Any kind of socket takes it, netdevice(7): this one is allowed to all of our services.
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int done = socket < 0 ? socket : ::ioctl(socket, SIOCSIFNAME, &request);
    const int error = errno;
    if (socket >= 0) ::close(socket);
    if (done < 0) return fail("cannot name the TAP {}: {}", name, std::strerror(error));
    name_ = name;
    return {};
}

Result<void> Tap::set_owner(uid_t user) {
    if (::ioctl(descriptor_, TUNSETOWNER, user) < 0) {
        return fail("cannot give the TAP {} to user {}: {}", name_, user, std::strerror(errno));
    }
    return {};
}

Result<void> Tap::remove() {
    if (::ioctl(descriptor_, TUNSETPERSIST, 0) < 0) {
        return fail("cannot remove the TAP {}: {}", name_, std::strerror(errno));
    }
    ::close(std::exchange(descriptor_, -1));
    return {};
}

Tap::Tap(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

Tap::Tap(Tap&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

Tap& Tap::operator=(Tap&& other) noexcept {
    if (this != &other) {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = std::exchange(other.descriptor_, -1);
        name_ = std::move(other.name_);
    }
    return *this;
}

Tap::~Tap() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint32_t Tap::ifindex() const {
    return ::if_nametoindex(name_.c_str());
}

Result<void> Tap::set_mac(const MacAddress& mac) {
    ifreq request = request_for(name_);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, mac.octets.data(), mac.octets.size());
    if (::ioctl(descriptor_, SIOCSIFHWADDR, &request) < 0) {
        return fail("cannot give {} the MAC {}: {}", name_, mac.to_string(), std::strerror(errno));
    }
    return {};
}

Result<void> Tap::set_carrier(bool on) {
    int carrier = on ? 1 : 0;
    if (::ioctl(descriptor_, TUNSETCARRIER, &carrier) < 0) {
        return fail("cannot set the carrier of {}: {}", name_, std::strerror(errno));
    }
    return {};
}

std::size_t Tap::read(std::span<std::uint8_t> buffer) {
    const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
    return size > 0 ? static_cast<std::size_t>(size) : 0;
}

bool Tap::write(std::span<const std::uint8_t> frame) {
    return ::write(descriptor_, frame.data(), frame.size()) == static_cast<ssize_t>(frame.size());
}

}  // namespace torii
