#include "dataplane/packet/checksum.h"

#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"

#include <array>
#include <cstring>
#include <optional>

namespace torii::packet {
namespace {

// Where the transport header is, and what its checksum covers beside it.
struct Transport {
    std::uint8_t protocol = 0;
    std::size_t offset = 0;
    std::size_t end = 0;
    Bytes addresses;
};

std::optional<Transport> transport_of_ipv4(const std::uint8_t* packet, std::size_t length) {
    const Ipv4View ip(packet);
    if (length < kIpv4Size || ip.header_length() < kIpv4Size || ip.is_fragment() ||
        ip.total_length() > length || ip.total_length() < ip.header_length()) {
        return std::nullopt;
    }
    return Transport{ip.protocol(), ip.header_length(), ip.total_length(), Bytes(packet + 12, 8)};
}

std::optional<Transport> transport_of_ipv6(const std::uint8_t* packet, std::size_t length) {
    if (length < kIpv6Size) return std::nullopt;
    const std::size_t end = kIpv6Size + Ipv6View(packet).payload_length();
    if (end > length) return std::nullopt;
    const UpperLayer upper = find_upper_layer(packet, end);
    if (!upper.complete || upper.fragment) return std::nullopt;
    return Transport{upper.protocol, upper.offset, end, Bytes(packet + 8, 32)};
}

// Of the checksum field from the transport header, for headers that are all there.
std::optional<std::size_t> checksum_offset(std::uint8_t protocol, std::size_t length) {
    if (protocol == kProtocolTcp && length >= kTcpSize) return 16;
    if (protocol == kProtocolUdp && length >= kUdpSize) return 6;
    return std::nullopt;
}

}  // namespace

std::uint64_t add_to_sum(std::uint64_t sum, Bytes bytes) {
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 4; left -= 4, at += 4) sum += load32_raw(at);
    if (left != 0) {
        std::uint32_t last = 0;
        std::memcpy(&last, at, left);
        sum += last;
    }
    return sum;
}

std::uint16_t internet_checksum(Bytes bytes) {
    return static_cast<std::uint16_t>(~__builtin_bswap16(fold_checksum(add_to_sum(0, bytes))));
}

std::uint64_t pseudo_header_sum(Bytes addresses, std::uint8_t protocol, std::uint32_t length) {
    std::array<std::uint8_t, 8> rest{};
    store32(rest.data(), length);
    rest[7] = protocol;
    return add_to_sum(add_to_sum(0, addresses), rest);
}

std::uint16_t transport_checksum(Bytes addresses, std::uint8_t protocol, Bytes message) {
    const auto length = static_cast<std::uint32_t>(message.size());
    const std::uint64_t sum = add_to_sum(pseudo_header_sum(addresses, protocol, length), message);
    const auto checksum = static_cast<std::uint16_t>(~__builtin_bswap16(fold_checksum(sum)));
    // RFC 768: zero means no checksum; its other form in one's complement is sent instead.
    return protocol == kProtocolUdp && checksum == 0 ? 0xffff : checksum;
}

bool repair_transport_checksum(std::uint8_t* packet, std::size_t length) {
    const std::uint8_t version = packet[0] >> 4U;
    const std::optional<Transport> transport = version == 4   ? transport_of_ipv4(packet, length)
                                               : version == 6 ? transport_of_ipv6(packet, length)
                                                              : std::nullopt;
    if (!transport || transport->offset > transport->end) return false;
    std::uint8_t* header = packet + transport->offset;
    const std::size_t size = transport->end - transport->offset;
    const std::optional<std::size_t> field = checksum_offset(transport->protocol, size);
    if (!field) return false;
    const std::uint16_t partial = fold_checksum(pseudo_header_sum(
        transport->addresses, transport->protocol, static_cast<std::uint32_t>(size)));
    if (load16(header + *field) != __builtin_bswap16(partial)) return false;
    store16(header + *field, 0);
    store16(header + *field,
            transport_checksum(transport->addresses, transport->protocol, Bytes(header, size)));
    return true;
}

}  // namespace torii::packet
