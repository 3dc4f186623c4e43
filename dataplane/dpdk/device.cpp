#include "dataplane/dpdk/device.h"

#include "dataplane/dpdk/device_sockets.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <mutex>
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

std::size_t receive_from(std::uint16_t ethdev, std::uint16_t queue, PortId id,
                         std::span<packet::Packet> burst) {
    rte_mbuf* mbufs[kBurst];
    const auto wanted = static_cast<std::uint16_t>(std::min(burst.size(), kBurst));
    const std::uint16_t count =
        rte_eth_rx_burst(ethdev, queue, static_cast<rte_mbuf**>(mbufs), wanted);
    if (count == 0) return 0;
    packet::Packet* const packets = burst.data();
    // Most bursts are all alike, which is cheaper to find out at the end.
    const std::uint8_t flags = flags_of(*mbufs[0]);
    std::uint64_t all = ~std::uint64_t{0};
    std::uint64_t any = 0;
    std::uint16_t segments = 0;
    for (std::uint16_t i = 0; i < count; ++i) {
        rte_mbuf* mbuf = mbufs[i];
        packet::Packet& packet = packets[i];
        packet.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
        packet.buffer = mbuf;
        packet.length = mbuf->data_len;
        packet.in_port = id;
        packet.flags = flags;
        all &= mbuf->ol_flags;
        any |= mbuf->ol_flags;
        segments |= mbuf->nb_segs;
    }
    if (((all ^ any) & RTE_MBUF_F_RX_IP_CKSUM_MASK) != 0 || segments != 1) [[unlikely]] {
        for (std::uint16_t i = 0; i < count; ++i) packets[i].flags = flags_of(*mbufs[i]);
    }
    return count;
}

std::size_t transmit_by(std::uint16_t ethdev, std::uint16_t queue,
                        std::span<const packet::Packet> packets) {
    assert(packets.size() <= kBurst);
    rte_mbuf* mbufs[kBurst];
    std::size_t count = 0;
    for (const packet::Packet& packet : packets) {
        auto* mbuf = static_cast<rte_mbuf*>(packet.buffer);
        mbuf->data_len = static_cast<std::uint16_t>(packet.length);
        mbuf->pkt_len = packet.length;
        mbufs[count++] = mbuf;
    }
    return rte_eth_tx_burst(ethdev, queue, static_cast<rte_mbuf**>(mbufs),
                            static_cast<std::uint16_t>(packets.size()));
}

// One worker's share of a device that several use.
class DeviceShare final : public port::Port {
public:
    DeviceShare(PortId id, std::uint16_t ethdev, std::optional<std::uint16_t> rx_queue,
                std::uint16_t tx_queue, SpinLock* send_lock)
        : id_(id),
          ethdev_(ethdev),
          rx_queue_(rx_queue),
          tx_queue_(tx_queue),
          send_lock_(send_lock) {}

    std::size_t receive(std::span<packet::Packet> burst) override {
        return rx_queue_ ? receive_from(ethdev_, *rx_queue_, id_, burst) : 0;
    }
    std::size_t transmit(std::span<const packet::Packet> packets) override {
        if (send_lock_ == nullptr) return transmit_by(ethdev_, tx_queue_, packets);
        const std::lock_guard guard(*send_lock_);
        return transmit_by(ethdev_, tx_queue_, packets);
    }

private:
    PortId id_;
    std::uint16_t ethdev_;
    std::optional<std::uint16_t> rx_queue_;
    std::uint16_t tx_queue_;
    SpinLock* send_lock_;  // null: the queue is its own
};

// Flows of both directions to the same queue (Woo and Park, "Scalable TCP session monitoring with
// symmetric receive-side scaling", 2012).
constexpr auto kSymmetricKey = [] {
    std::array<std::uint8_t, 40> key{};
    for (std::size_t octet = 0; octet < key.size(); ++octet) {
        key[octet] = octet % 2 == 0 ? 0x6d : 0x5a;
    }
    return key;
}();

void spread_flows(const rte_eth_dev_info& info, rte_eth_conf& conf) {
    constexpr std::uint64_t kFlows = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
    conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads & kFlows;
    // AF_PACKET has the kernel do it.
    if (conf.rx_adv_conf.rss_conf.rss_hf == 0) return;
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    if (info.hash_key_size != kSymmetricKey.size()) return;
    conf.rx_adv_conf.rss_conf.rss_key = const_cast<std::uint8_t*>(kSymmetricKey.data());
    conf.rx_adv_conf.rss_conf.rss_key_len = static_cast<std::uint8_t>(kSymmetricKey.size());
}

}  // namespace

void SpinLock::lock() {
    while (held_.test_and_set(std::memory_order_acquire)) rte_pause();
}

Device::Device(PortId id, DeviceAddress address, std::uint16_t ethdev, unsigned workers,
               RingSizes rings)
    : id_(id), address_(std::move(address)), ethdev_(ethdev), workers_(workers), rings_(rings) {}

Result<std::unique_ptr<Device>> Device::attach(PortId id, const DeviceAddress& address,
                                               const MbufPool& pool, unsigned workers,
                                               RingSizes rings) {
    const std::vector<int> before = find_device_sockets();
    const Result<std::uint16_t> ethdev = probe(address);
    if (!ethdev) return unexpected(ethdev.error());
    std::unique_ptr<Device> device(new Device(id, address, *ethdev, workers, rings));
    const Result<void> configured = device->configure(pool);
    const std::vector<int> after = find_device_sockets();
    std::ranges::set_difference(after, before, std::back_inserter(device->descriptors_));
    if (!configured) return unexpected(configured.error());
    device->share_out();
    return device;
}

Result<void> Device::configure(const MbufPool& pool) {
    rte_eth_dev_info info{};
    int error = rte_eth_dev_info_get(ethdev_, &info);
    rte_eth_conf conf{};
    conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
    conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
    // Others spread no flows by themselves.
    const bool spreads = info.flow_type_rss_offloads != 0 || is_af_packet();
    const unsigned most = spreads ? std::min(info.max_rx_queues, info.max_tx_queues) : 1;
    rx_queues_ = tx_queues_ = static_cast<std::uint16_t>(std::clamp(workers_, 1U, most));
    if (rx_queues_ > 1) spread_flows(info, conf);
    if (error == 0) error = rte_eth_dev_configure(ethdev_, rx_queues_, tx_queues_, &conf);
    if (error != 0) {
        return fail("the device {} {} cannot be configured: {}", address_.name, address_.arguments,
                    error_text(error));
    }
    if (const auto done = set_up_queues(pool); !done) return done;
    // Multicast is for the kernel (ND, routing protocols). Software ports may not know the
    // function: they filter nothing.
    if (rte_eth_allmulticast_enable(ethdev_) != 0) rte_eth_promiscuous_enable(ethdev_);
    return {};
}

Result<void> Device::set_up_queues(const MbufPool& pool) {
    std::uint16_t rx_descriptors = is_af_xdp() ? kDescriptorsOfAfXdp : kDescriptors;
    std::uint16_t tx_descriptors = kDescriptors;
    if (rings_.rx != 0) rx_descriptors = rings_.rx;
    if (rings_.tx != 0) tx_descriptors = rings_.tx;
    int error = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx_descriptors, &tx_descriptors);
    const auto socket = static_cast<unsigned>(SOCKET_ID_ANY);
    const auto set_up = [&](std::uint16_t queue) {
        return rte_eth_rx_queue_setup(ethdev_, queue, rx_descriptors, socket, nullptr,
                                      pool.handle());
    };
    for (std::uint16_t queue = 0; error == 0 && queue < rx_queues_; ++queue) {
        error = set_up(queue);
        // The kernel gives an interface's queue free some time after the AF_XDP socket before this
        // one was closed.
        for (int attempt = 0; error != 0 && attempt < kBindAttempts && is_af_xdp(); ++attempt) {
            std::this_thread::sleep_for(kBindInterval);
            error = set_up(queue);
        }
    }
    for (std::uint16_t queue = 0; error == 0 && queue < tx_queues_; ++queue) {
        error = rte_eth_tx_queue_setup(ethdev_, queue, tx_descriptors, socket, nullptr);
    }
    if (error == 0) error = rte_eth_dev_start(ethdev_);
    if (error == 0) return {};
    return fail("the device {} {} cannot be started: {}", address_.name, address_.arguments,
                error_text(error));
}

void Device::share_out() {
    if (workers_ == 1) return;
    for (unsigned worker = 0; worker < workers_; ++worker) {
        const auto tx_queue = static_cast<std::uint16_t>(worker % tx_queues_);
        SpinLock* lock = tx_queues_ < workers_ ? &send_lock_ : nullptr;
        shares_.push_back(
            std::make_unique<DeviceShare>(id_, ethdev_, receive_queue(worker), tx_queue, lock));
    }
}

port::Port& Device::of_worker(unsigned worker) {
    return shares_.empty() ? *this : *shares_.at(worker);
}

bool Device::is_received_by(unsigned worker) const {
    return receive_queue(worker).has_value();
}

// Ports with one queue each are spread over the workers, by their numbers.
std::optional<std::uint16_t> Device::receive_queue(unsigned worker) const {
    const unsigned queue = (worker + workers_ - id_ % workers_) % workers_;
    if (queue >= rx_queues_) return std::nullopt;
    return static_cast<std::uint16_t>(queue);
}

std::vector<int> Device::descriptors_of(unsigned worker) const {
    const auto queue = receive_queue(worker);
    if (!queue) return {};
    // A socket each, in the order they were opened in.
    if (descriptors_.size() == rx_queues_) return {descriptors_[*queue]};
    return descriptors_;
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

bool Device::is_af_packet() const {
    return address_.name.starts_with("net_af_packet");
}

std::size_t Device::receive(std::span<packet::Packet> burst) {
    return receive_from(ethdev_, 0, id_, burst);
}

std::size_t Device::transmit(std::span<const packet::Packet> packets) {
    return transmit_by(ethdev_, 0, packets);
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
