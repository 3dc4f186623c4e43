#pragma once

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/tcp_udp.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace torii::bench {

// The packets of this bench: UDP over IPv4 to this port, with a sequence number as their only data.
inline constexpr std::uint16_t kFlowPort = 4790;
inline constexpr std::size_t kIpv4At = packet::kEthernetSize;
inline constexpr std::size_t kUdpAt = kIpv4At + packet::kIpv4Size;
inline constexpr std::size_t kSequenceAt = kUdpAt + packet::kUdpSize;
using Frame = std::array<std::uint8_t, packet::kFrameMin>;
static_assert(kSequenceAt + sizeof(std::uint64_t) <= packet::kFrameMin);

}  // namespace torii::bench
