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
    output.forwarded = output.punted = output.dropped = 0;
    output.held = output.answered = output.cut = 0;
    output.only_port = kNoPort;
    if (burst.empty()) return;
    const PortId in_port = burst[0].in_port;
    assert(in_port < kMaxPorts);
    const Settings& settings = settings_.current();
    Burst work{*this, settings, settings.ports[in_port], burst, now, output};
    if (settings.trace) [[unlikely]]
        return process_traced(work, burst);
    finish(work, burst);
}

void Pipeline::process_traced(Burst& work, std::span<Packet> burst) {
    Tracing tracing{*work.settings.trace};
    (void)work.note_received(tracing);
    finish(work, burst);
}

void Pipeline::finish(Burst& work, std::span<Packet> burst) {
    PortCounters& counters = counters_.ports[burst[0].in_port];
    Output& output = work.output;
    if (work.port.acl_in) [[unlikely]]
        work.filter_input();
    Selection others;
    if (!work.packets.empty()) work.forward_plain(others);
    counters.received.add(output.forwarded);
    if (work.packets.size() != burst.size()) output.only_port = kNoPort;
    if (!others.indices().empty()) work.run_stages(others);
    counters.forwarded.add(output.forwarded + output.cut);
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
        route<Ipv4Forwarding>(accepted);
    }
    if (!ipv6.indices().empty()) {
        Selection accepted;
        ipv6_input(ipv6, accepted);
        route<Ipv6Forwarding>(accepted);
    }
}

void Pipeline::Burst::drop(std::size_t index, DropReason reason) {
    Packet& packet = packets[index];
    packet.verdict = Verdict::drop;
    packet.detail = static_cast<std::uint8_t>(reason);
    pipeline.counters_.drops[packet.in_port][packet.detail].add(1);
    ++output.dropped;
    if (tracing != nullptr) [[unlikely]]
        note_verdict(index);
}

void Pipeline::Burst::drop_and_answer(std::size_t index, DropReason reason,
                                      const IcmpError& error) {
    drop(index, reason);
    const Packet& packet = packets[index];
    if (!may_answer(packet) || is_broadcast_source(index)) {
        pipeline.counters_.icmp_errors_suppressed.add(1);
        if (tracing != nullptr) note_answer(index, "it is no single host, or told an error itself");
        return;
    }
    const bool is_v4 = packet::Ipv4View(ip_header(index)).version() == 4;
    if (is_unreachable(error.kind) && !(is_v4 ? port.unreachables.v4 : port.unreachables.v6)) {
        pipeline.counters_.icmp_errors_suppressed.add(1);
        if (tracing != nullptr) note_answer(index, "its interface has no unreachables");
        return;
    }
    const bool ttl = reason == DropReason::ttl_exceeded;
    const bool allowed = allow(index, ttl ? PuntClass::ttl : PuntClass::unreachable);
    if (tracing != nullptr)
        note_answer(index, allowed ? "" : "too many are (forwarding icmp rate)");
    if (!allowed) return;
    output.answers[output.answered++] = IcmpAnswer{static_cast<std::uint8_t>(index), error};
}

bool Pipeline::Burst::allow(std::size_t index, PuntClass punt_class) {
    const auto row = static_cast<std::size_t>(punt_class);
    TokenBucket& bucket = pipeline.allowances_[packets[index].in_port][row];
    const Allowance allowance = allowance_of(punt_class, settings);
    bucket.configure(allowance.rate, allowance.burst);
    const bool allowed = bucket.take(now);
    PipelineCounters& counters = pipeline.counters_;
    (allowed ? counters.punts : counters.limited)[row].add(1);
    return allowed;
}

bool Pipeline::Burst::is_broadcast_source(std::size_t index) const {
    const packet::Ipv4View ip(ip_header(index));
    return ip.version() == 4 && is_broadcast_of(port, ip.source());
}

void Pipeline::Burst::punt(std::size_t index, PuntClass punt_class) {
    if (!allow(index, punt_class)) return drop(index, DropReason::over_limit);
    Packet& packet = packets[index];
    packet.verdict = Verdict::punt;
    packet.detail = static_cast<std::uint8_t>(punt_class);
    ++output.punted;
    if (tracing != nullptr) [[unlikely]]
        note_verdict(index);
}

void Pipeline::Burst::hold(std::size_t index, PortId out_port, const IpAddress& neighbor) {
    Packet& packet = packets[index];
    const bool again = (packet.flags & packet::kHeld) != 0;
    if (!again && !allow(index, PuntClass::unresolved)) {
        return drop(index, DropReason::over_limit);
    }
    packet.verdict = Verdict::hold;
    output.holds[output.held++] = Hold{static_cast<std::uint8_t>(index), out_port, neighbor};
    if (tracing != nullptr) [[unlikely]]
        note_verdict(index);
    if (again) return;
    packet.flags |= packet::kHeld;
    pipeline.counters_.ports[packet.in_port].held.add(1);
}

}  // namespace torii::pipeline
