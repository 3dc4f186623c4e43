#pragma once

#include "platform/base/byte_reader.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace torii::rib {

// A running hash of numbers; the multiplier is the 64-bit golden ratio.
inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return hash ^ hash >> 32U;
}

// Eight octets at a time.
inline std::uint64_t octets_hash(Bytes octets) {
    const auto word_at = [](const std::uint8_t* at) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        return word;
    };
    std::uint64_t hash = octets.size();
    if (octets.size() < 8) {
        std::uint64_t word = 0;
        if (!octets.empty()) std::memcpy(&word, octets.data(), octets.size());
        return mixed(hash, word);
    }
    const std::uint8_t* const last = octets.data() + octets.size() - 8;
    for (const std::uint8_t* at = octets.data(); at < last; at += 8)
        hash = mixed(hash, word_at(at));
    return mixed(hash, word_at(last));  // some of it for the second time
}

}  // namespace torii::rib
