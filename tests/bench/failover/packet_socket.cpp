#include "tests/bench/failover/packet_socket.h"

#include "tests/bench/failover/packet_format.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii::bench {
namespace {

// Seconds of packets, should this process not get its turn.
constexpr int kReceiveBuffer = 256 << 20;

Result<void> enter(const std::string& network_namespace) {
    const std::string path = "/run/netns/" + network_namespace;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool entered = file >= 0 && ::setns(file, CLONE_NEWNET) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (!entered) return fail("cannot enter {}: {}", path, std::strerror(error));
    return {};
}

// Our packets have no IP options.
bool filter_flows(int descriptor) {
    std::array<sock_filter, 8> program{{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, packet::kEtherIpv4, 0, 5),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kIpv4At + 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, packet::kProtocolUdp, 0, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kUdpAt + 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kFlowPort, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, packet::kFrameMin),
        BPF_STMT(BPF_RET | BPF_K, 0),
    }};
    const sock_fprog code{program.size(), program.data()};
    return ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &code, sizeof code) == 0;
}

bool prepare_receiving(int descriptor) {
    const int on = 1;
    return filter_flows(descriptor) &&
           ::setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
           ::setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0 &&
           ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                        sizeof kReceiveBuffer) == 0;
}

bool bind_to(int descriptor, const std::string& interface, bool receives) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = receives ? htons(ETH_P_ALL) : 0;
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    return ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<PacketSocket> PacketSocket::open(const std::string& network_namespace,
                                        const std::string& interface, bool receives) {
    if (auto entered = enter(network_namespace); !entered) return unexpected(entered.error());
    // With protocol 0 nothing is received until bind() names one.
    PacketSocket opened(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ifreq request{};
    interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
    const bool ready = opened.descriptor_ >= 0 &&
                       ::ioctl(opened.descriptor_, SIOCGIFHWADDR, &request) == 0 &&
                       (!receives || prepare_receiving(opened.descriptor_)) &&
                       bind_to(opened.descriptor_, interface, receives);
    if (!ready) {
        return fail("no packet socket on {} in {}: {}", interface, network_namespace,
                    std::strerror(errno));
    }
    std::memcpy(opened.mac_.octets.data(), request.ifr_hwaddr.sa_data, opened.mac_.octets.size());
    return opened;
}

Result<PacketSocket> PacketSocket::for_sending(const std::string& network_namespace,
                                               const std::string& interface) {
    return open(network_namespace, interface, false);
}

Result<PacketSocket> PacketSocket::for_receiving(const std::string& network_namespace,
                                                 const std::string& interface) {
    return open(network_namespace, interface, true);
}

PacketSocket::PacketSocket(PacketSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), mac_(other.mac_) {}

PacketSocket::~PacketSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace torii::bench
