#pragma once

#include "dataplane/fib/forwarding_table.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv4_options.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/pipeline/address_rules.h"
#include "dataplane/pipeline/burst.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

// What the two families do differently once a packet has been accepted. `header` is a valid IP
// header.
namespace torii::pipeline {

struct Ipv4Forwarding {
    static constexpr IpFamily kFamily = IpFamily::v4;

    static std::uint32_t lookup(const fib::ForwardingTable& table, const std::uint8_t* header) {
        return table.lookup_v4(packet::Ipv4View(header).destination());
    }
    static std::uint32_t lookup_source(const fib::ForwardingTable& table,
                                       const std::uint8_t* header) {
        return table.lookup_v4(packet::Ipv4View(header).source());
    }
    // Of the link the packet came from, whatever routes there are.
    static bool is_source_on_link(const std::uint8_t*) { return false; }
    static const std::uint8_t* destination(const std::uint8_t* header) { return header + 16; }
    static std::size_t length(const std::uint8_t* header) {
        return packet::Ipv4View(header).total_length();
    }
    static std::uint8_t hops(const std::uint8_t* header) { return packet::Ipv4View(header).ttl(); }
    static void take_hop(std::uint8_t* header) { packet::decrement_ttl(header); }
    static bool may_be_cut(const std::uint8_t* header) {
        return !packet::Ipv4View(header).dont_fragment();
    }
    // What the packet's options ask of a router that sends it out of `port`.
    static void serve_options(std::uint8_t* header, const PortSettings& port, TimePoint now) {
        if (packet::Ipv4View(header).header_length() == packet::kIpv4Size) [[likely]]
            return;
        const auto own = std::ranges::find_if(
            port.addresses, [](const InterfaceAddress& one) { return one.address.is_v4(); });
        if (own == port.addresses.end()) return;
        const auto time =
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
        packet::record_in_ipv4_options(header, own->address.v4_number(),
                                       static_cast<std::uint32_t>(time.count()));
    }
    static bool crosses_scope(const std::uint8_t* header) {
        const packet::Ipv4View ip(header);
        return is_link_local_v4(ip.source()) || is_link_local_v4(ip.destination());
    }
    static bool is_broadcast(const PortSettings& port, const std::uint8_t* header) {
        return is_broadcast_of(port, packet::Ipv4View(header).destination());
    }
    static PuntClass classify(const std::uint8_t* header, PuntClass otherwise) {
        return classify_ipv4(header, otherwise);
    }
    static IpAddress destination_address(const std::uint8_t* header) {
        return IpAddress::v4(packet::Ipv4View(header).destination());
    }
};

struct Ipv6Forwarding {
    static constexpr IpFamily kFamily = IpFamily::v6;

    static std::uint32_t lookup(const fib::ForwardingTable& table, const std::uint8_t* header) {
        return table.lookup_v6(packet::Ipv6View(header).destination());
    }
    static std::uint32_t lookup_source(const fib::ForwardingTable& table,
                                       const std::uint8_t* header) {
        return table.lookup_v6(packet::Ipv6View(header).source());
    }
    static bool is_source_on_link(const std::uint8_t* header) {
        return is_link_local_v6(packet::Ipv6View(header).source());
    }
    static const std::uint8_t* destination(const std::uint8_t* header) { return header + 24; }
    static std::size_t length(const std::uint8_t* header) {
        return packet::kIpv6Size + packet::Ipv6View(header).payload_length();
    }
    static std::uint8_t hops(const std::uint8_t* header) {
        return packet::Ipv6View(header).hop_limit();
    }
    static void take_hop(std::uint8_t* header) { --header[7]; }
    static bool may_be_cut(const std::uint8_t*) { return false; }  // RFC 8200 section 5
    static void serve_options(std::uint8_t*, const PortSettings&, TimePoint) {}
    static bool crosses_scope(const std::uint8_t* header) {
        return is_link_local_v6(packet::Ipv6View(header).source());
    }
    static bool is_broadcast(const PortSettings&, const std::uint8_t*) { return false; }
    static PuntClass classify(const std::uint8_t* header, PuntClass otherwise) {
        return classify_ipv6(header, otherwise);
    }
    static IpAddress destination_address(const std::uint8_t* header) {
        std::array<std::uint8_t, 16> octets{};
        std::copy_n(destination(header), octets.size(), octets.begin());
        return IpAddress::v6(octets);
    }
};

}  // namespace torii::pipeline
