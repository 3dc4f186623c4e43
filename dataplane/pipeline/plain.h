#pragma once

#include "dataplane/fib/forwarding_table.h"
#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/words.h"

#include <cstddef>
#include <cstdint>
#include <span>

// How plain packets are forwarded; nothing outside this folder includes it.
namespace torii::pipeline {

static_assert(kBurst % kLanes == 0);

// How the frames of a family begin that are plain, and what is known of them beforehand.
struct PlainLook {
    Quad octets;  // the first 16
    Quad mask;    // the bits of these that count
    std::uint8_t flags = 0;
    std::uint8_t flags_mask = 0;
    std::uint32_t length_min = 0;
};

// What of the plain packets of a burst the passes work with, an array for each. Plain arrays, for
// bounds that the loops keep by themselves are not checked once more.
struct Plain {
    // IPv4: the number; IPv6: the four words as they stand in memory.
    alignas(sizeof(Words)) std::uint32_t destinations[4][kBurst];
    alignas(sizeof(Words)) std::uint32_t sources[4][kBurst];  // only with PlainRules::sources
    alignas(sizeof(Words)) std::uint32_t lengths[kBurst];     // octets there; then: to be sent
    alignas(sizeof(Words)) std::uint32_t hops[kBurst];        // what to write for the hops left
    alignas(sizeof(Words)) std::uint32_t hashes[kBurst];
    alignas(sizeof(Words)) std::uint32_t refused[kBurst];  // not 0: it is not plain after all
    std::uint32_t slots[kBurst];
    std::uint8_t* frames[kBurst];
    const fib::Member* members[kBurst];
    std::uint32_t found[kBurst];   // in the access list of the way out, plus 1; 0: there is none
    std::uint8_t indices[kBurst];  // in the burst
    std::size_t count = 0;

    // Whether all packets look like this; then they are taken.
    template <class Ip>
    bool take_all(std::span<const Packet> packets, const PlainLook& look,
                  const fib::ForwardingTable& table);
    void put(std::size_t entry, std::size_t index, const Packet& packet) {
        indices[entry] = static_cast<std::uint8_t>(index);
        frames[entry] = packet.data;
        lengths[entry] = packet.length;
    }
    // Fills the last eight up with the first packet: passes work on eight at a time.
    void pad() {
        for (std::size_t entry = count; entry % kLanes != 0; ++entry) {
            frames[entry] = frames[0];
            lengths[entry] = lengths[0];
        }
    }
    void leave_refused(Selection& others);
};

struct PlainRules {
    fib::HashRules hashing;
    bool verify_checksums = false;  // they are not known to be good
    bool sources = false;           // sources are looked up
};

// The checks of the stages on packets that look plain; and what is needed to forward them: length,
// hash, hops. Whether any of them is refused.
[[nodiscard]] bool examine_plain_ipv4(Plain& work, const PlainRules& rules);
[[nodiscard]] bool examine_plain_ipv6(Plain& work, const PlainRules& rules);

}  // namespace torii::pipeline
