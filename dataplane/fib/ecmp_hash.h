#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace torii::fib {

// Which fields choose the member of a group.
enum class HashMode : std::uint8_t {
    l3,  // source and destination address
    l4,  // and protocol and ports; any fragment, also the first, falls back to l3
};

// Two keys drawn from one configured seed.
struct HashSeed {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    [[nodiscard]] static constexpr HashSeed make(std::uint32_t seed) {
        return {(seed + 1ULL) * 0x9e3779b97f4a7c15ULL, (seed + 2ULL) * 0xd1342543de82ef95ULL};
    }
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

// The two addresses, and then what is the same for both families.
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
    const HashSeed& seed, const std::type_identity_t<Word>& source,
    const std::type_identity_t<Word>& destination, const std::type_identity_t<Word>& ports,
    const std::type_identity_t<Word>& protocol) {
    Word hash{};
    mix_in(hash, source, static_cast<std::uint32_t>(seed.first), 0x9e3779b1U, 15);
    mix_in(hash, destination, static_cast<std::uint32_t>(seed.first >> 32U), 0x85ebca77U, 13);
    mix_in_transport(hash, seed, ports, protocol);
    return hash;
}

// Addresses as four words each, as they stand in the header. They are mixed apart from each other,
// so that a processor does both at once.
template <class Word = std::uint32_t>
[[nodiscard, gnu::always_inline]] constexpr Word ecmp_hash_v6(
    const HashSeed& seed, const std::type_identity_t<Word> (&source)[4],
    const std::type_identity_t<Word> (&destination)[4], const std::type_identity_t<Word>& ports,
    const std::type_identity_t<Word>& protocol) {
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
[[nodiscard]] inline std::uint32_t ecmp_hash_v6(const HashSeed& seed, const std::uint8_t* source,
                                                const std::uint8_t* destination,
                                                std::uint32_t ports, std::uint32_t protocol) {
    std::uint32_t words[2][4];
    std::memcpy(words[0], source, 16);
    std::memcpy(words[1], destination, 16);
    return ecmp_hash_v6<std::uint32_t>(seed, words[0], words[1], ports, protocol);
}

}  // namespace torii::fib
