#include "dataplane/dpdk/device.h"

#include "dataplane/dpdk/device_sockets.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <thread>
#include <unistd.h>
#include <utility>

namespace torii::dpdk {
namespace {

constexpr std::uint16_t kDescriptors = 1024;
// As many as the driver gives the kernel buffers for. A TCP sender on the same machine fills any
// ring, and loses what does not fit.
constexpr std::uint16_t kDescriptorsOfAfXdp = 2048;
constexpr int kBindAttempts = 20;
constexpr auto kBindInterval = std::chrono::milliseconds(20);

std::string error_text(int code) {
    return rte_strerror(std::abs(code));
}

Result<std::uint16_t> probe(const DeviceAddress& address) {
    std::uint16_t ethdev = 0;
    // A device that EAL was told of at its start is there already.
    if (rte_eth_dev_get_port_by_name(address.name.c_str(), &ethdev) == 0) return ethdev;
    const int error =
        rte_eal_hotplug_add(address.bus.c_str(), address.name.c_str(), address.arguments.c_str());
    if (error != 0) {
        return fail("the device {} {} cannot be attached: {}", address.name, address.arguments,
                    error_text(error));
    }
    if (rte_eth_dev_get_port_by_name(address.name.c_str(), &ethdev) != 0) {
        rte_eal_hotplug_remove(address.bus.c_str(), address.name.c_str());
        return fail("the device {} is no network port", address.name);
    }
    return ethdev;
}

std::uint8_t flags_of(const rte_mbuf& mbuf) {
    std::uint8_t flags = 0;
    if ((mbuf.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD) {
        flags |= packet::kIpChecksumGood;
    }
    if (mbuf.nb_segs > 1) flags |= packet::kSegmented;
    return flags;
}

}  // namespace

Device::Device(PortId id, DeviceAddress address, std::uint16_t ethdev)
    : id_(id), address_(std::move(address)), ethdev_(ethdev) {}

Result<std::unique_ptr<Device>> Device::attach(PortId id, const DeviceAddress& address,
                                               const MbufPool& pool) {
    const std::vector<int> before = find_device_sockets();
    const Result<std::uint16_t> ethdev = probe(address);
    if (!ethdev) return unexpected(ethdev.error());
    std::unique_ptr<Device> device(new Device(id, address, *ethdev));
    const Result<void> configured = device->configure(pool);
    const std::vector<int> after = find_device_sockets();
    std::ranges::set_difference(after, before, std::back_inserter(device->descriptors_));
    if (!configured) return unexpected(configured.error());
    return device;
}

Result<void> Device::configure(const MbufPool& pool) {
    rte_eth_dev_info info{};
    int error = rte_eth_dev_info_get(ethdev_, &info);
    rte_eth_conf conf{};
    conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
    conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
    std::uint16_t rx_descriptors = is_af_xdp() ? kDescriptorsOfAfXdp : kDescriptors;
    std::uint16_t tx_descriptors = kDescriptors;
    if (error == 0) error = rte_eth_dev_configure(ethdev_, 1, 1, &conf);
    if (error == 0) {
        error = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx_descriptors, &tx_descriptors);
    }
    const auto socket = static_cast<unsigned>(SOCKET_ID_ANY);
    if (error == 0) {
        error = rte_eth_rx_queue_setup(ethdev_, 0, rx_descriptors, socket, nullptr, pool.handle());
    }
    // The kernel gives an interface's queue free some time after the AF_XDP socket before this one
    // was closed.
    for (int attempt = 0; error != 0 && attempt < kBindAttempts && is_af_xdp(); ++attempt) {
        std::this_thread::sleep_for(kBindInterval);
        error = rte_eth_rx_queue_setup(ethdev_, 0, rx_descriptors, socket, nullptr, pool.handle());
    }
    if (error == 0) error = rte_eth_tx_queue_setup(ethdev_, 0, tx_descriptors, socket, nullptr);
    if (error == 0) error = rte_eth_dev_start(ethdev_);
    if (error != 0) {
        return fail("the device {} {} cannot be started: {}", address_.name, address_.arguments,
                    error_text(error));
    }
    // Multicast is for the kernel (ND, routing protocols). Software ports may not know the
    // function: they filter nothing.
    if (rte_eth_allmulticast_enable(ethdev_) != 0) rte_eth_promiscuous_enable(ethdev_);
    return {};
}

Device::~Device() {
    rte_eth_dev_stop(ethdev_);
    rte_eth_dev_close(ethdev_);
    rte_eal_hotplug_remove(address_.bus.c_str(), address_.name.c_str());
    if (!is_af_xdp()) return;
    // The driver (22.11) leaves the socket of its buffers open, and with it the interface taken.
    const std::vector<int> open = find_device_sockets();
    for (const int descriptor : descriptors_) {
        if (std::ranges::binary_search(open, descriptor)) ::close(descriptor);
    }
}

bool Device::is_af_xdp() const {
    return address_.name.starts_with("net_af_xdp");
}

std::size_t Device::receive(std::span<packet::Packet> burst) {
    rte_mbuf* mbufs[kBurst];
    const auto wanted = static_cast<std::uint16_t>(std::min(burst.size(), kBurst));
    const std::uint16_t count =
        rte_eth_rx_burst(ethdev_, 0, static_cast<rte_mbuf**>(mbufs), wanted);
    packet::Packet* const packets = burst.data();
    for (std::uint16_t i = 0; i < count; ++i) {
        rte_mbuf* mbuf = mbufs[i];
        packet::Packet& packet = packets[i];
        packet.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
        packet.buffer = mbuf;
        packet.length = mbuf->data_len;
        packet.in_port = id_;
        packet.flags = flags_of(*mbuf);
    }
    return count;
}

std::size_t Device::transmit(std::span<const packet::Packet> packets) {
    assert(packets.size() <= kBurst);
    rte_mbuf* mbufs[kBurst];
    std::size_t count = 0;
    for (const packet::Packet& packet : packets) {
        auto* mbuf = static_cast<rte_mbuf*>(packet.buffer);
        mbuf->data_len = static_cast<std::uint16_t>(packet.length);
        mbuf->pkt_len = packet.length;
        mbufs[count++] = mbuf;
    }
    return rte_eth_tx_burst(ethdev_, 0, static_cast<rte_mbuf**>(mbufs),
                            static_cast<std::uint16_t>(packets.size()));
}

MacAddress Device::mac() const {
    rte_ether_addr address{};
    rte_eth_macaddr_get(ethdev_, &address);
    MacAddress mac;
    std::ranges::copy(address.addr_bytes, mac.octets.begin());
    return mac;
}

std::string Device::driver() const {
    rte_eth_dev_info info{};
    return rte_eth_dev_info_get(ethdev_, &info) == 0 ? info.driver_name : "";
}

bool Device::link_up() const {
    rte_eth_link link{};
    return rte_eth_link_get_nowait(ethdev_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

DeviceStatistics Device::statistics() const {
    rte_eth_stats stats{};
    if (rte_eth_stats_get(ethdev_, &stats) != 0) return {};
    std::uint64_t missed = stats.imissed + stats.rx_nombuf;
    missed_.resize(descriptors_.size());
    for (std::size_t index = 0; index < descriptors_.size(); ++index) {
        missed_[index] = missed_at_full_ring(descriptors_[index], missed_[index]);
        missed += missed_[index];
    }
    return {stats.ipackets, stats.ibytes, stats.ierrors + missed, stats.opackets, stats.obytes};
}

}  // namespace torii::dpdk
