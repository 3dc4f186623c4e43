#include "platform/linux/netlink_parse.h"

#include <libmnl/libmnl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace torii::netlink {
namespace {

constexpr std::uint16_t kUnusable = NUD_INCOMPLETE | NUD_FAILED;

template <class Consume>
void walk(const char* begin, const char* end, const Consume& consume) {
    const auto* one = reinterpret_cast<const nlattr*>(begin);
    while (mnl_attr_ok(one, static_cast<int>(end - reinterpret_cast<const char*>(one)))) {
        consume(*one);
        one = mnl_attr_next(one);
    }
}

// The attributes of one message by type. The last of a type wins, as in the kernel.
class Attributes {
public:
    Attributes(const nlmsghdr& message, std::size_t fixed_size) {
        for_each_attribute(message, fixed_size, [this](const nlattr& one) { keep(one); });
    }
    explicit Attributes(const nlattr& nest) {
        const auto* data = static_cast<const char*>(mnl_attr_get_payload(&nest));
        walk(data, data + mnl_attr_get_payload_len(&nest),
             [this](const nlattr& one) { keep(one); });
    }

    [[nodiscard]] const nlattr* get(int type) const {
        return by_type_[static_cast<std::size_t>(type)];
    }
    [[nodiscard]] Bytes bytes(int type) const {
        const nlattr* attribute = get(type);
        if (attribute == nullptr) return {};
        return {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)),
                mnl_attr_get_payload_len(attribute)};
    }
    // 0 without the attribute.
    [[nodiscard]] std::uint32_t u32(int type) const {
        const Bytes payload = bytes(type);
        std::uint32_t value = 0;
        if (payload.size() >= sizeof value) std::memcpy(&value, payload.data(), sizeof value);
        return value;
    }
    [[nodiscard]] std::uint8_t u8(int type) const {
        const Bytes payload = bytes(type);
        return payload.empty() ? std::uint8_t{0} : payload.front();
    }
    [[nodiscard]] std::string text(int type) const {
        const Bytes payload = bytes(type);
        return {payload.begin(), std::find(payload.begin(), payload.end(), 0)};
    }
    [[nodiscard]] std::optional<IpAddress> address(int type) const {
        const auto address = IpAddress::from_bytes(bytes(type));
        return address ? std::optional{*address} : std::nullopt;
    }
    [[nodiscard]] std::optional<MacAddress> mac(int type) const {
        const Bytes payload = bytes(type);
        MacAddress mac;
        if (payload.size() != mac.octets.size()) return std::nullopt;
        std::copy(payload.begin(), payload.end(), mac.octets.begin());
        return mac;
    }

private:
    void keep(const nlattr& attribute) {
        const std::uint16_t type = mnl_attr_get_type(&attribute);
        if (type < by_type_.size()) by_type_[type] = &attribute;
    }

    std::array<const nlattr*, 128> by_type_{};
};

// The message's fixed part, or null when it is too short or of neither type.
template <class Fixed>
const Fixed* fixed_part(const nlmsghdr& message, int added, int removed) {
    if (message.nlmsg_type != added && message.nlmsg_type != removed) return nullptr;
    if (mnl_nlmsg_get_payload_len(&message) < sizeof(Fixed)) return nullptr;
    return static_cast<const Fixed*>(mnl_nlmsg_get_payload(&message));
}

bool is_ip(std::uint8_t family) {
    return family == AF_INET || family == AF_INET6;
}

IpFamily to_family(std::uint8_t family) {
    return family == AF_INET6 ? IpFamily::v6 : IpFamily::v4;
}

// RTA_VIA carries the gateway of an IPv4 route when it is an IPv6 one (RFC 8950).
std::optional<IpAddress> route_gateway(const Attributes& attributes) {
    if (const auto gateway = attributes.address(RTA_GATEWAY)) return gateway;
    const Bytes via = attributes.bytes(RTA_VIA);
    if (via.size() <= sizeof(rtvia::rtvia_family)) return std::nullopt;
    const auto gateway = IpAddress::from_bytes(via.subspan(sizeof(rtvia::rtvia_family)));
    return gateway ? std::optional{*gateway} : std::nullopt;
}

std::vector<NexthopMember> group_members(Bytes payload) {
    std::vector<NexthopMember> members;
    for (; payload.size() >= sizeof(nexthop_grp); payload = payload.subspan(sizeof(nexthop_grp))) {
        nexthop_grp member{};
        std::memcpy(&member, payload.data(), sizeof member);
        members.push_back({member.id, static_cast<std::uint16_t>(member.weight + 1)});
    }
    return members;
}

}  // namespace

void for_each_attribute(const nlmsghdr& message, std::size_t fixed_size,
                        const std::function<void(const nlattr&)>& consume) {
    walk(static_cast<const char*>(mnl_nlmsg_get_payload_offset(&message, fixed_size)),
         static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message)), consume);
}

bool Neighbor::usable() const {
    return mac.has_value() && state != NUD_NONE && (state & kUnusable) == 0;
}

bool Neighbor::failed() const {
    return (state & NUD_FAILED) != 0;
}

bool Neighbor::stale() const {
    return (state & NUD_STALE) != 0;
}

bool Neighbor::permanent() const {
    return (state & NUD_PERMANENT) != 0;
}

namespace {

std::optional<std::uint32_t> tap_owner(const std::string& kind, const nlattr* data) {
    if (kind != "tun" || data == nullptr) return std::nullopt;
    const Attributes tun(*data);
    if (tun.get(IFLA_TUN_OWNER) == nullptr) return std::nullopt;
    return tun.u32(IFLA_TUN_OWNER);
}

}  // namespace

std::optional<Link> parse_link(const nlmsghdr& message) {
    const auto* fixed = fixed_part<ifinfomsg>(message, RTM_NEWLINK, RTM_DELLINK);
    // AF_BRIDGE messages tell about bridge ports: their removal is not the link's.
    if (fixed == nullptr || fixed->ifi_family != AF_UNSPEC) return std::nullopt;
    const Attributes attributes(message, sizeof *fixed);
    Link link;
    link.index = static_cast<std::uint32_t>(fixed->ifi_index);
    link.name = attributes.text(IFLA_IFNAME);
    if (link.name.empty()) return std::nullopt;
    if (const nlattr* info = attributes.get(IFLA_LINKINFO)) {
        const Attributes about(*info);
        link.kind = about.text(IFLA_INFO_KIND);
        link.owner = tap_owner(link.kind, about.get(IFLA_INFO_DATA));
    }
    link.alias = attributes.text(IFLA_IFALIAS);
    link.mac = attributes.mac(IFLA_ADDRESS).value_or(MacAddress{});
    link.mtu = attributes.u32(IFLA_MTU);
    link.admin_up = (fixed->ifi_flags & IFF_UP) != 0;
    const Bytes carrier = attributes.bytes(IFLA_CARRIER);
    link.carrier = !carrier.empty() && carrier.front() != 0;
    return link;
}

std::optional<LinkAddress> parse_address(const nlmsghdr& message) {
    const auto* fixed = fixed_part<ifaddrmsg>(message, RTM_NEWADDR, RTM_DELADDR);
    if (fixed == nullptr || !is_ip(fixed->ifa_family)) return std::nullopt;
    const Attributes attributes(message, sizeof *fixed);
    // On point-to-point links IFA_ADDRESS is the other end.
    auto address = attributes.address(IFA_LOCAL);
    if (!address) address = attributes.address(IFA_ADDRESS);
    if (!address) return std::nullopt;
    return LinkAddress{fixed->ifa_index, InterfaceAddress{*address, fixed->ifa_prefixlen}};
}

std::optional<Neighbor> parse_neighbor(const nlmsghdr& message) {
    const auto* fixed = fixed_part<ndmsg>(message, RTM_NEWNEIGH, RTM_DELNEIGH);
    if (fixed == nullptr || !is_ip(fixed->ndm_family)) return std::nullopt;
    const Attributes attributes(message, sizeof *fixed);
    const auto address = attributes.address(NDA_DST);
    if (!address) return std::nullopt;
    return Neighbor{static_cast<std::uint32_t>(fixed->ndm_ifindex), *address,
                    attributes.mac(NDA_LLADDR), fixed->ndm_state, attributes.u8(NDA_PROTOCOL)};
}

std::optional<Route> parse_route(const nlmsghdr& message) {
    const auto* fixed = fixed_part<rtmsg>(message, RTM_NEWROUTE, RTM_DELROUTE);
    if (fixed == nullptr || !is_ip(fixed->rtm_family)) return std::nullopt;
    const bool forwards = fixed->rtm_type == RTN_UNICAST || fixed->rtm_type == RTN_BLACKHOLE ||
                          fixed->rtm_type == RTN_UNREACHABLE || fixed->rtm_type == RTN_PROHIBIT;
    if (!forwards || (fixed->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
    const Attributes attributes(message, sizeof *fixed);
    const std::uint32_t table =
        attributes.get(RTA_TABLE) != nullptr ? attributes.u32(RTA_TABLE) : fixed->rtm_table;
    if (table != RT_TABLE_MAIN) return std::nullopt;
    const IpAddress any = IpAddress::any(to_family(fixed->rtm_family));
    const auto prefix = Prefix::make(attributes.address(RTA_DST).value_or(any), fixed->rtm_dst_len);
    if (!prefix) return std::nullopt;
    Route route;
    route.prefix = *prefix;
    route.protocol = fixed->rtm_protocol;
    route.metric = attributes.u32(RTA_PRIORITY);
    route.nexthop_id = attributes.u32(RTA_NH_ID);
    route.link_index = attributes.u32(RTA_OIF);
    route.gateway = route_gateway(attributes);
    return route;
}

std::optional<Nexthop> parse_nexthop(const nlmsghdr& message) {
    const auto* fixed = fixed_part<nhmsg>(message, RTM_NEWNEXTHOP, RTM_DELNEXTHOP);
    if (fixed == nullptr) return std::nullopt;
    const Attributes attributes(message, sizeof *fixed);
    Nexthop nexthop;
    nexthop.id = attributes.u32(NHA_ID);
    if (nexthop.id == 0) return std::nullopt;
    nexthop.link_index = attributes.u32(NHA_OIF);
    nexthop.gateway = attributes.address(NHA_GATEWAY);
    nexthop.group = group_members(attributes.bytes(NHA_GROUP));
    nexthop.protocol = fixed->nh_protocol;
    nexthop.blackhole = attributes.get(NHA_BLACKHOLE) != nullptr;
    if (!nexthop.gateway && nexthop.group.empty()) nexthop.family = to_family(fixed->nh_family);
    return nexthop;
}

}  // namespace torii::netlink
