#pragma once

#include "dataplane/dpdk/idle.h"
#include "dataplane/dpdk/packet_ring.h"
#include "dataplane/dpdk/qsbr.h"
#include "dataplane/dpdk/waker.h"
#include "dataplane/pipeline/capture.h"
#include "dataplane/pipeline/latency.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/port/port.h"
#include "dataplane/port/vlan_port.h"

#include <array>
#include <atomic>
#include <memory>
#include <vector>

namespace torii::dpdk {

// The ports a worker serves. Immutable once given to it.
struct WorkerPorts {
    std::array<port::Port*, kMaxPorts> ports{};  // by id; null: there is none
    std::vector<PortId> present;                 // those that packets are received from
    std::array<std::shared_ptr<const port::VlanSorter>, kMaxPorts> vlans{};  // null: it has none
    std::vector<int> descriptors;                                            // to wait on
    bool descriptors_suffice = false;  // no port must be polled
};

// What the worker counts by port, beside the pipeline's counters.
struct WorkerPortCounters {
    pipeline::Counter injected;    // sent for the kernel
    pipeline::Counter tx_dropped;  // the device did not take it
    pipeline::Counter rx_dropped;  // for the kernel, which did not keep up
};

// Polls its ports, runs the pipeline over each burst and sends what comes out. Punted and held
// packets go to the control thread; from there come packets to send and held ones to try again.
// One thread calls run() or turn(), the control thread everything of the first part.
class Worker {
public:
    Worker(unsigned index, pipeline::Pipeline& pipeline, const pipeline::SharedSettings& settings,
           port::BufferPool& pool, Qsbr& qsbr, PacketRing to_control, PacketRing from_control);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Replaces the ports. When it returns the worker knows nothing of the former ones.
    void set_ports(WorkerPorts ports);
    void set_poll_always(bool on);
    void stop();
    // False: the worker has too much to do already; the packet stays the caller's.
    [[nodiscard]] bool hand_in(const Handover& handover);
    void wake() const { waker_.wake(); }
    [[nodiscard]] std::size_t take_out(std::span<Handover> handovers);
    // Can be read when something waits for take_out().
    [[nodiscard]] const Waker& control_waker() const { return control_waker_; }
    [[nodiscard]] const WorkerPortCounters& counters(PortId port) const { return counters_[port]; }

    // Of packets that were sent: from the look at their port that found them until the device of
    // the other has them. Of a busy worker one burst in eight is timed, of another each.
    [[nodiscard]] const pipeline::LatencyHistogram& latency() const { return latency_; }

    [[nodiscard]] unsigned index() const { return index_; }
    void run();
    // One pass over everything; says whether there was anything to do.
    bool turn();

private:
    struct TransmitQueue {
        std::array<packet::Packet, kBurst> packets;
        std::size_t count = 0;
    };

    bool serve_control(const WorkerPorts& ports);
    [[nodiscard]] std::size_t receive(const WorkerPorts& ports, PortId id);
    void end_timing();
    void process_with_vlans(const WorkerPorts& ports, const port::VlanSorter& vlans,
                            std::span<packet::Packet> burst);
    // All of them of one port.
    void process(const WorkerPorts& ports, std::span<packet::Packet> burst);
    void capture(pipeline::CapturePoint point, PortId port,
                 std::span<const packet::Packet> packets) const;
    void hand_over(const packet::Packet& packet, const pipeline::Hold* hold);
    void answer(const packet::Packet& offending, const pipeline::IcmpError& error,
                const WorkerPorts& ports);
    void send_fragments(const packet::Packet& packet, std::uint16_t mtu, const WorkerPorts& ports);
    void enqueue(const WorkerPorts& ports, const packet::Packet& packet);
    void flush(const WorkerPorts& ports, PortId port);
    void send(const WorkerPorts& ports, PortId port, std::span<const packet::Packet> packets);
    void flush_all(const WorkerPorts& ports);
    void release_later(const packet::Packet& packet);
    void sleep();

    unsigned index_;
    pipeline::Pipeline& pipeline_;
    const pipeline::SharedSettings& settings_;
    port::BufferPool& pool_;
    Qsbr& qsbr_;
    PacketRing to_control_;
    PacketRing from_control_;
    Waker waker_;
    Waker control_waker_;
    std::atomic<const WorkerPorts*> ports_;
    std::unique_ptr<const WorkerPorts> current_;  // the control thread's
    std::atomic<bool> poll_always_{false};
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> generation_{0};  // of ports_

    Idle idle_;
    std::uint64_t idle_generation_ = 0;
    bool handed_over_ = false;
    TimePoint now_;                  // of the clock's last look
    unsigned bursts_ = 0;            // since nothing came
    bool timing_ = false;            // a burst that came at now_, since which nothing else was sent
    std::uint64_t sent_ = 0;         // packets
    std::uint64_t sent_before_ = 0;  // the burst that is timed
    pipeline::LatencyHistogram latency_;
    std::vector<PortId> pending_;  // ports with something in their transmit queue
    std::array<TransmitQueue, kMaxPorts> queues_;
    // Of the turn in work; here, so that no turn begins with clearing them.
    std::array<packet::Packet, kBurst> burst_;
    std::array<Handover, kBurst> handovers_;
    std::vector<packet::Packet> garbage_;
    pipeline::Output output_;
    std::array<WorkerPortCounters, kMaxPorts> counters_;
};

}  // namespace torii::dpdk
