#include "dataplane/dpdk/worker.h"

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv4_fragment.h"

#include <rte_cycles.h>
#include <rte_pause.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace torii::dpdk {
namespace {

// Passes without a packet before a worker goes to sleep.
constexpr unsigned kEmptyTurns = 256;
// How long the clock is good for: what is measured by it (rates of answers) takes longer by far.
// The bursts at which it is looked at are those that are timed.
constexpr unsigned kBurstsPerClock = 8;

TimePoint clock_now() {
    static const double nanoseconds_per_cycle = 1e9 / static_cast<double>(rte_get_tsc_hz());
    return TimePoint(Duration(
        static_cast<Duration::rep>(static_cast<double>(rte_rdtsc()) * nanoseconds_per_cycle)));
}

}  // namespace

Worker::Worker(unsigned index, pipeline::Pipeline& pipeline,
               const pipeline::SharedSettings& settings, port::BufferPool& pool, Qsbr& qsbr,
               PacketRing to_control, PacketRing from_control)
    : index_(index),
      pipeline_(pipeline),
      settings_(settings),
      pool_(pool),
      qsbr_(qsbr),
      to_control_(std::move(to_control)),
      from_control_(std::move(from_control)) {
    pending_.reserve(kMaxPorts);
    garbage_.reserve(kBurst);
    current_ = std::make_unique<WorkerPorts>();
    ports_ = current_.get();
    idle_.watch({waker_.descriptor()}, true);
}

Worker::~Worker() = default;

void Worker::set_ports(WorkerPorts ports) {
    ports.descriptors.push_back(waker_.descriptor());
    auto next = std::make_unique<const WorkerPorts>(std::move(ports));
    ports_.store(next.get(), std::memory_order_release);
    generation_.fetch_add(1, std::memory_order_release);
    waker_.wake();
    qsbr_.synchronize();
    current_ = std::move(next);
}

void Worker::set_poll_always(bool on) {
    poll_always_ = on;
    waker_.wake();
}

void Worker::stop() {
    stop_ = true;
    waker_.wake();
}

bool Worker::hand_in(const Handover& handover) {
    return from_control_.push(handover);
}

std::size_t Worker::take_out(std::span<Handover> handovers) {
    return to_control_.pop(handovers);
}

void Worker::run() {
    unsigned empty = 0;
    qsbr_.enter(index_);
    while (!stop_.load(std::memory_order_relaxed)) {
        if (turn()) {
            empty = 0;
            idle_.busy();
        } else if (++empty < kEmptyTurns || poll_always_.load(std::memory_order_relaxed)) {
            rte_pause();
        } else {
            sleep();
            // A few turns are enough to see whether it was worth waking up.
            empty = kEmptyTurns - 4;
        }
        qsbr_.quiescent(index_);
    }
    qsbr_.leave(index_);
}

void Worker::sleep() {
    const std::uint64_t generation = generation_.load(std::memory_order_acquire);
    if (generation != idle_generation_) {
        const WorkerPorts& ports = *ports_.load(std::memory_order_acquire);
        idle_.watch(ports.descriptors, ports.descriptors_suffice);
        idle_generation_ = generation;
    }
    qsbr_.leave(index_);
    const bool woken = idle_.sleep(waker_.descriptor());
    qsbr_.enter(index_);
    // A packet that came first does not wait for this system call.
    if (woken) waker_.clear();
}

bool Worker::turn() {
    const WorkerPorts& ports = *ports_.load(std::memory_order_acquire);
    bool worked = serve_control(ports);
    for (const PortId id : ports.present) {
        const std::size_t count = receive(ports, id);
        if (count == 0) continue;
        worked = true;
        const std::span<packet::Packet> burst = std::span(burst_).first(count);
        capture(pipeline::kCaptureRx, id, burst);
        if (const port::VlanSorter* vlans = ports.vlans[id].get()) {
            process_with_vlans(ports, *vlans, burst);
        } else {
            process(ports, burst);
        }
        // What waits in a queue is sent at the end of the turn.
        if (timing_ && pending_.empty()) [[unlikely]]
            end_timing();
    }
    flush_all(ports);
    if (timing_) [[unlikely]]
        end_timing();
    if (!worked) bursts_ = 0;
    if (std::exchange(handed_over_, false)) control_waker_.wake();
    return worked;
}

std::size_t Worker::receive(const WorkerPorts& ports, PortId id) {
    const bool looks = bursts_ % kBurstsPerClock == 0;
    const TimePoint before = looks ? clock_now() : now_;
    const std::size_t count = ports.ports[id]->receive(burst_);
    if (count == 0) return 0;
    ++bursts_;
    if (!looks || timing_) return count;
    now_ = before;
    timing_ = true;
    sent_before_ = sent_;
    return count;
}

// Packets for the kernel, dropped or held ones were not sent.
void Worker::end_timing() {
    timing_ = false;
    if (sent_ == sent_before_) return;
    latency_.add(static_cast<std::uint64_t>((clock_now() - now_).count()));
}

bool Worker::serve_control(const WorkerPorts& ports) {
    const std::size_t count = from_control_.pop(handovers_);
    if (count != 0) now_ = clock_now();
    for (Handover& handover : std::span(handovers_).first(count)) {
        if (handover.packet.verdict == packet::Verdict::forward) {
            counters_[handover.packet.out_port].injected.add(1);
            enqueue(ports, handover.packet);
        } else {
            process(ports, std::span(&handover.packet, 1));
        }
    }
    if (!garbage_.empty()) {
        pool_.release(garbage_);
        garbage_.clear();
    }
    return count != 0;
}

// Those of one VLAN after those of another, each in the order they came in.
void Worker::process_with_vlans(const WorkerPorts& ports, const port::VlanSorter& vlans,
                                std::span<packet::Packet> burst) {
    const PortId received_by = burst.front().in_port;
    vlans.sort(burst, pool_);
    std::array<packet::Packet, kBurst> same;
    while (!burst.empty()) {
        const PortId id = burst.front().in_port;
        std::size_t count = 0;
        std::size_t others = 0;
        for (const packet::Packet& packet : burst) {
            if (packet.in_port == id) {
                same[count++] = packet;
            } else {
                burst[others++] = packet;
            }
        }
        if (id != received_by) capture(pipeline::kCaptureRx, id, std::span(same).first(count));
        process(ports, std::span(same).first(count));
        burst = burst.first(others);
    }
}

void Worker::process(const WorkerPorts& ports, std::span<packet::Packet> burst) {
    pipeline_.process(burst, now_, output_);
    // Most bursts leave by one port: they are sent as they are.
    const PortId only_port = output_.only_port;
    if (only_port != kNoPort && queues_[only_port].count == 0) [[likely]] {
        send(ports, only_port, burst);
        return;
    }
    capture(pipeline::kCaptureDrop, burst.front().in_port, burst);
    capture(pipeline::kCapturePunt, burst.front().in_port, burst);
    for (const auto& answered : std::span(output_.answers).first(output_.answered)) {
        answer(burst[answered.index], answered.error, ports);
    }
    for (const auto& hold : std::span(output_.holds).first(output_.held)) {
        hand_over(burst[hold.index], &hold);
    }
    for (const auto& oversize : std::span(output_.oversize).first(output_.cut)) {
        send_fragments(burst[oversize.index], oversize.mtu, ports);
    }
    for (const packet::Packet& packet : burst) {
        switch (packet.verdict) {
            case packet::Verdict::forward: enqueue(ports, packet); break;
            case packet::Verdict::punt: hand_over(packet, nullptr); break;
            case packet::Verdict::hold: break;  // handed over above
            case packet::Verdict::fragment:     // copied above
            case packet::Verdict::drop:
            case packet::Verdict::none: release_later(packet); break;
        }
    }
    if (!garbage_.empty()) {
        pool_.release(garbage_);
        garbage_.clear();
    }
}

// Copies of what somebody wants to see: most of the time nobody does.
void Worker::capture(pipeline::CapturePoint point, PortId port,
                     std::span<const packet::Packet> packets) const {
    const auto& wanted = settings_.current().capture;
    if (wanted) [[unlikely]]
        wanted->look_at(index_, point, port, packets);
}

void Worker::hand_over(const packet::Packet& packet, const pipeline::Hold* hold) {
    Handover handover;
    handover.packet = packet;
    if (hold != nullptr) {
        handover.neighbor = hold->address;
        handover.neighbor_port = hold->port;
    }
    if (to_control_.push(handover)) {
        handed_over_ = true;
        return;
    }
    counters_[packet.in_port].rx_dropped.add(1);
    release_later(packet);
}

void Worker::answer(const packet::Packet& offending, const pipeline::IcmpError& error,
                    const WorkerPorts& ports) {
    packet::Packet packet;
    if (!pool_.allocate(packet)) return;
    const auto& port = settings_.current().ports[offending.in_port];
    const std::span<std::uint8_t> room(packet.data, pool_.capacity());
    packet.length =
        static_cast<std::uint32_t>(pipeline::write_icmp_error(offending, error, port, room));
    packet.out_port = offending.in_port;
    if (packet.length == 0) {
        pool_.release(std::span(&packet, 1));
        return;
    }
    enqueue(ports, packet);
}

// Each in a buffer of its own. When there is none left, the rest is lost as if it had been sent.
void Worker::send_fragments(const packet::Packet& packet, std::uint16_t mtu,
                            const WorkerPorts& ports) {
    packet::Ipv4Fragmenter fragmenter(
        Bytes(packet.data, packet.length).subspan(packet::kEthernetSize), mtu);
    while (!fragmenter.done()) {
        packet::Packet fragment;
        if (!pool_.allocate(fragment)) return counters_[packet.out_port].tx_dropped.add(1);
        const std::size_t size = fragmenter.next(fragment.data + packet::kEthernetSize);
        std::ranges::copy(Bytes(packet.data, packet::kEthernetSize), fragment.data);
        fragment.length = static_cast<std::uint32_t>(packet::kEthernetSize + size);
        fragment.out_port = packet.out_port;
        enqueue(ports, fragment);
    }
}

void Worker::enqueue(const WorkerPorts& ports, const packet::Packet& packet) {
    TransmitQueue& queue = queues_[packet.out_port];
    if (queue.count == 0) pending_.push_back(packet.out_port);
    queue.packets[queue.count++] = packet;
    if (queue.count == queue.packets.size()) {
        flush(ports, packet.out_port);
        pending_.erase(std::ranges::find(pending_, packet.out_port));
    }
}

void Worker::flush(const WorkerPorts& ports, PortId port) {
    TransmitQueue& queue = queues_[port];
    const std::span<const packet::Packet> packets = std::span(queue.packets).first(queue.count);
    queue.count = 0;
    send(ports, port, packets);
}

void Worker::send(const WorkerPorts& ports, PortId port, std::span<const packet::Packet> packets) {
    capture(pipeline::kCaptureTx, port, packets);
    port::Port* out = ports.ports[port];
    const std::size_t sent = out != nullptr ? out->transmit(packets) : 0;
    sent_ += sent;
    if (sent == packets.size()) return;
    counters_[port].tx_dropped.add(packets.size() - sent);
    pool_.release(packets.subspan(sent));
}

void Worker::flush_all(const WorkerPorts& ports) {
    for (const PortId port : pending_) flush(ports, port);
    pending_.clear();
}

void Worker::release_later(const packet::Packet& packet) {
    assert(garbage_.size() < kBurst);
    garbage_.push_back(packet);
}

}  // namespace torii::dpdk
