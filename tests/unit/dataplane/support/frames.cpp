#include "tests/unit/dataplane/support/frames.h"

#include "dataplane/packet/tunnel.h"

#include <bit>

namespace torii::test {

Frame joined(const Frame& first, const Frame& second) {
    Frame both(first.size() + second.size());
    std::ranges::copy(first, both.begin());
    std::copy_backward(second.begin(), second.end(), both.end());
    return both;
}

Frame ethernet(const MacAddress& to, const MacAddress& from, std::uint16_t type,
               const Frame& payload) {
    Frame header(packet::kEthernetSize);
    packet::write_ethernet(header.data(), to, from, type);
    return joined(header, payload);
}

void fix_ipv4_checksum(Frame& frame) {
    std::uint8_t* header = frame.data() + packet::kEthernetSize;
    packet::store16(header + 10, 0);
    const std::size_t length = (header[0] & 0x0fU) * 4U;
    packet::store16(header + 10, packet::internet_checksum(Bytes(header, length)));
}

Frame ipv4(const Packing& packing) {
    Frame header(packet::kIpv4Size);
    packet::Ipv4Fields fields;
    fields.total_length = static_cast<std::uint16_t>(packet::kIpv4Size + packing.options.size() +
                                                     packing.payload.size());
    fields.identification = 7;
    fields.fragment_word = packing.fragment_word;
    fields.ttl = packing.hops;
    fields.protocol = packing.protocol;
    fields.source = number(packing.source);
    fields.destination = number(packing.destination);
    packet::write_ipv4(header.data(), fields);
    header[0] = static_cast<std::uint8_t>(0x45 + packing.options.size() / 4);
    const Frame ip = joined(joined(header, packing.options), packing.payload);
    Frame frame = ethernet(packing.to, packing.from, packet::kEtherIpv4, ip);
    fix_ipv4_checksum(frame);
    return frame;
}

Frame ipv6(const Packing& packing) {
    Frame header(packet::kIpv6Size);
    packet::Ipv6Fields fields;
    fields.payload_length = static_cast<std::uint16_t>(packing.payload.size());
    fields.next_header = packing.protocol;
    fields.hop_limit = packing.hops;
    fields.source = address(packing.source).octets();
    fields.destination = address(packing.destination).octets();
    packet::write_ipv6(header.data(), fields);
    return ethernet(packing.to, packing.from, packet::kEtherIpv6, joined(header, packing.payload));
}

Frame udp(std::uint16_t source, std::uint16_t destination, std::size_t data) {
    Frame datagram(packet::kUdpSize + data, 0x5a);
    packet::write_udp(datagram.data(), source, destination,
                      static_cast<std::uint16_t>(datagram.size()), 0);
    return datagram;
}

Frame tcp(std::uint16_t source, std::uint16_t destination, std::size_t data) {
    Frame segment(packet::kTcpSize + data, 0);
    packet::store16(segment.data(), source);
    packet::store16(segment.data() + 2, destination);
    segment[12] = 0x50;
    return segment;
}

Frame icmp(std::uint8_t type) {
    return {type, 0, 0, 0, 0, 1, 0, 1, 'd', 'a', 't', 'a'};
}

Frame fragment_header(std::uint8_t next, std::uint16_t offset, bool more, const Frame& payload) {
    Frame header(8);
    header[0] = next;
    packet::store16(header.data() + 2, static_cast<std::uint16_t>(offset | (more ? 1U : 0U)));
    packet::store32(header.data() + 4, 99);
    return joined(header, payload);
}

Frame ip_of(const Frame& frame) {
    return {frame.begin() + packet::kEthernetSize, frame.end()};
}

Frame gre(std::uint16_t flags, std::uint16_t type, const Frame& carried) {
    const auto fields = static_cast<std::size_t>(std::popcount(flags & 0xb000U));
    Frame header(4 + fields * 4, 0xee);
    packet::store16(header.data(), flags);
    packet::store16(header.data() + 2, type);
    return joined(header, carried);
}

Frame vxlan(std::uint16_t source_port, const Frame& carried) {
    const Frame header{0x08, 0, 0, 0, 0, 0, 42, 0};
    Frame datagram = udp(source_port, packet::kVxlanPort, header.size() + carried.size());
    std::ranges::copy(joined(header, carried), datagram.begin() + packet::kUdpSize);
    return datagram;
}

Frame geneve(std::uint16_t source_port, std::size_t option_words, std::uint16_t type,
             const Frame& carried) {
    Frame header(8 + option_words * 4, 0xee);
    header[0] = static_cast<std::uint8_t>(option_words);
    packet::store16(header.data() + 2, type);
    Frame datagram = udp(source_port, packet::kGenevePort, header.size() + carried.size());
    std::ranges::copy(joined(header, carried), datagram.begin() + packet::kUdpSize);
    return datagram;
}

}  // namespace torii::test
