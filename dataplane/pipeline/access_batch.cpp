#include "dataplane/pipeline/access_batch.h"

#include "dataplane/packet/icmp.h"
#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"

#include <cstring>

namespace torii::pipeline {
namespace {

using packet::Ipv4View;
using packet::Ipv6View;

// `octets`: what there is of the upper layer; 0: of a later fragment.
template <class Key>
void put_upper_layer(Key& key, std::uint8_t protocol, const std::uint8_t* upper,
                     std::size_t octets) {
    key.protocol = protocol;
    std::memset(key.source_port, 0, sizeof(Key) - offsetof(Key, source_port));
    if (octets < 4) return;
    if (packet::has_ports(protocol)) {
        key.present = kHasPorts;
        std::memcpy(key.source_port, upper, 4);
        if (protocol == packet::kProtocolTcp && octets > packet::kTcpFlags) {
            key.present |= kHasTcpFlags;
            key.tcp_flags = upper[packet::kTcpFlags];
        }
    } else if (protocol == packet::kProtocolIcmp || protocol == packet::kProtocolIcmpv6) {
        key.present = kHasIcmpType;
        key.icmp_type = *upper;
    }
}

template <class Key>
const std::uint8_t* first_octet(const Key& key) {
    return reinterpret_cast<const std::uint8_t*>(&key);
}

bool is_neighbor_discovery(const AccessKeyV6& key) {
    return key.protocol == packet::kProtocolIcmpv6 && key.present == kHasIcmpType &&
           packet::is_neighbor_discovery(key.icmp_type);
}

}  // namespace

void AccessBatch::add(std::size_t index, const std::uint8_t* header, std::size_t octets) {
    if (octets == 0) return;
    if (header[0] >> 4U == 4) {
        add_v4(index, header, octets);
    } else {
        add_v6(index, header, octets);
    }
}

void AccessBatch::add_v4(std::size_t index, const std::uint8_t* header, std::size_t octets) {
    const Ipv4View ip(header);
    if (octets < packet::kIpv4Size || ip.header_length() < packet::kIpv4Size ||
        ip.total_length() < ip.header_length() || ip.total_length() > octets) {
        return;
    }
    AccessKeyV4& key = ipv4_.keys[ipv4_.count];
    const std::size_t start = ip.header_length();
    std::memcpy(key.source, header + 12, sizeof(key.source) + sizeof(key.destination));
    put_upper_layer(key, ip.protocol(), header + start,
                    ip.is_later_fragment() ? 0 : ip.total_length() - start);
    ipv4_.pointers[ipv4_.count] = first_octet(key);
    ipv4_.indices[ipv4_.count++] = static_cast<std::uint8_t>(index);
}

void AccessBatch::add_v6(std::size_t index, const std::uint8_t* header, std::size_t octets) {
    const Ipv6View ip(header);
    if (octets < packet::kIpv6Size || ip.version() != 6) return;
    const std::size_t end = packet::kIpv6Size + ip.payload_length();
    if (end > octets) return;
    AccessKeyV6& key = ipv6_.keys[ipv6_.count];
    const packet::UpperLayer upper = packet::find_upper_layer(header, end);
    std::memcpy(key.source, header + 8, sizeof(key.source) + sizeof(key.destination));
    const bool there = upper.complete && !upper.later_fragment && upper.offset < end;
    put_upper_layer(key, upper.protocol, header + upper.offset, there ? end - upper.offset : 0);
    ipv6_.pointers[ipv6_.count] = first_octet(key);
    ipv6_.indices[ipv6_.count++] = static_cast<std::uint8_t>(index);
}

std::span<const AccessBatch::Judgement> AccessBatch::judge(const AccessList& list) {
    std::array<std::uint32_t, kBurst> found;
    std::size_t judged = 0;
    list.classify(IpFamily::v4, std::span(ipv4_.pointers).first(ipv4_.count), found.data());
    for (std::size_t entry = 0; entry < ipv4_.count; ++entry) {
        judgements_[judged++] = {ipv4_.indices[entry], found[entry], list.action(found[entry])};
    }
    if (ipv6_.count == 0) return std::span(judgements_).first(judged);
    list.classify(IpFamily::v6, std::span(ipv6_.pointers).first(ipv6_.count), found.data());
    for (std::size_t entry = 0; entry < ipv6_.count; ++entry) {
        Judgement& judgement = judgements_[judged++];
        judgement = {ipv6_.indices[entry], found[entry], list.action(found[entry])};
        if (found[entry] == 0 && is_neighbor_discovery(ipv6_.keys[entry])) {
            judgement.action = AccessAction::accept;
        }
    }
    return std::span(judgements_).first(judged);
}

}  // namespace torii::pipeline
