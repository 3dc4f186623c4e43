#pragma once

#include "dataplane/packet/byte_order.h"
#include "dataplane/packet/checksum.h"
#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"

#include <cstddef>
#include <cstdint>

namespace torii::packet {

inline constexpr std::size_t kIpv4Size = 20;  // without options

// IP protocol numbers (IANA "Protocol Numbers").
enum IpProtocol : std::uint8_t {
    kProtocolHopByHop = 0,
    kProtocolIcmp = 1,
    kProtocolIpv4 = 4,
    kProtocolTcp = 6,
    kProtocolUdp = 17,
    kProtocolIpv6 = 41,
    kProtocolRouting = 43,
    kProtocolFragment = 44,
    kProtocolGre = 47,
    kProtocolEsp = 50,
    kProtocolAh = 51,
    kProtocolIcmpv6 = 58,
    kProtocolNoNext = 59,
    kProtocolDestinationOptions = 60,
    kProtocolSctp = 132,
    kProtocolUdpLite = 136,
};

// An IPv4 header (RFC 791 section 3.1) of at least 20 octets.
class Ipv4View {
public:
    explicit Ipv4View(const std::uint8_t* header) : header_(header) {}

    [[nodiscard]] std::uint8_t version() const { return header_[0] >> 4U; }
    [[nodiscard]] std::size_t header_length() const { return (header_[0] & 0x0fU) * 4U; }
    [[nodiscard]] std::uint16_t total_length() const { return load16(header_ + 2); }
    // Don't-fragment and more-fragments flags and the offset.
    [[nodiscard]] std::uint16_t fragment_word() const { return load16(header_ + 6); }
    [[nodiscard]] bool dont_fragment() const { return (fragment_word() & 0x4000U) != 0; }
    [[nodiscard]] bool is_fragment() const { return (fragment_word() & 0x3fffU) != 0; }
    [[nodiscard]] bool is_later_fragment() const { return (fragment_word() & 0x1fffU) != 0; }
    [[nodiscard]] std::uint8_t ttl() const { return header_[8]; }
    [[nodiscard]] std::uint8_t protocol() const { return header_[9]; }
    [[nodiscard]] std::uint32_t source() const { return load32(header_ + 12); }
    [[nodiscard]] std::uint32_t destination() const { return load32(header_ + 16); }
    [[nodiscard]] bool checksum_good() const {
        return header_length() == kIpv4Size
                   ? fold_checksum(sum20(header_)) == 0xffff
                   : internet_checksum(Bytes(header_, header_length())) == 0;
    }

private:
    const std::uint8_t* header_;
};

// What write_ipv4 does not fill in itself.
struct Ipv4Fields {
    std::uint16_t total_length = 0;
    std::uint16_t identification = 0;
    std::uint16_t fragment_word = 0;
    std::uint8_t type_of_service = 0;
    std::uint8_t ttl = 64;
    std::uint8_t protocol = 0;
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
};

// Writes a header of 20 octets with its checksum.
inline void write_ipv4(std::uint8_t* header, const Ipv4Fields& fields) {
    header[0] = 0x45;
    header[1] = fields.type_of_service;
    store16(header + 2, fields.total_length);
    store16(header + 4, fields.identification);
    store16(header + 6, fields.fragment_word);
    header[8] = fields.ttl;
    header[9] = fields.protocol;
    store16(header + 10, 0);
    store32(header + 12, fields.source);
    store32(header + 16, fields.destination);
    store16(header + 10, internet_checksum(Bytes(header, kIpv4Size)));
}

// One hop less, with the checksum brought up to date (RFC 1624 section 3): HC' = ~(~HC + ~m + m').
// TTL, protocol and checksum are one word; sums are the same in either byte order (RFC 1071 section
// 2), in which TTL, the upper octet of its 16 bits, comes first here: m' - m is -1. TTL is not 0.
// `Word` is a word or a vector of them.
template <class Word>
[[gnu::always_inline]] constexpr Word decremented_ttl(const Word& word) {
    const Word sum = (word >> 16U ^ 0xffffU) + 0xfffeU;
    const Word checksum = ~((sum & 0xffffU) + (sum >> 16U));
    return ((word & 0xffffU) - 1) | checksum << 16U;
}
inline void decrement_ttl(std::uint8_t* header) {
    store32_raw(header + 8, decremented_ttl(load32_raw(header + 8)));
}

}  // namespace torii::packet
