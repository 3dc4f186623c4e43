#include "dataplane/server/neighbor_prober.h"

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"
#include "platform/base/socket_address.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torii::dataplane {
namespace {

constexpr std::uint16_t kDiscardPort = 9;  // RFC 863
// Of the kernel's memory: what waits for neighbors that do not answer must not keep back the
// others.
constexpr int kSendQueueBytes = 1 << 20;

// Which link a datagram leaves by, ip(7) and ipv6(7).
template <class Info>
class LinkChoice {
public:
    LinkChoice(msghdr& message, int level, int type, const Info& info) {
        message.msg_control = octets_.data();
        message.msg_controllen = octets_.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = level;
        header->cmsg_type = type;
        header->cmsg_len = CMSG_LEN(sizeof info);
        std::memcpy(CMSG_DATA(header), &info, sizeof info);
    }

private:
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(Info))> octets_{};
};

std::uint16_t port_of(int socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
    // Both families have it at the same place.
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return ntohs(in.sin_port);
}

}  // namespace

Result<NeighborProber::Socket> NeighborProber::open_socket(IpFamily family) {
    const int domain = family == IpFamily::v4 ? AF_INET : AF_INET6;
    Socket socket;
    socket.descriptor = ::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket.descriptor < 0) return fail("cannot open a socket: {}", std::strerror(errno));
    const int on = 1;
    if (family == IpFamily::v6) {
        ::setsockopt(socket.descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    ::setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDBUF, &kSendQueueBytes,
                 sizeof kSendQueueBytes);
    const SocketAddress any = socket_address(IpAddress::any(family), 0);
    if (::bind(socket.descriptor, any.get(), any.size) < 0) {
        const int error = errno;
        ::close(socket.descriptor);
        return fail("cannot bind a socket: {}", std::strerror(error));
    }
    socket.port = port_of(socket.descriptor);
    return socket;
}

Result<std::unique_ptr<NeighborProber>> NeighborProber::open() {
    std::unique_ptr<NeighborProber> prober(new NeighborProber);
    const auto v4 = open_socket(IpFamily::v4);
    if (!v4) return unexpected(v4.error());
    prober->v4_ = *v4;
    if (const auto v6 = open_socket(IpFamily::v6)) prober->v6_ = *v6;
    return prober;
}

NeighborProber::~NeighborProber() {
    for (const Socket& socket : {v4_, v6_}) {
        if (socket.descriptor >= 0) ::close(socket.descriptor);
    }
}

Result<void> NeighborProber::probe(std::uint32_t link_index, const IpAddress& address) {
    SocketAddress to =
        socket_address(address, kDiscardPort, address.is_link_local() ? link_index : 0);
    msghdr message{};
    message.msg_name = &to.storage;
    message.msg_namelen = to.size;
    ssize_t sent = -1;
    // A neighbor is on the link: no gateway is asked, whatever routes there are.
    constexpr int kFlags = MSG_DONTROUTE | MSG_DONTWAIT;
    if (address.is_v6()) {
        in6_pktinfo info{};
        info.ipi6_ifindex = link_index;
        const LinkChoice<in6_pktinfo> choice(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
        sent = ::sendmsg(v6_.descriptor, &message, kFlags);
    } else {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(link_index);
        const LinkChoice<in_pktinfo> choice(message, IPPROTO_IP, IP_PKTINFO, info);
        sent = ::sendmsg(v4_.descriptor, &message, kFlags);
    }
    if (sent >= 0) return {};
    return fail("cannot resolve {} on link {}: {}", address, link_index, std::strerror(errno));
}

bool NeighborProber::is_own(std::span<const std::uint8_t> frame) const {
    using namespace packet;
    if (frame.size() < kEthernetSize + kIpv4Size + kUdpSize) return false;
    const std::uint8_t* ip = frame.data() + kEthernetSize;
    const std::uint8_t* udp = ip + kIpv4Size;
    std::uint16_t port = v4_.port;
    if (ether_type(frame.data()) == kEtherIpv6) {
        if (frame.size() < kEthernetSize + kIpv6Size + kUdpSize) return false;
        if (Ipv6View(ip).next_header() != kProtocolUdp || v6_.descriptor < 0) return false;
        udp = ip + kIpv6Size;
        port = v6_.port;
    } else if (ether_type(frame.data()) != kEtherIpv4 || Ipv4View(ip).protocol() != kProtocolUdp ||
               Ipv4View(ip).header_length() != kIpv4Size || Ipv4View(ip).is_later_fragment()) {
        return false;
    }
    return load16(udp) == port && load16(udp + 2) == kDiscardPort;
}

}  // namespace torii::dataplane
