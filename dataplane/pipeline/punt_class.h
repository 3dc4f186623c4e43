#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace torii::pipeline {

// What the control thread and the kernel are asked to do for a packet, or ours to answer: each
// class has an allowance of its own on every port, so that none starves another. A new class is a
// new row here and in kPuntClasses.
enum class PuntClass : std::uint8_t {
    arp,
    nd,
    icmp,
    bgp,
    bgp_open,
    bfd,
    ssh,
    local,
    other,
    unresolved,
    ttl,
    unreachable,
    count_,
};

struct PuntClassRow {
    PuntClass punt_class;
    std::string_view name;
    std::string_view text;
    std::uint32_t rate;   // packets per second and port
    std::uint32_t burst;  // packets at once
};

inline constexpr std::size_t kPuntClassCount = static_cast<std::size_t>(PuntClass::count_);

// A full table by BGP comes at up to 10,000 packets/s; the sum of the others is what the control
// thread has done within a tenth of its time.
inline constexpr std::array<PuntClassRow, kPuntClassCount> kPuntClasses{{
    {PuntClass::arp, "arp", "ARP", 1000, 500},
    {PuntClass::nd, "nd", "IPv6 neighbor discovery", 1000, 500},
    {PuntClass::icmp, "icmp", "ICMP and ICMPv6 to the router", 1000, 500},
    {PuntClass::bgp, "bgp", "BGP sessions", 20000, 5000},
    // Whoever may try: sessions that stand must not notice.
    {PuntClass::bgp_open, "bgp_open", "TCP connections for BGP being opened", 500, 250},
    {PuntClass::bfd, "bfd", "BFD sessions", 5000, 1000},
    {PuntClass::ssh, "ssh", "SSH to the router", 2000, 1000},
    {PuntClass::local, "local", "anything else to an address of the router", 10000, 2000},
    {PuntClass::other, "other", "broadcast and multicast", 500, 250},
    {PuntClass::unresolved, "unresolved", "waits for a neighbor's MAC address", 1000, 1000},
    // Rate and burst of these two are settings.
    {PuntClass::ttl, "ttl", "TTL ran out: the sender is told", 0, 0},
    {PuntClass::unreachable, "unreachable", "cannot be delivered: the sender is told", 0, 0},
}};

[[nodiscard]] constexpr const PuntClassRow& punt_class_row(PuntClass punt_class) {
    return kPuntClasses[static_cast<std::size_t>(punt_class)];
}

static_assert([] {
    for (std::size_t index = 0; index < kPuntClassCount; ++index) {
        if (static_cast<std::size_t>(kPuntClasses[index].punt_class) != index) return false;
    }
    return true;
}());

}  // namespace torii::pipeline
