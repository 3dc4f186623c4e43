#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/pipeline/plain.h"

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;

// As it stands in memory: the second half of the word of identification and fragment.
constexpr std::uint32_t kFragmentMask = 0xff3f0000;  // RFC 791 section 3.1
// With the ports.
constexpr int kTotalLengthMin = packet::kIpv4Size + 4;

// The words of eight headers.
struct Headers {
    Words length;  // version, header length, type of service; total length
    Words fragment;
    Words hops;  // TTL, protocol, checksum
    Words source;
    Words destination;
    Words ports;
};

// From six octets into the frame on, all words are those of the header, and the last one is the
// ports.
TORII_INLINE void load(Headers& headers, std::uint8_t* const* frames) {
    Words first[4];
    Words second[4];
    load_columns(first, frames, 6);
    load_columns(second, frames, 22);
    headers = {first[2], first[3], second[0], second[1], second[2], second[3]};
}

// All that check_header() and the rules for addresses refuse, and what they look closer at: by its
// first octet an address may be one that is_no_host_v4() or is_link_local_v4() refuse. `total`: the
// length by the header; `length`: what is there.
TORII_INLINE void find_refused(Words& refused, const Headers& headers, const Words& total,
                               const Words& length) {
    Halves octet;
    first_octets(octet, headers.source, headers.destination);
    refused = (Words)((octet == 0) | (octet == 127) | (octet == 169) | (octet >= 224));
    refused |= (Words)(((Signed)total < kTotalLengthMin) |
                       ((Signed)total > (Signed)length - int{kEthernetSize}) |
                       ((Signed)(headers.hops & 0xffU) < 2));
}

// RFC 1071: the sum of all halves, in any byte order, is all ones.
TORII_INLINE void find_bad_checksums(Words& bad, const Headers& headers) {
    Words sum{};
    for (const Words* word : {&headers.length, &headers.fragment, &headers.hops, &headers.source,
                              &headers.destination}) {
        sum += (*word & 0xffffU) + (*word >> 16U);
    }
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    bad = (Words)(sum != 0xffffU);
}

}  // namespace

TORII_VECTORIZED
bool examine_plain_ipv4(Plain& work, const PlainRules& rules) {
    const std::uint32_t l4 = rules.hashing.mode == fib::HashMode::l3 ? 0U : ~0U;
    Words any{};
    for (std::size_t first = 0; first < work.count; first += kLanes) {
        Headers headers;
        load(headers, work.frames + first);
        Words total;
        second_half(total, headers.length);
        Words refused;
        find_refused(refused, headers, total, lanes_of(work.lengths, first));
        if (rules.verify_checksums) {
            Words bad;
            find_bad_checksums(bad, headers);
            refused |= bad;
        }
        any |= refused;
        lanes_of(work.refused, first) = refused;
        lanes_of(work.lengths, first) = total + std::uint32_t{kEthernetSize};
        lanes_of(work.hops, first) = packet::decremented_ttl(headers.hops);

        const Words whole = (Words)((headers.fragment & kFragmentMask) == 0) & l4;
        const Words protocol = headers.hops >> 8U & 0xffU;
        const Words ports = headers.ports & whole & (Words)packet::has_ports(protocol);
        Words source;
        Words destination;
        whole_word(source, headers.source);
        whole_word(destination, headers.destination);
        lanes_of(work.destinations[0], first) = destination;
        if (rules.sources) lanes_of(work.sources[0], first) = source;
        lanes_of(work.hashes, first) =
            fib::ecmp_hash_v4<Words>(rules.hashing, source, destination, ports, protocol & whole);
    }
    return any_lane(any);
}

}  // namespace torii::pipeline
