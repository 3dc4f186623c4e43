#include "dataplane/pipeline/flow_hash.h"

#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/packet/tunnel.h"

#include <cstddef>

namespace torii::pipeline {
namespace {

// As ecmp_hash_v4() and its like take them.
struct Transport {
    std::uint32_t ports = 0;
    std::uint8_t protocol = 0;
};

// A header of which the ports are missing counts as none.
Transport transport_at(Bytes packet, std::size_t offset, std::uint8_t protocol) {
    if (!packet::has_ports(protocol)) return {0, protocol};
    if (offset + 4 > packet.size()) return {};
    return {packet::load32_raw(packet.data() + offset), protocol};
}

std::uint32_t hash_v4(const fib::HashRules& rules, Bytes packet) {
    const packet::Ipv4View ip(packet.data());
    Transport transport;
    if (rules.mode != fib::HashMode::l3 && !ip.is_fragment()) {
        transport = transport_at(packet, ip.header_length(), ip.protocol());
    }
    return fib::ecmp_hash_v4(rules, ip.source(), ip.destination(), transport.ports,
                             transport.protocol);
}

std::uint32_t hash_v6(const fib::HashRules& rules, Bytes packet) {
    const packet::Ipv6View ip(packet.data());
    Transport transport;
    if (rules.mode != fib::HashMode::l3) {
        const packet::UpperLayer upper = packet::find_upper_layer(packet.data(), packet.size());
        if (upper.complete && !upper.fragment) {
            transport = transport_at(packet, upper.offset, upper.protocol);
        }
    }
    return fib::ecmp_hash_v6(rules, ip.source(), ip.destination(), transport.ports,
                             transport.protocol);
}

}  // namespace

std::uint32_t flow_hash(const fib::HashRules& rules, Bytes packet) {
    if (rules.mode == fib::HashMode::inner) packet = packet::find_innermost(packet);
    return packet::Ipv4View(packet.data()).version() == 4 ? hash_v4(rules, packet)
                                                          : hash_v6(rules, packet);
}

}  // namespace torii::pipeline
