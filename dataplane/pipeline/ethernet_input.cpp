#include "dataplane/pipeline/burst.h"

namespace torii::pipeline {

using packet::EtherType;

void Pipeline::Burst::ethernet_input(const Selection& received, Selection& ipv4, Selection& ipv6) {
    for (const std::size_t index : received.indices()) {
        Packet& packet = packets[index];
        if (!port.enabled) {
            drop(index, DropReason::port_disabled);
            continue;
        }
        if ((packet.flags & packet::kSegmented) != 0) {
            drop(index, DropReason::segmented);
            continue;
        }
        if (packet.length < packet::kEthernetSize) {
            drop(index, DropReason::runt);
            continue;
        }
        const MacAddress destination = packet::destination_mac(packet.data);
        if (destination != port.mac) {
            if (!destination.is_group()) {
                drop(index, DropReason::not_our_mac);
                continue;
            }
            group_frames |= 1U << index;
        }
        packet.l3_offset = packet::kEthernetSize;
        if (tracing != nullptr) [[unlikely]]
            note_ethernet(index);
        switch (packet::ether_type(packet.data)) {
            case packet::kEtherIpv4: ipv4.add(index); break;
            case packet::kEtherIpv6: ipv6.add(index); break;
            case packet::kEtherArp: punt(index, PuntClass::arp); break;
            case packet::kEtherVlan:
                drop(index, port.is_vlan ? DropReason::vlan_stacked : DropReason::vlan_unknown);
                break;
            case packet::kEtherProviderVlan: drop(index, DropReason::vlan_stacked); break;
            default: drop(index, DropReason::unknown_ethertype); break;
        }
    }
}

}  // namespace torii::pipeline
