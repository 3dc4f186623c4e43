#pragma once

#include "dataplane/packet/byte_order.h"
#include "dataplane/packet/ipv4.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace torii::packet {

inline constexpr std::size_t kIpv6Size = 40;

// An IPv6 header (RFC 8200 section 3) of 40 octets.
class Ipv6View {
public:
    explicit Ipv6View(const std::uint8_t* header) : header_(header) {}

    [[nodiscard]] std::uint8_t version() const { return header_[0] >> 4U; }
    [[nodiscard]] std::uint16_t payload_length() const { return load16(header_ + 4); }
    [[nodiscard]] std::uint8_t next_header() const { return header_[6]; }
    [[nodiscard]] std::uint8_t hop_limit() const { return header_[7]; }
    // 16 octets each.
    [[nodiscard]] const std::uint8_t* source() const { return header_ + 8; }
    [[nodiscard]] const std::uint8_t* destination() const { return header_ + 24; }

private:
    const std::uint8_t* header_;
};

// The header after the extension headers.
struct UpperLayer {
    std::uint8_t protocol = kProtocolNoNext;
    std::size_t offset = 0;       // from the IPv6 header
    bool fragment = false;        // there was a fragment header, also an atomic one
    bool later_fragment = false;  // not the first: there is no upper-layer header in it
    bool complete = false;        // false: ran off the packet or over the bound
};

// Walks at most 8 extension headers of at most 256 octets in all: more is nobody's honest traffic.
// `length` is what is there from the IPv6 header on.
[[nodiscard]] UpperLayer find_upper_layer(const std::uint8_t* header, std::size_t length);

struct Ipv6Fields {
    std::uint16_t payload_length = 0;
    std::uint8_t next_header = kProtocolNoNext;
    std::uint8_t hop_limit = 64;
    std::array<std::uint8_t, 16> source{};
    std::array<std::uint8_t, 16> destination{};
};

inline void write_ipv6(std::uint8_t* header, const Ipv6Fields& fields) {
    store32(header, 0x60000000);
    store16(header + 4, fields.payload_length);
    header[6] = fields.next_header;
    header[7] = fields.hop_limit;
    std::ranges::copy(fields.source, header + 8);
    std::ranges::copy(fields.destination, header + 24);
}

}  // namespace torii::packet
