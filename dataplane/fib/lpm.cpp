#include "dataplane/fib/lpm.h"

#include <algorithm>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace torii::fib {

void Lpm4::lookup_scalar(std::span<const std::uint32_t> addresses, std::uint32_t* values) const {
    const Reader reader = this->reader();
    std::uint32_t any = 0;
    for (std::size_t index = 0; index < addresses.size(); ++index) {
        values[index] = reader.first(addresses[index] >> 8U);
        any |= values[index];
    }
    // Which of them need the second read is not predictable: all of them do it where any does.
    if ((any & kExtended) != 0) {
        for (std::size_t index = 0; index < addresses.size(); ++index) {
            values[index] = reader.next(values[index], addresses[index] & 0xffU);
        }
    }
    for (std::size_t index = 0; index < addresses.size(); ++index) values[index] &= kValueMask;
}

namespace {

// The first 24 bits of an address as a number, from its first word.
std::uint32_t first24(std::uint32_t word) {
    return __builtin_bswap32(word) >> 8U;
}

}  // namespace

// One octet after the other of all of them.
void Lpm6::lookup_scalar(const Columns& words, std::size_t count, std::uint32_t* values) const {
    const Reader reader = this->reader();
    std::uint32_t any = 0;
    std::uint32_t all = kExtended;
    for (std::size_t index = 0; index < count; ++index) {
        values[index] = reader.first(first24(words[0][index]));
        any |= values[index];
        all &= values[index];
    }
    for (std::size_t octet = 3; (any & kExtended) != 0; ++octet) {
        const auto* const below =
            reinterpret_cast<const std::uint8_t*>(words[octet / 4]) + octet % 4;
        any = 0;
        // Under a prefix that they share all of them lead on.
        if (all != 0) {
            for (std::size_t index = 0; index < count; ++index) {
                values[index] = reader.below(values[index], below[index * 4]);
                any |= values[index];
                all &= values[index];
            }
        } else {
            for (std::size_t index = 0; index < count; ++index) {
                values[index] = reader.next(values[index], below[index * 4]);
                any |= values[index];
            }
        }
    }
    for (std::size_t index = 0; index < count; ++index) values[index] &= kValueMask;
}

// A vector of aligned words is read word by word, each as a whole, and after what its address came
// from: all that readers of a trie rely on.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

const bool kVectorLookup = __builtin_cpu_supports("avx512bf16") != 0;

namespace {

constexpr std::size_t kLanes = 16;

// The entries below those that lead to a table; the others stay. `octets` choose among the 256.
[[gnu::target("avx512f")]] inline __m512i next(__m512i entries, __mmask16 extended, __m512i octets,
                                               const void* cells, std::uint32_t value_mask) {
    const __m512i tables =
        _mm512_and_si512(entries, _mm512_set1_epi32(static_cast<int>(value_mask)));
    const __m512i cell = _mm512_or_si512(_mm512_slli_epi32(tables, 8), octets);
    return _mm512_mask_i32gather_epi32(entries, extended, cell, cells, 4);
}

// The lanes of what is left.
inline __mmask16 lanes_of(std::size_t count) {
    return static_cast<__mmask16>(count >= kLanes ? 0xffffU : (1U << count) - 1);
}

}  // namespace

[[gnu::target("avx512f")]] void Lpm4::lookup_vector(std::span<const std::uint32_t> addresses,
                                                    std::uint32_t* values) const {
    const Reader reader = this->reader();
    const __m512i link = _mm512_set1_epi32(static_cast<int>(kExtended));
    const __m512i low = _mm512_set1_epi32(0xff);
    const __m512i mask = _mm512_set1_epi32(static_cast<int>(kValueMask));
    for (std::size_t at = 0; at < addresses.size(); at += kLanes) {
        const __mmask16 lanes = lanes_of(addresses.size() - at);
        const __m512i address = _mm512_maskz_loadu_epi32(lanes, addresses.data() + at);
        __m512i entry = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), lanes,
                                                    _mm512_srli_epi32(address, 8), reader.root, 4);
        const __mmask16 extended = _mm512_test_epi32_mask(entry, link);
        if (extended != 0) {
            entry = next(entry, extended, _mm512_and_si512(address, low), reader.cells, kValueMask);
        }
        _mm512_mask_storeu_epi32(values + at, lanes, _mm512_and_si512(entry, mask));
    }
}

[[gnu::target("avx512f")]] void Lpm6::lookup_vector(const Columns& words, std::size_t count,
                                                    std::uint32_t* values) const {
    const Reader reader = this->reader();
    const __m512i link = _mm512_set1_epi32(static_cast<int>(kExtended));
    const __m512i low = _mm512_set1_epi32(0xff);
    const __m512i mask = _mm512_set1_epi32(static_cast<int>(kValueMask));
    // Two vectors at once: one waits for memory as long as several.
    for (std::size_t at = 0; at < count; at += 2 * kLanes) {
        const std::size_t begins[2] = {at, std::min(at + kLanes, count)};
        __mmask16 lanes[2];
        __m512i entries[2];
        std::uint32_t any = 0;
        for (std::size_t side = 0; side < 2; ++side) {
            lanes[side] = lanes_of(count - begins[side]);
            const __m512i word = _mm512_maskz_loadu_epi32(lanes[side], words[0] + begins[side]);
            const __m512i first24 =
                _mm512_or_si512(_mm512_or_si512(_mm512_slli_epi32(_mm512_and_si512(word, low), 16),
                                                _mm512_and_si512(word, _mm512_set1_epi32(0xff00))),
                                _mm512_and_si512(_mm512_srli_epi32(word, 16), low));
            entries[side] = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), lanes[side],
                                                        first24, reader.root, 4);
            any |= _mm512_test_epi32_mask(entries[side], link);
        }
        for (std::size_t octet = 3; any != 0; ++octet) {
            const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(octet % 4 * 8));
            any = 0;
            for (std::size_t side = 0; side < 2; ++side) {
                const __m512i word =
                    _mm512_maskz_loadu_epi32(lanes[side], words[octet / 4] + begins[side]);
                const __m512i octets = _mm512_and_si512(_mm512_srl_epi32(word, shift), low);
                const __mmask16 extended = _mm512_test_epi32_mask(entries[side], link);
                entries[side] = next(entries[side], extended, octets, reader.cells, kValueMask);
                any |= _mm512_test_epi32_mask(entries[side], link);
            }
        }
        for (std::size_t side = 0; side < 2; ++side) {
            _mm512_mask_storeu_epi32(values + begins[side], lanes[side],
                                     _mm512_and_si512(entries[side], mask));
        }
    }
}

#else

const bool kVectorLookup = false;

void Lpm4::lookup_vector(std::span<const std::uint32_t> addresses, std::uint32_t* values) const {
    lookup_scalar(addresses, values);
}
void Lpm6::lookup_vector(const Columns& words, std::size_t count, std::uint32_t* values) const {
    lookup_scalar(words, count, values);
}

#endif

}  // namespace torii::fib
