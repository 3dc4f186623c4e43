#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/pipeline/plain.h"

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;
using packet::kIpv6Size;

constexpr int kHeaders = kEthernetSize + kIpv6Size;
// The ports.
constexpr int kPayloadMin = 4;

// The words of eight headers.
struct Headers {
    Words length;  // payload length, next header, hop limit
    Words source[4];
    Words destination[4];
    Words ports;
};

TORII_INLINE void load(Headers& headers, std::uint8_t* const* frames) {
    Words first[4];
    Words second[4];
    Words third[4];
    load_columns(first, frames, kEthernetSize);
    load_columns(second, frames, kEthernetSize + 16);
    load_columns(third, frames, kEthernetSize + 28);  // the last word are the ports
    headers = {first[1],
               {first[2], first[3], second[0], second[1]},
               {second[2], second[3], third[1], third[2]},
               third[3]};
}

// All that check_header() and the rules for addresses refuse, and what they look closer at: what is
// in ::/8, fe00::/8 or ff00::/8, and next headers that may not be the last. `payload`: the length
// by the header; `length`: what is there.
TORII_INLINE void find_refused(Words& refused, const Headers& headers, const Words& payload,
                               const Words& length, const Words& has_ports) {
    Halves octet;
    first_octets(octet, headers.source[0], headers.destination[0]);
    const Words next_header = headers.length >> 16U & 0xffU;
    const Words known = has_ports | (Words)(next_header == std::uint32_t{packet::kProtocolIcmpv6});
    refused = (Words)((octet == 0) | (octet >= 0xfe));
    refused |=
        (Words)(((Signed)payload < kPayloadMin) | ((Signed)payload > (Signed)length - kHeaders) |
                ((Signed)(headers.length >> 24U) < 2)) |
        ~known;
}

}  // namespace

TORII_VECTORIZED
bool examine_plain_ipv6(Plain& work, const PlainRules& rules) {
    const std::uint32_t l4 = rules.hashing.mode == fib::HashMode::l3 ? 0U : ~0U;
    Words any{};
    for (std::size_t first = 0; first < work.count; first += kLanes) {
        Headers headers;
        load(headers, work.frames + first);
        const Words protocol = headers.length >> 16U & 0xffU;
        const auto has_ports = (Words)packet::has_ports(protocol);
        Words payload;
        first_half(payload, headers.length);
        Words refused;
        find_refused(refused, headers, payload, lanes_of(work.lengths, first), has_ports);
        any |= refused;
        lanes_of(work.refused, first) = refused;
        lanes_of(work.lengths, first) = payload + std::uint32_t{kHeaders};
        lanes_of(work.hops, first) = (headers.length >> 24U) - 1;
        for (std::size_t word = 0; word < 4; ++word) {
            lanes_of(work.destinations[word], first) = headers.destination[word];
            if (rules.sources) lanes_of(work.sources[word], first) = headers.source[word];
        }
        lanes_of(work.hashes, first) =
            fib::ecmp_hash_v6<Words>(rules.hashing, headers.source, headers.destination,
                                     headers.ports & has_ports & l4, protocol & l4);
    }
    return any_lane(any);
}

}  // namespace torii::pipeline
