#pragma once

#include <cstddef>
#include <cstdint>

namespace torii {

// The index of a port in the packet engine, dense from 0.
using PortId = std::uint16_t;
inline constexpr PortId kNoPort = 0xffff;
inline constexpr PortId kMaxPorts = 64;

// Packets are processed in bursts of at most this many.
inline constexpr std::size_t kBurst = 32;

}  // namespace torii

namespace torii::packet {

// What becomes of a packet. Everything but `forward` and `fragment` leaves its octets untouched.
enum class Verdict : std::uint8_t {
    none,     // not processed yet
    forward,  // rewritten: send `length` octets on `out_port`
    punt,     // for the kernel: write to the TAP of `in_port`; `detail` is a PuntClass
    drop,     // `detail` is a DropReason
    hold,     // wait for a neighbor's MAC address; see Output::holds
    // Rewritten, but too long for the way out: cut into pieces of Output::oversize, then send.
    fragment,
};

// What is known about a packet beforehand, from its port or its past (Packet::flags).
enum PacketFlags : std::uint8_t {
    // The device has verified the IPv4 header checksum.
    kIpChecksumGood = 1U << 0U,
    // The packet continues in further buffers: `length` is not all of it.
    kSegmented = 1U << 1U,
    // It has been held and is processed again: it was counted as received then.
    kHeld = 1U << 2U,
    // The neighbor it was held for does not answer: this time it is not held but dropped.
    kNeighborFailed = 1U << 3U,
};

// A frame in somebody else's buffer, with what is known about it. Trivially copyable.
struct Packet {
    std::uint8_t* data = nullptr;  // first octet of the Ethernet header
    void* buffer = nullptr;        // the owner's handle, e.g. an rte_mbuf; never looked at here
    std::uint32_t length = 0;      // octets at `data`; forwarding may cut padding off
    PortId in_port = kNoPort;
    PortId out_port = kNoPort;
    Verdict verdict = Verdict::none;
    std::uint8_t detail = 0;
    std::uint8_t flags = 0;
    std::uint8_t l3_offset = 0;  // of the IP header from `data`, once known
};

}  // namespace torii::packet
