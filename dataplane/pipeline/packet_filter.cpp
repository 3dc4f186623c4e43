#include "dataplane/pipeline/packet_filter.h"

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/packet/vlan.h"

#include <algorithm>

namespace torii::pipeline {
namespace {

// What filters ask for, of a packet of either family.
struct Facts {
    IpAddress source;
    IpAddress destination;
    std::uint8_t protocol = 0;
    Bytes upper;  // empty: of a later fragment
};

std::optional<Facts> read_v4(Bytes packet) {
    const packet::Ipv4View ip(packet.data());
    if (packet.size() < packet::kIpv4Size || ip.header_length() > packet.size()) {
        return std::nullopt;
    }
    Facts facts{IpAddress::v4(ip.source()), IpAddress::v4(ip.destination()), ip.protocol(), {}};
    if (!ip.is_later_fragment()) facts.upper = packet.subspan(ip.header_length());
    return facts;
}

std::optional<Facts> read_v6(Bytes packet) {
    if (packet.size() < packet::kIpv6Size) return std::nullopt;
    const packet::Ipv6View ip(packet.data());
    const packet::UpperLayer upper = packet::find_upper_layer(packet.data(), packet.size());
    std::array<std::uint8_t, 16> source{};
    std::array<std::uint8_t, 16> destination{};
    std::copy_n(ip.source(), 16, source.begin());
    std::copy_n(ip.destination(), 16, destination.begin());
    Facts facts{IpAddress::v6(source), IpAddress::v6(destination), upper.protocol, {}};
    if (upper.complete && !upper.later_fragment && upper.offset < packet.size()) {
        facts.upper = packet.subspan(upper.offset);
    }
    return facts;
}

std::optional<Facts> read(Bytes frame) {
    if (frame.size() <= packet::kEthernetSize + packet::kVlanTagSize) return std::nullopt;
    const bool tagged = packet::ether_type(frame.data()) == packet::kEtherVlan;
    const std::size_t start = packet::kEthernetSize + (tagged ? packet::kVlanTagSize : 0);
    switch (packet::load16(frame.data() + start - 2)) {
        case packet::kEtherIpv4: return read_v4(frame.subspan(start));
        case packet::kEtherIpv6: return read_v6(frame.subspan(start));
        default: return std::nullopt;
    }
}

bool is_in(const std::optional<Prefix>& prefix, const IpAddress& address) {
    return !prefix || prefix->contains(address);
}

bool has_port(const Facts& facts, std::uint16_t port) {
    if (!packet::has_ports(facts.protocol) || facts.upper.size() < 4) return false;
    return packet::load16(facts.upper.data()) == port ||
           packet::load16(facts.upper.data() + 2) == port;
}

}  // namespace

bool PacketFilter::matches(Bytes frame) const {
    if (!host && !source && !destination && !protocol && !transport_port) return true;
    const std::optional<Facts> facts = read(frame);
    if (!facts) return false;
    if (!is_in(host, facts->source) && !is_in(host, facts->destination)) return false;
    if (!is_in(source, facts->source) || !is_in(destination, facts->destination)) return false;
    if (protocol && *protocol != facts->protocol) return false;
    return !transport_port || has_port(*facts, *transport_port);
}

}  // namespace torii::pipeline
