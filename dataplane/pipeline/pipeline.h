#pragma once

#include "dataplane/fib/forwarding_table.h"
#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/counter.h"
#include "dataplane/pipeline/drop_reason.h"
#include "dataplane/pipeline/icmp_error.h"
#include "dataplane/pipeline/punt_class.h"
#include "dataplane/pipeline/settings.h"
#include "dataplane/pipeline/token_bucket.h"
#include "platform/base/clock.h"

#include <array>
#include <cstdint>
#include <span>

namespace torii::pipeline {

using packet::Packet;
using packet::Verdict;

// A packet that waits for the MAC address of `address` on `port`. It is unchanged: once the
// neighbor is known, process it again.
struct Hold {
    std::uint8_t index = 0;  // in the burst
    PortId port = kNoPort;
    IpAddress address;
};

// A packet (its verdict is drop) whose sender is told: write_icmp_error() makes the frame to send
// on the port it came in on.
struct IcmpAnswer {
    std::uint8_t index = 0;  // in the burst
    IcmpError error;
};

// A packet (its verdict is fragment) for packet::Ipv4Fragmenter.
struct Oversize {
    std::uint8_t index = 0;  // in the burst
    std::uint16_t mtu = 0;
};

// What a burst came to, beside the verdict in each packet.
struct Output {
    std::uint8_t forwarded = 0;
    std::uint8_t punted = 0;
    std::uint8_t dropped = 0;
    std::uint8_t held = 0;       // valid entries of holds
    std::uint8_t answered = 0;   // valid entries of answers
    std::uint8_t cut = 0;        // valid entries of oversize
    PortId only_port = kNoPort;  // where all packets of the burst leave, where that is known
    std::array<Hold, kBurst> holds;
    std::array<IcmpAnswer, kBurst> answers;
    std::array<Oversize, kBurst> oversize;
};

// Packets by the port they came in on.
struct PortCounters {
    Counter received;
    Counter forwarded;
    Counter punted;
    Counter dropped;
    Counter held;
};

using DropCounters = std::array<Counter, kDropReasonCount>;

struct PipelineCounters {
    std::array<PortCounters, kMaxPorts> ports;
    std::array<DropCounters, kMaxPorts> drops;     // by the port they came in on
    std::array<Counter, kPuntClassCount> punts;    // handed over, held or answered
    std::array<Counter, kPuntClassCount> limited;  // over the allowance of their class
    Counter icmp_errors_suppressed;                // packets that must not be answered
    Counter checksums_repaired;

    [[nodiscard]] std::uint64_t dropped(DropReason reason) const {
        std::uint64_t packets = 0;
        for (const DropCounters& port : drops) {
            packets += port[static_cast<std::size_t>(reason)].value();
        }
        return packets;
    }
};

// From a received burst to verdicts; one object per worker, one call per burst. Runs stage by stage
// over the whole burst, without a virtual call or an allocation.
class Pipeline {
public:
    // `worker` is this worker's index in the counters of `table`.
    Pipeline(fib::ForwardingTable& table, const SharedSettings& settings, unsigned worker);

    // At most kBurst packets, all of them of the port burst[0].in_port.
    void process(std::span<Packet> burst, TimePoint now, Output& output);

    [[nodiscard]] const PipelineCounters& counters() const { return counters_; }

private:
    struct Burst;

    // The packets that are to be traced go through the stages, with the others of their burst.
    void process_traced(Burst& work, std::span<Packet> burst);
    void finish(Burst& work, std::span<Packet> burst);

    fib::ForwardingTable& table_;
    const SharedSettings& settings_;
    unsigned worker_;
    PipelineCounters counters_;
    std::array<std::array<TokenBucket, kPuntClassCount>, kMaxPorts> allowances_;
};

}  // namespace torii::pipeline
