#pragma once

#include "dataplane/packet/byte_order.h"
#include "platform/base/mac_address.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace torii::packet {

inline constexpr std::size_t kEthernetSize = 14;
// A frame is at least this long, without its checksum: shorter packets are padded.
inline constexpr std::size_t kFrameMin = 60;

// The EtherTypes the router looks at (IANA "IEEE 802 numbers").
enum EtherType : std::uint16_t {
    kEtherIpv4 = 0x0800,
    kEtherArp = 0x0806,
    kEtherVlan = 0x8100,
    kEtherIpv6 = 0x86dd,
    kEtherProviderVlan = 0x88a8,
};

[[nodiscard]] inline std::uint16_t ether_type(const std::uint8_t* frame) {
    return load16(frame + 12);
}
[[nodiscard]] inline MacAddress destination_mac(const std::uint8_t* frame) {
    MacAddress mac;
    std::copy_n(frame, 6, mac.octets.begin());
    return mac;
}
[[nodiscard]] inline MacAddress source_mac(const std::uint8_t* frame) {
    return destination_mac(frame + 6);
}
inline void write_ethernet(std::uint8_t* frame, const MacAddress& destination,
                           const MacAddress& source, std::uint16_t type) {
    std::ranges::copy(destination.octets, frame);
    std::ranges::copy(source.octets, frame + 6);
    store16(frame + 12, type);
}

}  // namespace torii::packet
