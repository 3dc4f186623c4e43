#include "dataplane/packet/checksum.h"
#include "dataplane/packet/icmp.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv4_options.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/pipeline/address_rules.h"
#include "dataplane/pipeline/burst.h"

#include <algorithm>
#include <optional>

namespace torii::pipeline {
namespace {

using packet::Ipv4View;
using packet::kIpv4Size;

// RFC 1812 section 5.2.2.
std::optional<DropReason> check_header(const std::uint8_t* header, std::size_t octets,
                                       bool checksum_known_good) {
    if (octets < kIpv4Size) [[unlikely]]
        return DropReason::ipv4_truncated;
    const Ipv4View ip(header);
    if (ip.version() != 4) [[unlikely]]
        return DropReason::ipv4_bad_version;
    const std::size_t header_length = ip.header_length();
    if (header_length < kIpv4Size || header_length > octets) [[unlikely]] {
        return DropReason::ipv4_bad_header_length;
    }
    if (!checksum_known_good && !ip.checksum_good()) [[unlikely]] {
        return DropReason::ipv4_bad_checksum;
    }
    if (ip.total_length() < header_length) [[unlikely]]
        return DropReason::ipv4_bad_total_length;
    if (ip.total_length() > octets) [[unlikely]]
        return DropReason::ipv4_truncated;
    return std::nullopt;
}

// RFC 1812 section 5.3.7. Without an address yet one may ask all hosts of the link (RFC 2131
// section 4.1, RFC 4541 section 2.1.1).
bool is_martian_source(std::uint32_t source, std::uint32_t destination) {
    if (!is_no_host_v4(source)) [[likely]]
        return false;
    const bool to_link = destination == kLimitedBroadcast || is_multicast_v4(destination);
    return source != 0 || !to_link;
}

}  // namespace

void Pipeline::Burst::ipv4_input(const Selection& received, Selection& accepted) {
    for (const std::size_t index : received.indices()) {
        const bool known_good = (packets[index].flags & packet::kIpChecksumGood) != 0;
        const auto reason = check_header(ip_header(index), ip_octets(index), known_good);
        if (reason) {
            drop(index, *reason);
        } else if (Ipv4View(ip_header(index)).header_length() == kIpv4Size || ipv4_options(index)) {
            ipv4_accept(index, accepted);
        }
    }
}

// Whether the options can be read (RFC 1812 section 5.3.13) and nobody chooses the path (RFC 7126
// section 4.3). What a router has to write into them it writes when it forwards.
bool Pipeline::Burst::ipv4_options(std::size_t index) {
    const std::uint8_t* header = ip_header(index);
    const packet::OptionsCheck check =
        packet::check_ipv4_options(Bytes(header, Ipv4View(header).header_length()));
    switch (check.verdict) {
        case packet::OptionsVerdict::good: return true;
        case packet::OptionsVerdict::source_route:
            drop(index, DropReason::ipv4_source_route);
            return false;
        case packet::OptionsVerdict::malformed: break;
    }
    // A source that is no host's is not told.
    drop_and_answer(index, DropReason::ipv4_bad_options,
                    {IcmpErrorKind::parameter_problem, check.pointer});
    return false;
}

void Pipeline::Burst::ipv4_accept(std::size_t index, Selection& accepted) {
    std::uint8_t* header = ip_header(index);
    const Ipv4View ip(header);
    if (port.repair_checksums && packet::repair_transport_checksum(header, ip_octets(index))) {
        pipeline.counters_.checksums_repaired.add(1);
    }
    const std::uint32_t destination = ip.destination();
    if (tracing != nullptr) [[unlikely]]
        note_ip(index);
    if (is_martian_source(ip.source(), destination)) [[unlikely]] {
        drop(index, DropReason::martian_source);
    } else if (!is_no_host_v4(destination)) [[likely]] {
        pipeline.table_.prefetch_v4()(destination);
        accepted.add(index);
    } else if (destination == kLimitedBroadcast || is_multicast_v4(destination)) {
        punt(index, classify_ipv4(header, PuntClass::other));
    } else {
        drop(index, DropReason::martian_destination);
    }
}

PuntClass classify_ipv4(const std::uint8_t* header, PuntClass otherwise) {
    const Ipv4View ip(header);
    if (ip.protocol() == packet::kProtocolIcmp) return PuntClass::icmp;
    const std::size_t start = ip.header_length();
    const bool ports = !ip.is_later_fragment() && ip.total_length() >= start + 4U;
    return ports ? classify_transport(ip.protocol(), {header + start, header + ip.total_length()},
                                      otherwise)
                 : otherwise;
}

PuntClass classify_transport(std::uint8_t protocol, Bytes transport, PuntClass otherwise) {
    const std::uint16_t source = packet::load16(transport.data());
    const std::uint16_t destination = packet::load16(transport.data() + 2);
    if (protocol == packet::kProtocolTcp) {
        if (source == packet::kBgpPort || destination == packet::kBgpPort) {
            const bool opens = transport.size() <= packet::kTcpFlags ||
                               (transport[packet::kTcpFlags] & packet::kTcpSyn) != 0;
            return opens ? PuntClass::bgp_open : PuntClass::bgp;
        }
        if (destination == packet::kSshPort) return PuntClass::ssh;
    }
    const bool bfd = destination == packet::kBfdPort || destination == packet::kBfdEchoPort ||
                     destination == packet::kBfdMultihopPort;
    return protocol == packet::kProtocolUdp && bfd ? PuntClass::bfd : otherwise;
}

bool is_broadcast_of(const PortSettings& port, std::uint32_t address) {
    return std::ranges::any_of(port.addresses, [address](const InterfaceAddress& own) {
        if (!own.address.is_v4() || own.length == 0 || own.length > 30) return false;
        const std::uint32_t hosts = 0xffffffffU >> own.length;
        const std::uint32_t network = own.address.v4_number() & ~hosts;
        return address == network || address == (network | hosts);
    });
}

}  // namespace torii::pipeline
