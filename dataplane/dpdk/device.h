#pragma once

#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/port/port.h"
#include "platform/base/mac_address.h"
#include "platform/base/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
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

// Packets that wait; 0: as many as the driver is used with.
struct RingSizes {
    std::uint16_t rx = 0;
    std::uint16_t tx = 0;

    friend bool operator==(const RingSizes&, const RingSizes&) = default;
};

struct DeviceStatistics {
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_bytes = 0;
    std::uint64_t rx_errors = 0;  // with those missed for lack of buffers or room
    std::uint64_t tx_packets = 0;
    std::uint64_t tx_bytes = 0;
};

// For a few instructions at a time.
class SpinLock {
public:
    void lock();
    void unlock() { held_.clear(std::memory_order_release); }

private:
    std::atomic_flag held_;
};

// A port on a DPDK device: probed, configured with a queue each way for every worker, as far as it
// has them, and started. As a port itself it is that of the only worker.
class Device final : public port::Port {
public:
    static Result<std::unique_ptr<Device>> attach(PortId id, const DeviceAddress& address,
                                                  const MbufPool& pool, unsigned workers = 1,
                                                  RingSizes rings = {});
    // Stops and unplugs the device: no worker may know it any more.
    ~Device() override;

    std::size_t receive(std::span<packet::Packet> burst) override;
    std::size_t transmit(std::span<const packet::Packet> packets) override;

    // What a worker sends and receives by. A device with fewer queues than workers is received from
    // by some of them only, another for each device; they all can send.
    [[nodiscard]] port::Port& of_worker(unsigned worker);
    [[nodiscard]] bool is_received_by(unsigned worker) const;

    [[nodiscard]] MacAddress mac() const;
    [[nodiscard]] std::string driver() const;
    [[nodiscard]] bool link_up() const;
    [[nodiscard]] DeviceStatistics statistics() const;
    // What to wait on for packets; empty: this device can only be polled.
    [[nodiscard]] const std::vector<int>& descriptors() const { return descriptors_; }
    // Of those what this worker has to wait on.
    [[nodiscard]] std::vector<int> descriptors_of(unsigned worker) const;
    // DPDK's number of it.
    [[nodiscard]] std::uint16_t ethdev() const { return ethdev_; }

private:
    Device(PortId id, DeviceAddress address, std::uint16_t ethdev, unsigned workers,
           RingSizes rings);
    Result<void> configure(const MbufPool& pool);
    Result<void> set_up_queues(const MbufPool& pool);
    void share_out();
    [[nodiscard]] bool is_af_xdp() const;
    [[nodiscard]] bool is_af_packet() const;
    // Its queue; nothing when other workers receive.
    [[nodiscard]] std::optional<std::uint16_t> receive_queue(unsigned worker) const;

    PortId id_;
    DeviceAddress address_;
    std::uint16_t ethdev_;
    unsigned workers_;
    RingSizes rings_;
    std::uint16_t rx_queues_ = 1;
    std::uint16_t tx_queues_ = 1;
    SpinLock send_lock_;                               // of a queue that several workers send by
    std::vector<std::unique_ptr<port::Port>> shares_;  // by worker; none when there is only one
    std::vector<int> descriptors_;
    mutable std::vector<std::uint64_t> missed_;  // at full rings, by descriptor
};

}  // namespace torii::dpdk
