#include "tests/bench/fib/table_under_test.h"

#include <algorithm>
#include <array>
#include <random>
#include <unordered_set>

namespace torii::bench {
namespace {

constexpr std::array<std::uint8_t, 20> kLengthsV4{24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
                                                  24, 24, 23, 23, 22, 22, 22, 21, 20, 19};
constexpr std::array<std::uint8_t, 20> kLengthsV6{48, 48, 48, 48, 48, 48, 48, 48, 48, 44,
                                                  44, 40, 40, 36, 32, 32, 32, 46, 47, 29};

Prefix random_v4(std::mt19937& random) {
    const std::uint32_t address =
        static_cast<std::uint32_t>((11U + random() % 200) << 24U | (random() & 0xffffffU));
    return Prefix::covering(IpAddress::v4(address), kLengthsV4[random() % kLengthsV4.size()]);
}

// Most in a few blocks, as registries give them out.
Prefix random_v6(std::mt19937& random) {
    std::array<std::uint8_t, 16> octets{};
    const std::uint32_t block = static_cast<std::uint32_t>(random()) % 40'000 * 2654435761U;
    octets[0] = 0x20;
    octets[1] = static_cast<std::uint8_t>(block >> 28U);
    octets[2] = static_cast<std::uint8_t>(block >> 16U);
    octets[3] = static_cast<std::uint8_t>(block >> 8U);
    for (std::size_t index = 4; index < 8; ++index) {
        octets[index] = static_cast<std::uint8_t>(random());
    }
    return Prefix::covering(IpAddress::v6(octets), kLengthsV6[random() % kLengthsV6.size()]);
}

}  // namespace

std::vector<Prefix> internet_prefixes(IpFamily family, std::size_t count) {
    std::mt19937 random(7);
    std::unordered_set<Prefix, PrefixHash> seen;
    std::vector<Prefix> prefixes;
    while (prefixes.size() < count) {
        const Prefix prefix = family == IpFamily::v4 ? random_v4(random) : random_v6(random);
        if (seen.insert(prefix).second) prefixes.push_back(prefix);
    }
    return prefixes;
}

}  // namespace torii::bench
