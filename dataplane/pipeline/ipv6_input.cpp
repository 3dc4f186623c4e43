#include "dataplane/packet/checksum.h"
#include "dataplane/packet/icmp.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/pipeline/address_rules.h"
#include "dataplane/pipeline/burst.h"

#include <optional>

namespace torii::pipeline {
namespace {

using packet::Ipv6View;
using packet::kIpv6Size;

// RFC 8200 section 3.
std::optional<DropReason> check_header(const std::uint8_t* header, std::size_t octets) {
    if (octets < kIpv6Size) [[unlikely]]
        return DropReason::ipv6_truncated;
    const Ipv6View ip(header);
    if (ip.version() != 6) [[unlikely]]
        return DropReason::ipv6_bad_version;
    if (kIpv6Size + ip.payload_length() > octets) [[unlikely]]
        return DropReason::ipv6_truncated;
    // RFC 2675: no link of ours carries what needs the option.
    if (ip.payload_length() == 0 && ip.next_header() == packet::kProtocolHopByHop) [[unlikely]]
        return DropReason::ipv6_jumbogram;
    return std::nullopt;
}

// RFC 4291 sections 2.5.2, 2.5.3 and 2.7: unspecified only to the link (duplicate address
// detection, MLD).
bool is_martian_source(const std::uint8_t* source, const std::uint8_t* destination) {
    if (is_multicast_v6(source)) return true;
    if (!is_no_unicast_v6(source)) [[likely]]
        return false;
    return !is_unspecified_v6(source) || !is_multicast_v6(destination);
}

}  // namespace

void Pipeline::Burst::ipv6_input(const Selection& received, Selection& accepted) {
    for (const std::size_t index : received.indices()) {
        if (const auto reason = check_header(ip_header(index), ip_octets(index))) {
            drop(index, *reason);
        } else {
            ipv6_accept(index, accepted);
        }
    }
}

void Pipeline::Burst::ipv6_accept(std::size_t index, Selection& accepted) {
    std::uint8_t* header = ip_header(index);
    const Ipv6View ip(header);
    if (port.repair_checksums && packet::repair_transport_checksum(header, ip_octets(index))) {
        pipeline.counters_.checksums_repaired.add(1);
    }
    const std::uint8_t* destination = ip.destination();
    if (tracing != nullptr) [[unlikely]]
        note_ip(index);
    if (is_martian_source(ip.source(), destination)) [[unlikely]] {
        drop(index, DropReason::martian_source);
    } else if (is_multicast_v6(destination)) {
        if (is_wire_multicast_v6(destination)) {
            punt(index, classify_ipv6(header, PuntClass::other));
        } else {
            drop(index, DropReason::martian_destination);
        }
    } else if (is_no_unicast_v6(destination)) [[unlikely]] {
        drop(index, DropReason::martian_destination);
    } else if (is_link_local_v6(destination)) {
        // The kernel alone knows the link-local addresses of the port.
        if (in_group_frame(index)) {
            drop(index, DropReason::link_layer_broadcast);
        } else {
            punt(index, classify_ipv6(header, PuntClass::local));
        }
    } else {
        accepted.add(index);
    }
}

PuntClass classify_ipv6(const std::uint8_t* header, PuntClass otherwise) {
    const std::size_t end = kIpv6Size + Ipv6View(header).payload_length();
    const packet::UpperLayer upper = packet::find_upper_layer(header, end);
    if (!upper.complete || upper.later_fragment || upper.offset + 4 > end) return otherwise;
    const std::uint8_t* transport = header + upper.offset;
    if (upper.protocol == packet::kProtocolIcmpv6) {
        return packet::is_neighbor_discovery(*transport) ? PuntClass::nd : PuntClass::icmp;
    }
    return classify_transport(upper.protocol, {transport, header + end}, otherwise);
}

}  // namespace torii::pipeline
