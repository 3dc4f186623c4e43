#pragma once

#include "dataplane/packet/vlan.h"
#include "dataplane/port/port.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace torii::port {

// Counted by any thread that sends or receives.
struct VlanCounters {
    std::atomic<std::uint64_t> rx_packets{0};
    std::atomic<std::uint64_t> rx_bytes{0};
    std::atomic<std::uint64_t> tx_packets{0};
    std::atomic<std::uint64_t> tx_bytes{0};
};

// A VLAN of another port (IEEE 802.1Q). What is sent here leaves by that port with a tag; what
// comes with the tag, VlanSorter finds among the packets of that port.
class VlanPort final : public Port {
public:
    VlanPort(PortId id, std::uint16_t vlan, Port& parent, BufferPool& pool)
        : id_(id), vlan_(vlan), parent_(parent), pool_(pool) {}

    std::size_t receive(std::span<packet::Packet>) override { return 0; }
    std::size_t transmit(std::span<const packet::Packet> packets) override;

    [[nodiscard]] PortId id() const { return id_; }
    [[nodiscard]] std::uint16_t vlan() const { return vlan_; }
    [[nodiscard]] const VlanCounters& counters() const { return counters_; }
    // Packets with its tag have come: `octets` of them together, without the tags.
    void count_received(std::uint64_t packets, std::uint64_t octets);

private:
    PortId id_;
    std::uint16_t vlan_;
    Port& parent_;
    BufferPool& pool_;
    VlanCounters counters_;
};

// The VLANs of one port.
class VlanSorter {
public:
    void add(VlanPort& port) { ports_[port.vlan()] = &port; }

    // Takes the tag off packets of a VLAN that is there and of none (a priority tag), and says
    // where they came in: in_port becomes that of the VLAN. Others keep their tags.
    void sort(std::span<packet::Packet> burst, BufferPool& pool) const;

private:
    std::array<VlanPort*, packet::kVlanIdMax + 1> ports_{};
};

}  // namespace torii::port
