#pragma once

#include "platform/base/byte_reader.h"

#include <cstddef>
#include <cstdint>

// The options of an IPv4 header (RFC 791 section 3.1).
namespace torii::packet {

enum class OptionsVerdict : std::uint8_t {
    good,
    malformed,
    source_route,  // somebody else than us chooses the path
};

struct OptionsCheck {
    OptionsVerdict verdict = OptionsVerdict::good;
    std::uint8_t pointer = 0;  // of what is malformed, from the IP header
};

// `header` is a whole IPv4 header.
[[nodiscard]] OptionsCheck check_ipv4_options(Bytes header);

// What a router that the packet passes adds to Record Route and Internet Timestamp: its address and
// a time in milliseconds of no certain origin, which the upper bit tells. The checksum is brought
// up to date. The options are good.
void record_in_ipv4_options(std::uint8_t* header, std::uint32_t address,
                            std::uint32_t milliseconds);

// Copies of the `options` those that every fragment has, padded to a multiple of four octets, to
// `out`, which has room for all; says how many octets that are.
std::size_t copy_fragment_options(Bytes options, std::uint8_t* out);

}  // namespace torii::packet
