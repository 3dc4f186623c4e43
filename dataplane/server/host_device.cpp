#include "dataplane/server/host_device.h"

#include "platform/base/log.h"
#include "platform/linux/sysctl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii::dataplane {
namespace {

const Log kLog("port");

constexpr const char* kTable = "torii-ports";

Result<void> run_nft(const std::string& commands) {
    // Nothing of a user's is part of the command line: the rules go in by standard input.
    FILE* nft = ::popen("PATH=\"$PATH:/usr/sbin:/sbin\" nft -f -", "we");
    if (nft == nullptr) return fail("cannot start nft: {}", std::strerror(errno));
    std::fputs(commands.c_str(), nft);
    if (::pclose(nft) != 0) {
        return fail(
            "nft refused the rule that keeps the kernel's stack off a port (is the package "
            "nftables installed?): {}",
            commands);
    }
    return {};
}

// The hook comes after packet sockets: they have had their copy.
Result<void> guard(const std::string& device) {
    return run_nft(
        fmt::format("add table netdev {0}\n"
                    "add chain netdev {0} port-{1} {{ type filter hook ingress device "
                    "\"{1}\" priority -500; policy drop; }}\n",
                    kTable, device));
}

Result<void> unguard(const std::string& device) {
    return run_nft(fmt::format("delete chain netdev {} port-{}\n", kTable, device));
}

void switch_off(int socket, const std::string& device, std::uint32_t command) {
    ethtool_value value{command, 0};
    ifreq request{};
    std::copy_n(device.begin(), std::min(device.size(), std::size_t{IFNAMSIZ - 1}),
                std::begin(request.ifr_name));
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (::ioctl(socket, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP) {
        kLog.warning("receive offload stays on device={} error={}", device, std::strerror(errno));
    }
}

// A router forwards packets as they came (RFC 1812 section 5.2), not glued together.
void switch_off_coalescing(const std::string& device) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return;
    switch_off(socket, device, ETHTOOL_SGRO);
    switch_off(socket, device, ETHTOOL_SFLAGS);
    ::close(socket);
}

}  // namespace

Result<std::unique_ptr<HostDevice>> HostDevice::take(const PortSpec& port,
                                                     netlink::Requests& requests) {
    const Result<netlink::Link> link = requests.link(port.device);
    if (!link) return fail("port {}: {}", port.name, link.error().message);
    // The kernel may lack IPv6: then there is nothing to turn off.
    if (const auto off = set_sysctl("net/ipv6/conf/" + port.device + "/disable_ipv6", "1"); !off) {
        kLog.debug("{}", off.error().message);
    }
    switch_off_coalescing(port.device);
    if (link->mtu != port.mtu) {
        if (const auto set = requests.set_link_mtu(link->index, port.mtu); !set) {
            return fail("port {}: {}", port.name, set.error().message);
        }
    }
    const bool guarded = port.driver == Driver::kernel;
    if (guarded) {
        if (const auto done = guard(port.device); !done) {
            return fail("port {}: {}", port.name, done.error().message);
        }
    }
    std::unique_ptr<HostDevice> device(new HostDevice(port.device, link->index, guarded));
    if (guarded) {
        // A packet socket gets no more than one frame's room: longer packets are cut off.
        Result<XdpPass> pass = XdpPass::attach(link->index);
        if (pass) device->single_packets_ = std::move(*pass);
        if (!pass && link->kind == "veth") {
            kLog.warning("turn off segmentation offload at the other end of device={} error={}",
                         port.device, pass.error().message);
        }
    }
    if (!link->admin_up) {
        if (const auto up = requests.set_link_up(link->index, true); !up) {
            return fail("port {}: {}", port.name, up.error().message);
        }
    }
    return device;
}

HostDevice::~HostDevice() {
    if (!guarded_) return;
    if (const auto done = unguard(name_); !done) kLog.warning("{}", done.error().message);
}

}  // namespace torii::dataplane
