#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace torii::fib {

// Which fields choose the member of a group.
enum class HashMode : std::uint8_t {
    l3,  // source and destination address
    l4,  // and protocol and ports; any fragment, also the first, falls back to l3
    // l4 of the packet inside a tunnel that passes through; of what is in none, as l4.
    inner,
};

// Two keys drawn from one configured seed.
struct HashSeed {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    [[nodiscard]] static constexpr HashSeed make(std::uint32_t seed) {
        return {(seed + 1ULL) * 0x9e3779b97f4a7c15ULL, (seed + 2ULL) * 0xd1342543de82ef95ULL};
    }
};

// How a packet's hash is made of its fields.
struct HashRules {
    HashSeed seed;
    HashMode mode = HashMode::l4;
    bool symmetric = false;  // both directions of a flow have the same hash
};

// Multiplication and xor-shift in turns are not linear over GF(2). A linear hash (CRC, Toeplitz)
// polarises: routers one behind the other, whatever their seeds, split a share of the first no
// further.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) {
    value ^= value >> 32U;
    value *= 0xd6e8feb86659fd93ULL;
    value ^= value >> 29U;
    return value;
}

// One more word into a hash. Words of 32 bits only, and no branch: `Word` is one or, for many
// packets at once, a vector of them.
template <class Word>
[[gnu::always_inline]] constexpr void mix_in(Word& hash, const Word& word, std::uint32_t key,
                                             std::uint32_t multiplier, unsigned shift) {
    hash = (hash + (word ^ key)) * multiplier;
    hash ^= hash >> shift;
}

// The smaller word becomes the first.
template <class Word>
[[gnu::always_inline]] constexpr void put_in_order(Word& first, Word& second) {
    Word change = first ^ second;
    if constexpr (std::is_integral_v<Word>) {
        change = second < first ? change : 0;
    } else {
        change &= (Word)(second < first);
    }
    first ^= change;
    second ^= change;
}

// The fields of a flow so that those of its other direction are the same: each word of the source
// and its counterpart of the destination, and the ports, in the order of their size. Flows that
// differ only in which side has which word fall together, which are none in practice.
template <class Word, std::size_t kWords>
[[gnu::always_inline]] constexpr void forget_direction(Word (&source)[kWords],
                                                       Word (&destination)[kWords], Word& ports) {
    for (std::size_t word = 0; word < kWords; ++word) {
        put_in_order(source[word], destination[word]);
    }
    Word first = ports & 0xffffU;
    Word second = ports >> 16U;
    put_in_order(first, second);
    ports = first | second << 16U;
}

template <class Word>
[[gnu::always_inline]] constexpr void mix_in_transport(Word& hash, const HashSeed& seed,
                                                       const Word& ports, const Word& protocol) {
    mix_in(hash, ports, static_cast<std::uint32_t>(seed.second), 0xc2b2ae3dU, 16);
    mix_in(hash, protocol, static_cast<std::uint32_t>(seed.second >> 32U), 0x27d4eb2fU, 15);
}

// `ports` is both port numbers as they stand in the header, `protocol` the IP protocol; zero for
// l3.
template <class Word = std::uint32_t>
[[nodiscard, gnu::always_inline]] constexpr Word ecmp_hash_v4(
    const HashRules& rules, const std::type_identity_t<Word>& from,
    const std::type_identity_t<Word>& to, const std::type_identity_t<Word>& transport,
    const std::type_identity_t<Word>& protocol) {
    const HashSeed& seed = rules.seed;
    Word source[1]{from};
    Word destination[1]{to};
    Word ports = transport;
    if (rules.symmetric) forget_direction(source, destination, ports);
    Word hash{};
    mix_in(hash, source[0], static_cast<std::uint32_t>(seed.first), 0x9e3779b1U, 15);
    mix_in(hash, destination[0], static_cast<std::uint32_t>(seed.first >> 32U), 0x85ebca77U, 13);
    mix_in_transport(hash, seed, ports, protocol);
    return hash;
}

// Addresses as four words each, as they stand in the header. They are mixed apart from each other,
// so that a processor does both at once.
template <class Word = std::uint32_t>
[[nodiscard, gnu::always_inline]] constexpr Word ecmp_hash_v6(
    const HashRules& rules, const std::type_identity_t<Word> (&from)[4],
    const std::type_identity_t<Word> (&to)[4], const std::type_identity_t<Word>& transport,
    const std::type_identity_t<Word>& protocol) {
    const HashSeed& seed = rules.seed;
    Word source[4]{from[0], from[1], from[2], from[3]};
    Word destination[4]{to[0], to[1], to[2], to[3]};
    Word ports = transport;
    if (rules.symmetric) forget_direction(source, destination, ports);
    Word hash{};
    Word other{};
    for (const Word& word : source) {
        mix_in(hash, word, static_cast<std::uint32_t>(seed.first), 0x9e3779b1U, 15);
    }
    for (const Word& word : destination) {
        mix_in(other, word, static_cast<std::uint32_t>(seed.first >> 32U), 0x85ebca77U, 13);
    }
    mix_in(hash, other, static_cast<std::uint32_t>(seed.second), 0x2c1b3c6dU, 14);
    mix_in_transport(hash, seed, ports, protocol);
    return hash;
}
[[nodiscard]] inline std::uint32_t ecmp_hash_v6(const HashRules& rules, const std::uint8_t* source,
                                                const std::uint8_t* destination,
                                                std::uint32_t ports, std::uint32_t protocol) {
    std::uint32_t words[2][4];
    std::memcpy(words[0], source, 16);
    std::memcpy(words[1], destination, 16);
    return ecmp_hash_v6<std::uint32_t>(rules, words[0], words[1], ports, protocol);
}

}  // namespace torii::fib
