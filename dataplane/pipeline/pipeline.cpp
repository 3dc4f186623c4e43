#include "dataplane/pipeline/pipeline.h"

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/forward.h"

#include <algorithm>
#include <cassert>

namespace torii::pipeline {

Pipeline::Pipeline(fib::ForwardingTable& table, const SharedSettings& settings, unsigned worker)
    : table_(table), settings_(settings), worker_(worker) {}

void Pipeline::process(std::span<Packet> burst, TimePoint now, Output& output) {
    assert(burst.size() <= kBurst);
    output.forwarded = output.punted = output.dropped = output.held = output.answered = 0;
    if (burst.empty()) return;
    const PortId in_port = burst[0].in_port;
    assert(in_port < kMaxPorts);
    PortCounters& counters = counters_.ports[in_port];
    const Settings& settings = settings_.current();
    Burst work{*this,
               settings,
               settings.ports[in_port],
               burst,
               now,
               output,
               fib::HashSeed::make(settings.hash_seed)};
    Selection others;
    work.forward_plain_ipv4(others);
    counters.received.add(output.forwarded);
    if (!others.indices().empty()) work.run_stages(others);
    counters.forwarded.add(output.forwarded);
    counters.punted.add(output.punted);
    counters.dropped.add(output.dropped);
}

void Pipeline::Burst::run_stages(const Selection& received) {
    pipeline.counters_.ports[packets[0].in_port].received.add(static_cast<std::uint64_t>(
        std::ranges::count_if(received.indices(), [this](std::size_t index) {
            return (packets[index].flags & packet::kHeld) == 0;
        })));
    Selection ipv4;
    Selection ipv6;
    ethernet_input(received, ipv4, ipv6);
    if (!ipv4.indices().empty()) {
        Selection accepted;
        ipv4_input(ipv4, accepted);
        forward<Ipv4Forwarding>(accepted);
    }
    if (!ipv6.indices().empty()) {
        Selection accepted;
        ipv6_input(ipv6, accepted);
        forward<Ipv6Forwarding>(accepted);
    }
}

void Pipeline::Burst::drop(std::size_t index, DropReason reason) {
    Packet& packet = packets[index];
    packet.verdict = Verdict::drop;
    packet.detail = static_cast<std::uint8_t>(reason);
    pipeline.counters_.drops[packet.detail].add(1);
    ++output.dropped;
}

void Pipeline::Burst::drop_and_answer(std::size_t index, DropReason reason,
                                      const IcmpError& error) {
    drop(index, reason);
    const Packet& packet = packets[index];
    PipelineCounters& counters = pipeline.counters_;
    if (!may_answer(packet) || is_broadcast_source(index)) {
        counters.icmp_errors_suppressed.add(1);
        return;
    }
    TokenBucket& bucket = pipeline.icmp_buckets_[packet.in_port];
    bucket.configure(settings.icmp_errors_per_second, settings.icmp_error_burst);
    if (!bucket.take(now)) {
        counters.icmp_errors_limited.add(1);
        return;
    }
    counters.icmp_errors.add(1);
    output.answers[output.answered++] = IcmpAnswer{static_cast<std::uint8_t>(index), error};
}

bool Pipeline::Burst::is_broadcast_source(std::size_t index) const {
    const packet::Ipv4View ip(ip_header(index));
    return ip.version() == 4 && is_broadcast_of(port, ip.source());
}

void Pipeline::Burst::punt(std::size_t index, PuntClass punt_class) {
    Packet& packet = packets[index];
    packet.verdict = Verdict::punt;
    packet.detail = static_cast<std::uint8_t>(punt_class);
    pipeline.counters_.punts[packet.detail].add(1);
    ++output.punted;
}

void Pipeline::Burst::hold(std::size_t index, PortId out_port, const IpAddress& neighbor) {
    Packet& packet = packets[index];
    packet.verdict = Verdict::hold;
    output.holds[output.held++] = Hold{static_cast<std::uint8_t>(index), out_port, neighbor};
    if ((packet.flags & packet::kHeld) != 0) return;
    packet.flags |= packet::kHeld;
    pipeline.counters_.ports[packet.in_port].held.add(1);
}

}  // namespace torii::pipeline
