#pragma once

#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/port/port.h"
#include "platform/base/mac_address.h"
#include "platform/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torii::dpdk {

// What EAL is to probe: ("vdev", "net_af_xdp_eth1", "iface=hw-eth1") or ("pci", "0000:00:08.0",
// "").
struct DeviceAddress {
    std::string bus;
    std::string name;
    std::string arguments;

    friend bool operator==(const DeviceAddress&, const DeviceAddress&) = default;
};

struct DeviceStatistics {
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_bytes = 0;
    std::uint64_t rx_errors = 0;  // with those missed for lack of buffers or room
    std::uint64_t tx_packets = 0;
    std::uint64_t tx_bytes = 0;
};

// A port on a DPDK device: probed, configured with one queue each way and started.
class Device final : public port::Port {
public:
    static Result<std::unique_ptr<Device>> attach(PortId id, const DeviceAddress& address,
                                                  const MbufPool& pool);
    // Stops and unplugs the device: no worker may know it any more.
    ~Device() override;

    std::size_t receive(std::span<packet::Packet> burst) override;
    std::size_t transmit(std::span<const packet::Packet> packets) override;

    [[nodiscard]] MacAddress mac() const;
    [[nodiscard]] std::string driver() const;
    [[nodiscard]] bool link_up() const;
    [[nodiscard]] DeviceStatistics statistics() const;
    // What to wait on for packets; empty: this device can only be polled.
    [[nodiscard]] const std::vector<int>& descriptors() const { return descriptors_; }
    // DPDK's number of it.
    [[nodiscard]] std::uint16_t ethdev() const { return ethdev_; }

private:
    Device(PortId id, DeviceAddress address, std::uint16_t ethdev);
    Result<void> configure(const MbufPool& pool);
    [[nodiscard]] bool is_af_xdp() const;

    PortId id_;
    DeviceAddress address_;
    std::uint16_t ethdev_;
    std::vector<int> descriptors_;
    mutable std::vector<std::uint64_t> missed_;  // at full rings, by descriptor
};

}  // namespace torii::dpdk
