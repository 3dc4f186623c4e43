#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace torii::pipeline {

// Why a packet was dropped. A new reason is a new row here and in kDropReasons.
enum class DropReason : std::uint8_t {
    segmented,
    runt,
    not_our_mac,
    vlan_unknown,
    vlan_stacked,
    unknown_ethertype,
    ipv4_truncated,
    ipv4_bad_version,
    ipv4_bad_header_length,
    ipv4_bad_total_length,
    ipv4_bad_checksum,
    ipv4_bad_options,
    ipv4_source_route,
    ipv6_truncated,
    ipv6_bad_version,
    ipv6_jumbogram,
    acl_in,
    acl_out,
    martian_source,
    source_unreachable,
    martian_destination,
    link_local_scope,
    link_layer_broadcast,
    directed_broadcast,
    no_route,
    discard_route,
    reject_route,
    ttl_exceeded,
    mtu_exceeded,
    neighbor_unresolved,
    hold_queue_full,
    port_unknown,
    port_disabled,
    over_limit,
    count_,
};

struct DropReasonRow {
    DropReason reason;
    std::string_view name;
    std::string_view text;
};

inline constexpr std::size_t kDropReasonCount = static_cast<std::size_t>(DropReason::count_);

inline constexpr std::array<DropReasonRow, kDropReasonCount> kDropReasons{{
    {DropReason::segmented, "segmented", "longer than one receive buffer"},
    {DropReason::runt, "runt", "shorter than an Ethernet header"},
    {DropReason::not_our_mac, "not_our_mac", "destination MAC address is another station's"},
    {DropReason::vlan_unknown, "vlan_unknown", "802.1Q tag of a VLAN that the port does not have"},
    {DropReason::vlan_stacked, "vlan_stacked", "802.1ad tag, or a tag within a tag"},
    {DropReason::unknown_ethertype, "unknown_ethertype", "neither IPv4, IPv6 nor ARP"},
    {DropReason::ipv4_truncated, "ipv4_truncated",
     "IPv4 total length exceeds the bytes received (does the peer have segmentation offload on?)"},
    {DropReason::ipv4_bad_version, "ipv4_bad_version", "IPv4 version is not 4"},
    {DropReason::ipv4_bad_header_length, "ipv4_bad_header_length",
     "IPv4 header length below 20 or beyond the packet"},
    {DropReason::ipv4_bad_total_length, "ipv4_bad_total_length",
     "IPv4 total length below the header length"},
    {DropReason::ipv4_bad_checksum, "ipv4_bad_checksum", "IPv4 header checksum is wrong"},
    {DropReason::ipv4_bad_options, "ipv4_bad_options", "IPv4 options are malformed"},
    {DropReason::ipv4_source_route, "ipv4_source_route", "IPv4 source routing is not served"},
    {DropReason::ipv6_truncated, "ipv6_truncated",
     "IPv6 payload length exceeds the bytes received (does the peer have segmentation offload "
     "on?)"},
    {DropReason::ipv6_bad_version, "ipv6_bad_version", "IPv6 version is not 6"},
    {DropReason::ipv6_jumbogram, "ipv6_jumbogram", "IPv6 payload length is in an option"},
    {DropReason::acl_in, "acl_in", "access list of the interface it came in on"},
    {DropReason::acl_out, "acl_out", "access list of the interface it would have left by"},
    {DropReason::martian_source, "martian_source", "source address can be no host's"},
    {DropReason::source_unreachable, "source_unreachable",
     "source address has no route this way (source-validation), or is the router's own"},
    {DropReason::martian_destination, "martian_destination",
     "destination address must not leave a host"},
    {DropReason::link_local_scope, "link_local_scope",
     "link-local address would have to cross a router"},
    {DropReason::link_layer_broadcast, "link_layer_broadcast",
     "unicast packet in a broadcast or multicast frame"},
    {DropReason::directed_broadcast, "directed_broadcast",
     "broadcast address of an attached subnet"},
    {DropReason::no_route, "no_route", "no route to the destination"},
    {DropReason::discard_route, "discard_route", "route says discard"},
    {DropReason::reject_route, "reject_route", "route says reject"},
    {DropReason::ttl_exceeded, "ttl_exceeded", "TTL or hop limit ran out"},
    {DropReason::mtu_exceeded, "mtu_exceeded", "larger than the MTU of the way out"},
    {DropReason::neighbor_unresolved, "neighbor_unresolved",
     "next hop or destination does not answer ARP or neighbor discovery"},
    {DropReason::hold_queue_full, "hold_queue_full",
     "too many packets wait for a neighbor's MAC address"},
    {DropReason::port_unknown, "port_unknown",
     "next hop is on a port that is not there or not enabled"},
    {DropReason::port_disabled, "port_disabled", "port it came in on is not configured"},
    {DropReason::over_limit, "over_limit",
     "more of its class for the router than allowed (show forwarding punts)"},
}};

[[nodiscard]] constexpr const DropReasonRow& drop_reason_row(DropReason reason) {
    return kDropReasons[static_cast<std::size_t>(reason)];
}

static_assert([] {
    for (std::size_t index = 0; index < kDropReasonCount; ++index) {
        if (static_cast<std::size_t>(kDropReasons[index].reason) != index) return false;
    }
    return true;
}());

}  // namespace torii::pipeline
