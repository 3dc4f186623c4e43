#pragma once

#include "platform/base/mac_address.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::netlink {

// What the kernel says about a link (RTM_NEWLINK).
struct Link {
    std::uint32_t index = 0;
    std::string name;
    std::string kind;   // veth, dummy, tun,...; empty for physical ones
    std::string alias;  // what somebody has written on it (ip link set NAME alias TEXT)
    MacAddress mac;
    std::uint32_t mtu = 0;
    bool admin_up = false;
    bool carrier = false;
    std::optional<std::uint32_t> owner;  // of a TAP: the user who may open it

    // A card, not a TAP or another device that somebody has made.
    [[nodiscard]] bool is_card() const { return kind.empty() && name != "lo"; }
    // Packets can be sent.
    [[nodiscard]] bool is_up() const { return admin_up && carrier; }
    friend bool operator==(const Link&, const Link&) = default;
};

// An address on a link (RTM_NEWADDR).
struct LinkAddress {
    std::uint32_t link_index = 0;
    InterfaceAddress address;

    friend auto operator<=>(const LinkAddress&, const LinkAddress&) = default;
};

// A neighbor table entry (RTM_NEWNEIGH). Without a MAC it is not resolved.
struct Neighbor {
    std::uint32_t link_index = 0;
    IpAddress address;
    std::optional<MacAddress> mac;
    std::uint16_t state = 0;    // NUD_*
    std::uint8_t protocol = 0;  // RTPROT_* of who made it; 0: the kernel, or it was not said

    // The MAC may be used: any state but none, incomplete and failed.
    [[nodiscard]] bool usable() const;
    [[nodiscard]] bool failed() const;
    [[nodiscard]] bool stale() const;
    // Somebody has said so: the kernel asks nobody and forgets it only with its link.
    [[nodiscard]] bool permanent() const;
};

struct NexthopMember {
    std::uint32_t id = 0;
    std::uint16_t weight = 1;  // 1..256

    friend auto operator<=>(const NexthopMember&, const NexthopMember&) = default;
};

// A nexthop object (RTM_NEWNEXTHOP): a gateway on a link, a link alone, a blackhole, or a group of
// other objects. With a link that goes down or loses carrier the kernel deletes its objects, the
// groups left without members, and the routes that used either.
struct Nexthop {
    std::uint32_t id = 0;
    std::uint32_t link_index = 0;
    std::optional<IpAddress> gateway;
    std::vector<NexthopMember> group;
    std::uint8_t protocol = 0;  // RTPROT_*
    bool blackhole = false;     // the namespace's loopback must be up
    // Of the routes it serves, where no gateway and no group says it.
    IpFamily family = IpFamily::v4;

    friend bool operator==(const Nexthop&, const Nexthop&) = default;
};

// A route of the main table. One through a nexthop object also shows that object's link and
// gateway unless net.ipv4.nexthop_compat_mode is 0.
struct Route {
    Prefix prefix;
    std::uint8_t protocol = 0;     // RTPROT_*
    std::uint32_t metric = 0;      // 0 for IPv6 means the kernel's own default, 1024
    std::uint32_t nexthop_id = 0;  // 0: none
    std::uint32_t link_index = 0;
    std::optional<IpAddress> gateway;

    friend bool operator==(const Route&, const Route&) = default;
};

inline constexpr std::uint8_t kProtocolKernel = 2;  // RTPROT_KERNEL
inline constexpr std::uint8_t kProtocolBoot = 3;    // RTPROT_BOOT
inline constexpr std::uint8_t kProtocolStatic = 4;  // RTPROT_STATIC
inline constexpr std::uint8_t kProtocolBgp = 186;   // RTPROT_BGP

}  // namespace torii::netlink
