#include "dataplane/dpdk/device_sockets.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>

namespace torii::dpdk {
namespace {

bool is_packet_socket(int descriptor) {
    int domain = 0;
    socklen_t size = sizeof domain;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return false;
    return domain == AF_PACKET || domain == AF_XDP;
}

bool is_tun_queue(int descriptor) {
    ifreq request{};
    return ::ioctl(descriptor, TUNGETIFF, &request) == 0;
}

}  // namespace

std::vector<int> find_device_sockets() {
    std::vector<int> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
        const std::string name = entry.path().filename();
        int descriptor = -1;
        std::from_chars(name.data(), name.data() + name.size(), descriptor);
        if (is_packet_socket(descriptor) || is_tun_queue(descriptor)) found.push_back(descriptor);
    }
    std::ranges::sort(found);
    return found;
}

std::uint64_t missed_at_full_ring(int descriptor, std::uint64_t before) {
    xdp_statistics xdp{};
    socklen_t size = sizeof xdp;
    if (::getsockopt(descriptor, SOL_XDP, XDP_STATISTICS, &xdp, &size) == 0) {
        return xdp.rx_ring_full;
    }
    tpacket_stats packets{};
    size = sizeof packets;
    if (::getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &packets, &size) != 0)
        return before;
    return before + packets.tp_drops;
}

}  // namespace torii::dpdk
