#include "controlplane/server/netlink_kernel.h"

namespace torii::controlplane {

Result<std::uint32_t> NetlinkKernel::create_loopback(const std::string& name) {
    if (const auto dummy = requests().create_dummy(name); !dummy) {
        // Not every kernel has the dummy driver. A veth pair does the same when both ends are up.
        const std::string peer = name + "-peer";
        if (!requests().create_veth(name, peer)) return unexpected(dummy.error());
        const auto other = requests().link(peer);
        if (!other) return unexpected(other.error());
        if (auto up = requests().set_link_up(other->index, true); !up) {
            return unexpected(up.error());
        }
    }
    const auto link = requests().link(name);
    if (!link) return unexpected(link.error());
    return link->index;
}

Result<void> NetlinkKernel::mark_loopback(std::uint32_t index) {
    return requests().set_link_alias(index, kLoopbackMark);
}

Result<void> NetlinkKernel::delete_link(std::uint32_t index) {
    return requests().delete_link(index);
}

Result<void> NetlinkKernel::set_up(std::uint32_t index, bool up) {
    return requests().set_link_up(index, up);
}

Result<void> NetlinkKernel::add_address(std::uint32_t index, const InterfaceAddress& address) {
    return requests().add_address({index, address});
}

Result<void> NetlinkKernel::delete_address(std::uint32_t index, const InterfaceAddress& address) {
    return requests().delete_address({index, address});
}

Result<void> NetlinkKernel::set_neighbor(std::uint32_t index, const IpAddress& address,
                                         const MacAddress& mac) {
    return requests().set_permanent_neighbor(index, address, mac, kNeighborMark);
}

Result<void> NetlinkKernel::delete_neighbor(std::uint32_t index, const IpAddress& address) {
    return requests().delete_neighbor(index, address);
}

Result<void> NetlinkKernel::probe_neighbor(std::uint32_t index, const IpAddress& address) {
    return requests().probe_neighbor(index, address);
}

}  // namespace torii::controlplane
