#include "tests/bench/failover/packet_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <sys/socket.h>
#include <utility>

namespace torii::bench {
namespace {

constexpr std::uint16_t kFirstPort = 10000;
constexpr std::uint16_t kPorts = 50000;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kBurst = 128;  // packets

}  // namespace

PacketSource::PacketSource(PacketSocket socket, const FlowSettings& settings, Ledger& ledger)
    : socket_(std::move(socket)), settings_(settings), ledger_(ledger), frames_(kBatch) {
    for (Frame& frame : frames_) {
        packet::write_ethernet(frame.data(), settings_.gateway, socket_.mac(), packet::kEtherIpv4);
    }
}

void PacketSource::start(Nanoseconds time) {
    started_ = time;
}

// Both steps have no divisor in common with what they walk through.
void PacketSource::write(Frame& frame, std::uint64_t number) const {
    constexpr std::uint64_t kDestinationStep = 1'000'003;
    constexpr std::uint64_t kPortStep = 31'607;
    packet::Ipv4Fields fields;
    fields.total_length = packet::kFrameMin - packet::kEthernetSize;
    fields.protocol = packet::kProtocolUdp;
    fields.source = settings_.source;
    fields.destination =
        settings_.first_destination +
        static_cast<std::uint32_t>(number * kDestinationStep % settings_.destinations);
    packet::write_ipv4(frame.data() + kIpv4At, fields);
    packet::write_udp(frame.data() + kUdpAt,
                      static_cast<std::uint16_t>(kFirstPort + number * kPortStep % kPorts),
                      kFlowPort, packet::kFrameMin - kUdpAt, 0);
    std::memcpy(frame.data() + kSequenceAt, &number, sizeof number);
}

void PacketSource::send(Nanoseconds time) {
    const Nanoseconds interval = kSecond / settings_.rate;
    // This tool was late: what it has not sent by now it does not send in one go, which would fill
    // the rings of the device's port.
    started_ = std::max(started_, time - (kBurst + sent_) * interval);
    for (Nanoseconds due = (time - started_) / interval - sent_; due > 0; due -= kBatch) {
        send_batch(static_cast<std::size_t>(std::min<Nanoseconds>(due, kBatch)));
    }
}

void PacketSource::send_batch(std::size_t count) {
    std::array<iovec, kBatch> parts{};
    std::array<mmsghdr, kBatch> messages{};
    const Nanoseconds now = monotonic_now();
    for (std::size_t index = 0; index < count; ++index) {
        write(frames_[index], ledger_.packets());
        ledger_.sent(now);
        parts[index] = {frames_[index].data(), frames_[index].size()};
        messages[index].msg_hdr.msg_iov = &parts[index];
        messages[index].msg_hdr.msg_iovlen = 1;
    }
    const int sent =
        ::sendmmsg(socket_.descriptor(), messages.data(), static_cast<unsigned>(count), 0);
    failures_ += count - static_cast<std::size_t>(std::max(sent, 0));
    sent_ += static_cast<Nanoseconds>(count);
}

}  // namespace torii::bench
