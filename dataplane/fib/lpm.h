#pragma once

#include "dataplane/fib/multibit_trie.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace torii::fib {

// An IPv4 address as a number, for MultibitTrie.
struct Ipv4Key {
    static constexpr unsigned kBits = 32;

    std::uint32_t number = 0;

    [[nodiscard]] std::uint32_t first24() const { return number >> 8U; }
    // The octet that level 1 and up branch on.
    [[nodiscard]] std::uint8_t octet(unsigned) const { return static_cast<std::uint8_t>(number); }
    [[nodiscard]] Ipv4Key masked(unsigned length) const {
        return {length == 0 ? 0 : number & 0xffffffffU << (32 - length)};
    }
    [[nodiscard]] std::size_t hash() const { return number; }
    friend bool operator==(const Ipv4Key&, const Ipv4Key&) = default;
};

struct Ipv6Key {
    static constexpr unsigned kBits = 128;

    std::array<std::uint8_t, 16> octets{};

    [[nodiscard]] std::uint32_t first24() const {
        return static_cast<std::uint32_t>(octets[0]) << 16U |
               static_cast<std::uint32_t>(octets[1]) << 8U | octets[2];
    }
    [[nodiscard]] std::uint8_t octet(unsigned level) const { return octets[level + 2]; }
    [[nodiscard]] Ipv6Key masked(unsigned length) const {
        Ipv6Key key = *this;
        for (unsigned index = 0; index < 16; ++index) {
            const unsigned kept = length <= index * 8 ? 0 : length - index * 8;
            if (kept >= 8) continue;
            key.octets[index] = static_cast<std::uint8_t>(key.octets[index] & (0xff00U >> kept));
        }
        return key;
    }
    [[nodiscard]] std::size_t hash() const {
        std::uint64_t words[2];
        std::memcpy(words, octets.data(), 16);
        return words[0] * 0x9e3779b97f4a7c15ULL ^ words[1];
    }
    friend bool operator==(const Ipv6Key&, const Ipv6Key&) = default;
};

// Whether many entries are best read by one instruction: on processors of the generation that has
// AVX512-BF16. Older ones also know the instruction, but are slower with it than without, above all
// since their microcode closes CVE-2022-40982.
extern const bool kVectorLookup;

// Longest prefix match of IPv4: DIR-24-8, one or two reads.
class Lpm4 : public MultibitTrie<Ipv4Key> {
public:
    using MultibitTrie::MultibitTrie;

    [[nodiscard]] std::uint32_t lookup(std::uint32_t address) const {
        const Reader reader = this->reader();
        std::uint32_t entry = reader.first(address >> 8U);
        if ((entry & kExtended) != 0) [[unlikely]]
            entry = reader.below(entry, address & 0xffU);
        return entry & kValueMask;
    }
    // Of many addresses; `values` has room for them all.
    void lookup(std::span<const std::uint32_t> addresses, std::uint32_t* values) const {
        return kVectorLookup ? lookup_vector(addresses, values) : lookup_scalar(addresses, values);
    }
    // The two ways of it.
    void lookup_scalar(std::span<const std::uint32_t> addresses, std::uint32_t* values) const;
    void lookup_vector(std::span<const std::uint32_t> addresses, std::uint32_t* values) const;
};

// Longest prefix match of IPv6: 24 bits, then 8 at a time.
class Lpm6 : public MultibitTrie<Ipv6Key> {
public:
    using MultibitTrie::MultibitTrie;

    // `address` points to 16 octets.
    [[nodiscard]] std::uint32_t lookup(const std::uint8_t* address) const {
        const Reader reader = this->reader();
        std::uint32_t entry =
            reader.first(static_cast<std::uint32_t>(address[0]) << 16U |
                         static_cast<std::uint32_t>(address[1]) << 8U | address[2]);
        for (unsigned octet = 3; (entry & kExtended) != 0; ++octet) {
            entry = reader.below(entry, address[octet]);
        }
        return entry & kValueMask;
    }
    // Of many addresses: `words` point to the first, second, third and fourth word of them all, as
    // they stand in memory. `values` has room for them all.
    using Columns = std::array<const std::uint32_t*, 4>;
    void lookup(const Columns& words, std::size_t count, std::uint32_t* values) const {
        return kVectorLookup ? lookup_vector(words, count, values)
                             : lookup_scalar(words, count, values);
    }
    // The two ways of it.
    void lookup_scalar(const Columns& words, std::size_t count, std::uint32_t* values) const;
    void lookup_vector(const Columns& words, std::size_t count, std::uint32_t* values) const;
};

}  // namespace torii::fib
