#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

// Numbers of the wire (network byte order) at any alignment.
namespace torii::packet {

static_assert(std::endian::native == std::endian::little);

[[nodiscard]] inline std::uint16_t load16(const std::uint8_t* from) {
    std::uint16_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return __builtin_bswap16(value);
}
[[nodiscard]] inline std::uint32_t load32(const std::uint8_t* from) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return __builtin_bswap32(value);
}
// As it stands in memory: for hashes and comparisons only.
[[nodiscard]] inline std::uint16_t load16_raw(const std::uint8_t* from) {
    std::uint16_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return value;
}
[[nodiscard]] inline std::uint32_t load32_raw(const std::uint8_t* from) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return value;
}
[[nodiscard]] inline std::uint64_t load64_raw(const std::uint8_t* from) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return value;
}

inline void store32_raw(std::uint8_t* to, std::uint32_t value) {
    std::memcpy(to, &value, sizeof(value));
}
inline void store16(std::uint8_t* to, std::uint16_t value) {
    value = __builtin_bswap16(value);
    std::memcpy(to, &value, sizeof(value));
}
inline void store32(std::uint8_t* to, std::uint32_t value) {
    value = __builtin_bswap32(value);
    std::memcpy(to, &value, sizeof(value));
}

}  // namespace torii::packet
