#include "platform/bfd/udp_transport.h"

#include "platform/base/log.h"
#include "platform/base/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii::bfd {
namespace {

constexpr Log kLog("bfd");

constexpr std::uint16_t kSingleHopPort = 3784;
constexpr std::uint16_t kMultihopPort = 4784;
constexpr std::uint16_t kSourcePortMin = 49152;  // RFC 5881 section 4
constexpr unsigned kSourcePorts = 16384;
constexpr int kTtl = 255;
constexpr int kTrafficClass = 0xc0;  // CS6: a full queue must not look like a dead peer
constexpr std::size_t kPacketMax = 512;
constexpr unsigned kPacketsPerTurn = 64;

SocketAddress on_interface(const IpAddress& address, std::uint16_t port,
                           const std::string& interface) {
    return socket_address(address, port,
                          address.is_link_local() ? ::if_nametoindex(interface.c_str()) : 0);
}

IpAddress address_of(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &storage, sizeof in);
        return IpAddress::v4(ntohl(in.sin_addr.s_addr));
    }
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in.sin6_addr, octets.size());
    return IpAddress::v6(octets);
}

void set(int socket, int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
}

int make_socket(IpFamily family) {
    const int domain = family == IpFamily::v4 ? AF_INET : AF_INET6;
    const int socket = ::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket >= 0 && family == IpFamily::v6) set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return socket;
}

std::uint16_t next_source_port() {
    static std::uint16_t last = 0;
    last = static_cast<std::uint16_t>((last + 1) % kSourcePorts);
    return static_cast<std::uint16_t>(kSourcePortMin + last);
}

class UdpChannel final : public Channel {
public:
    explicit UdpChannel(Path path) : path_(std::move(path)) {}

    void send(Bytes octets) override {
        // Its address may come later than the session, or go and come back.
        if (!socket_.open() && !open()) return;
        const auto to = on_interface(path_.peer, path_.multihop ? kMultihopPort : kSingleHopPort,
                                     path_.interface);
        if (::sendto(socket_.number(), octets.data(), octets.size(), 0, to.get(), to.size) < 0) {
            kLog.debug("send peer={} error=\"{}\"", path_.peer, std::strerror(errno));
        }
    }

private:
    bool open() {
        const IpFamily family = path_.peer.family();
        socket_.set(make_socket(family));
        if (!socket_.open()) return false;
        const int socket = socket_.number();
        if (family == IpFamily::v4) {
            set(socket, IPPROTO_IP, IP_TTL, kTtl);
            set(socket, IPPROTO_IP, IP_TOS, kTrafficClass);
        } else {
            set(socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, kTtl);
            set(socket, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass);
        }
        const IpAddress local = path_.local.value_or(IpAddress::any(family));
        for (unsigned attempt = 0; attempt < kSourcePorts; ++attempt) {
            const auto from = on_interface(local, next_source_port(), path_.interface);
            if (::bind(socket, from.get(), from.size) == 0) return true;
            if (errno != EADDRINUSE) break;
        }
        kLog.debug("bind peer={} error=\"{}\"", path_.peer, std::strerror(errno));
        socket_.set(-1);
        return false;
    }

    Path path_;
    Descriptor socket_;
};

struct Received {
    Arrival arrival;
    std::array<std::uint8_t, kPacketMax> octets;
    std::size_t size = 0;
};

// False: there is nothing more.
bool receive(int socket, Received& out) {
    sockaddr_storage source{};
    iovec buffer{out.octets.data(), out.octets.size()};
    alignas(cmsghdr) std::array<std::uint8_t, 64> control{};
    msghdr message{};
    message.msg_name = &source;
    message.msg_namelen = sizeof source;
    message.msg_iov = &buffer;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket, &message, 0);
    if (size < 0) return false;
    out.size = static_cast<std::size_t>(size);
    out.arrival.source = address_of(source);
    out.arrival.ttl = 0;
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
        const bool ttl = (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_TTL) ||
                         (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_HOPLIMIT);
        int value = 0;
        if (!ttl) continue;
        std::memcpy(&value, CMSG_DATA(one), sizeof value);
        out.arrival.ttl = static_cast<std::uint8_t>(value);
    }
    return true;
}

}  // namespace

Descriptor::~Descriptor() {
    set(-1);
}

void Descriptor::set(int number) {
    const int before = std::exchange(number_, number);
    if (before >= 0) ::close(before);
}

std::unique_ptr<Channel> UdpTransport::open(const Path& path) {
    listen(path.peer.family(), path.multihop);
    return std::make_unique<UdpChannel>(path);
}

void UdpTransport::listen(IpFamily family, bool multihop) {
    Port& port = ports_.at((family == IpFamily::v4 ? 0U : 2U) + (multihop ? 1U : 0U));
    if (port.socket.open()) return;
    port.socket.set(make_socket(family));
    const std::uint16_t number = multihop ? kMultihopPort : kSingleHopPort;
    const auto here = socket_address(IpAddress::any(family), number);
    if (!port.socket.open() || ::bind(port.socket.number(), here.get(), here.size) != 0) {
        kLog.error("cannot receive on UDP port {}: {}", number, std::strerror(errno));
        return port.socket.set(-1);  // the next session tries again
    }
    if (family == IpFamily::v4) {
        set(port.socket.number(), IPPROTO_IP, IP_RECVTTL, 1);
    } else {
        set(port.socket.number(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    }
    port.watch = loop_.watch_readable(
        port.socket.number(), [this, &port, family, multihop] { read(port, family, multihop); });
}

void UdpTransport::read(const Port& port, IpFamily family, bool multihop) {
    Received packet;
    for (unsigned count = 0; count < kPacketsPerTurn; ++count) {
        if (!receive(port.socket.number(), packet)) return;
        if (packet.arrival.source.family() != family) continue;
        packet.arrival.multihop = multihop;
        receive_(packet.arrival, Bytes(packet.octets).first(packet.size));
    }
}

}  // namespace torii::bfd
