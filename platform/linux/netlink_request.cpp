#include "platform/linux/netlink_request.h"

#include "platform/linux/netlink_parse.h"
#include "platform/linux/netlink_socket.h"

#include <algorithm>
#include <cerrno>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <utility>

namespace torii::netlink {
Requests::Requests(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Requests::~Requests() = default;

Result<std::unique_ptr<Requests>> Requests::open() {
    auto socket = Socket::open();
    if (!socket) return unexpected(socket.error());
    return std::unique_ptr<Requests>(new Requests(std::move(*socket)));
}

std::uint32_t Requests::port() const {
    return socket_->port();
}

Result<std::vector<Link>> Requests::links() {
    return socket_->dump<Link>(RTM_GETLINK, "links", parse_link);
}

Result<std::vector<LinkAddress>> Requests::addresses() {
    return socket_->dump<LinkAddress>(RTM_GETADDR, "addresses", parse_address);
}

Result<std::vector<Neighbor>> Requests::neighbors() {
    return socket_->dump<Neighbor>(RTM_GETNEIGH, "neighbors", parse_neighbor);
}

Result<Link> Requests::link(const std::string& name) {
    const auto all = links();
    if (!all) return unexpected(all.error());
    const auto found = std::ranges::find(*all, name, &Link::name);
    if (found == all->end()) return fail("there is no link {}", name);
    return *found;
}

Result<void> Requests::create_dummy(const std::string& name) {
    Message message(RTM_NEWLINK, kAdd);
    message.fixed<ifinfomsg>();
    message.text(IFLA_IFNAME, name);
    message.nest(IFLA_LINKINFO, [&] { message.text(IFLA_INFO_KIND, "dummy"); });
    return socket_->change(message, {}, [&] { return "create the dummy device " + name; });
}

Result<void> Requests::create_veth(const std::string& name, const std::string& peer) {
    Message message(RTM_NEWLINK, kAdd);
    message.fixed<ifinfomsg>();
    message.text(IFLA_IFNAME, name);
    message.nest(IFLA_LINKINFO, [&] {
        message.text(IFLA_INFO_KIND, "veth");
        message.nest(IFLA_INFO_DATA, [&] {
            message.nest(VETH_INFO_PEER, [&] {
                message.fixed<ifinfomsg>();
                message.text(IFLA_IFNAME, peer);
            });
        });
    });
    return socket_->change(message, {},
                           [&] { return fmt::format("create the veth pair {}, {}", name, peer); });
}

Result<void> Requests::delete_link(std::uint32_t index) {
    Message message(RTM_DELLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    return socket_->change(message, {ENODEV}, [&] { return fmt::format("delete link {}", index); });
}

Result<void> Requests::set_link_up(std::uint32_t index, bool up) {
    Message message(RTM_NEWLINK, 0);
    auto& fixed = message.fixed<ifinfomsg>();
    fixed.ifi_index = static_cast<int>(index);
    fixed.ifi_flags = up ? static_cast<unsigned>(IFF_UP) : 0U;
    fixed.ifi_change = IFF_UP;
    return socket_->change(
        message, {}, [&] { return fmt::format("set link {} {}", index, up ? "up" : "down"); });
}

Result<void> Requests::set_link_mtu(std::uint32_t index, std::uint32_t mtu) {
    Message message(RTM_NEWLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    message.u32(IFLA_MTU, mtu);
    return socket_->change(message, {},
                           [&] { return fmt::format("set the MTU of link {} to {}", index, mtu); });
}

Result<void> Requests::set_link_alias(std::uint32_t index, const std::string& alias) {
    Message message(RTM_NEWLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    message.text(IFLA_IFALIAS, alias);
    return socket_->change(message, {},
                           [&] { return fmt::format("write {} on link {}", alias, index); });
}

Result<void> Requests::set_link_mac(std::uint32_t index, const MacAddress& mac) {
    Message message(RTM_NEWLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    message.bytes(IFLA_ADDRESS, mac.octets);
    return socket_->change(message, {}, [&] {
        return fmt::format("give link {} the MAC {}", index, mac.to_string());
    });
}

namespace {

void put_address(Message& message, const LinkAddress& address) {
    auto& fixed = message.fixed<ifaddrmsg>();
    fixed.ifa_family = to_af(address.address.address.family());
    fixed.ifa_prefixlen = address.address.length;
    fixed.ifa_index = address.link_index;
    message.bytes(IFA_LOCAL, address.address.address.bytes());
    message.bytes(IFA_ADDRESS, address.address.address.bytes());
}

}  // namespace

Result<void> Requests::add_address(const LinkAddress& address) {
    Message message(RTM_NEWADDR, kAdd);
    put_address(message, address);
    return socket_->change(message, {EEXIST}, [&] {
        return fmt::format("add {} to link {}", address.address.to_string(), address.link_index);
    });
}

Result<void> Requests::delete_address(const LinkAddress& address) {
    Message message(RTM_DELADDR, 0);
    put_address(message, address);
    return socket_->change(message, {EADDRNOTAVAIL, ENODEV}, [&] {
        return fmt::format("delete {} from link {}", address.address.to_string(),
                           address.link_index);
    });
}

namespace {

void put_neighbor(Message& message, std::uint32_t link_index, const IpAddress& address,
                  std::uint8_t flags, std::uint16_t state = NUD_NONE) {
    auto& fixed = message.fixed<ndmsg>();
    fixed.ndm_family = to_af(address.family());
    fixed.ndm_ifindex = static_cast<int>(link_index);
    fixed.ndm_state = state;
    fixed.ndm_flags = flags;
    message.bytes(NDA_DST, address.bytes());
}

}  // namespace

Result<void> Requests::probe_neighbor(std::uint32_t link_index, const IpAddress& address) {
    Message message(RTM_NEWNEIGH, kReplace);
    put_neighbor(message, link_index, address, NTF_USE);
    return socket_->change(
        message, {}, [&] { return fmt::format("resolve {} on link {}", address, link_index); });
}

Result<void> Requests::set_permanent_neighbor(std::uint32_t link_index, const IpAddress& address,
                                              const MacAddress& mac, std::uint8_t protocol) {
    Message message(RTM_NEWNEIGH, kReplace);
    put_neighbor(message, link_index, address, 0, NUD_PERMANENT);
    message.bytes(NDA_LLADDR, mac.octets);
    message.bytes(NDA_PROTOCOL, {&protocol, 1});
    return socket_->change(message, {}, [&] {
        return fmt::format("give {} on link {} the MAC {}", address, link_index, mac.to_string());
    });
}

Result<void> Requests::delete_neighbor(std::uint32_t link_index, const IpAddress& address) {
    Message message(RTM_DELNEIGH, 0);
    put_neighbor(message, link_index, address, 0);
    return socket_->change(message, {ENOENT}, [&] {
        return fmt::format("forget the neighbor {} on link {}", address, link_index);
    });
}

}  // namespace torii::netlink
