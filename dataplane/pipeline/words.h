#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

// Eight packets side by side: a word each in a vector. The compiler makes of it what the processor
// has. All functions are inlined, because vectors that registers are too narrow for are passed
// differently; they return through references for the same reason.
namespace torii::pipeline {

// Functions compiled for two generations of vector instructions; which one runs is found out at the
// start of the program.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TORII_VECTORIZED [[gnu::target_clones("default", "avx2")]]
#else
#define TORII_VECTORIZED
#endif
#define TORII_INLINE [[gnu::always_inline]] inline

using Words [[gnu::vector_size(32)]] = std::uint32_t;
// The same, for comparisons of small numbers: signed ones are simpler.
using Signed [[gnu::vector_size(32)]] = std::int32_t;
using Halves [[gnu::vector_size(32)]] = std::int16_t;
using Octets [[gnu::vector_size(32)]] = std::uint8_t;
// Four neighboring words of one packet.
using Quad [[gnu::vector_size(16)]] = std::uint32_t;
inline constexpr std::size_t kLanes = sizeof(Words) / sizeof(std::uint32_t);

TORII_INLINE void load_quad(Quad& quad, const std::uint8_t* from) {
    std::memcpy(&quad, from, sizeof(quad));
}

TORII_INLINE void load_pair(Words& pair, const std::uint8_t* low, const std::uint8_t* high) {
    Quad quads[2];
    load_quad(quads[0], low);
    load_quad(quads[1], high);
    pair = __builtin_shufflevector(quads[0], quads[1], 0, 1, 2, 3, 4, 5, 6, 7);
}

// The four words at `offset` in each of eight frames, a column each.
TORII_INLINE void load_columns(Words (&columns)[4], std::uint8_t* const* frames,
                               std::size_t offset) {
    Words rows[4];
    for (std::size_t row = 0; row < 4; ++row) {
        load_pair(rows[row], frames[row] + offset, frames[row + 4] + offset);
    }
    const Words low01 = __builtin_shufflevector(rows[0], rows[1], 0, 8, 1, 9, 4, 12, 5, 13);
    const Words low23 = __builtin_shufflevector(rows[2], rows[3], 0, 8, 1, 9, 4, 12, 5, 13);
    const Words high01 = __builtin_shufflevector(rows[0], rows[1], 2, 10, 3, 11, 6, 14, 7, 15);
    const Words high23 = __builtin_shufflevector(rows[2], rows[3], 2, 10, 3, 11, 6, 14, 7, 15);
    columns[0] = __builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13);
    columns[1] = __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15);
    columns[2] = __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13);
    columns[3] = __builtin_shufflevector(high01, high23, 2, 3, 10, 11, 6, 7, 14, 15);
}

TORII_INLINE Words& lanes_of(std::uint32_t* array, std::size_t first) {
    return *reinterpret_cast<Words*>(array + first);
}

// From network byte order: the first half of each word, the second, all of it.
TORII_INLINE void first_half(Words& numbers, const Words& words) {
    numbers = (Words)__builtin_shufflevector(
        (Octets)words, Octets{}, 1, 0, 32, 32, 5, 4, 32, 32, 9, 8, 32, 32, 13, 12, 32, 32,  //
        17, 16, 32, 32, 21, 20, 32, 32, 25, 24, 32, 32, 29, 28, 32, 32);
}
TORII_INLINE void second_half(Words& numbers, const Words& words) {
    numbers = (Words)__builtin_shufflevector(
        (Octets)words, Octets{}, 3, 2, 32, 32, 7, 6, 32, 32, 11, 10, 32, 32, 15, 14, 32, 32,  //
        19, 18, 32, 32, 23, 22, 32, 32, 27, 26, 32, 32, 31, 30, 32, 32);
}
TORII_INLINE void whole_word(Words& numbers, const Words& words) {
    numbers = (Words)__builtin_shufflevector((Octets)words, (Octets)words, 3, 2, 1, 0, 7, 6, 5, 4,
                                             11, 10, 9, 8, 15, 14, 13, 12, 19, 18, 17, 16, 23, 22,
                                             21, 20, 27, 26, 25, 24, 31, 30, 29, 28);
}

// The first octets of both, each in a half of its word.
TORII_INLINE void first_octets(Halves& octets, const Words& source, const Words& destination) {
    octets = (Halves)((source & 0xffU) | destination << 16U) & 0xff;
}

TORII_INLINE bool any_lane(const Words& words) {
    std::uint32_t sum = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) sum |= words[lane];
    return sum != 0;
}

}  // namespace torii::pipeline
