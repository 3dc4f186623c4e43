#pragma once

#include <cstdint>
#include <cstring>

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

// `ports` is both port numbers as they stand in the header, `protocol` the IP protocol; zero for
// l3. Words of 32 bits only, and no branch: a compiler makes one vector of many packets of it.
[[nodiscard]] constexpr std::uint32_t ecmp_hash_v4(const HashSeed& seed, std::uint32_t source,
                                                   std::uint32_t destination, std::uint32_t ports,
                                                   std::uint32_t protocol) {
    std::uint32_t hash = (source ^ static_cast<std::uint32_t>(seed.first)) * 0x9e3779b1U;
    hash ^= hash >> 15U;
    hash = (hash + (destination ^ static_cast<std::uint32_t>(seed.first >> 32U))) * 0x85ebca77U;
    hash ^= hash >> 13U;
    hash = (hash + (ports ^ static_cast<std::uint32_t>(seed.second))) * 0xc2b2ae3dU;
    hash ^= hash >> 16U;
    hash = (hash + (protocol ^ static_cast<std::uint32_t>(seed.second >> 32U))) * 0x27d4eb2fU;
    return hash ^ hash >> 15U;
}

// `source` and `destination` point to the 16 octets of each address.
[[nodiscard]] inline std::uint32_t ecmp_hash_v6(const HashSeed& seed, const std::uint8_t* source,
                                                const std::uint8_t* destination,
                                                std::uint32_t ports, std::uint8_t protocol) {
    std::uint64_t words[4];
    std::memcpy(words, source, 16);
    std::memcpy(words + 2, destination, 16);
    const std::uint64_t transport = static_cast<std::uint64_t>(protocol) << 32U | ports;
    std::uint64_t hash = seed.first;
    for (const std::uint64_t word : words) hash = mix((hash ^ word) * 0x9fb21c651e98df25ULL);
    hash = mix(hash ^ (transport + seed.second));
    hash *= 0xa24baed4963ee407ULL;
    return static_cast<std::uint32_t>(hash >> 32U);
}

}  // namespace torii::fib
