#include "tests/bench/failover/packet_sink.h"

#include <array>
#include <cstring>
#include <ctime>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <utility>

namespace torii::bench {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr std::size_t kControlOctets = CMSG_SPACE(sizeof(timespec));

Nanoseconds nanoseconds(const timespec& time) {
    return time.tv_sec * kSecond + time.tv_nsec;
}

// The kernel's times of packets are of CLOCK_REALTIME.
Nanoseconds realtime_ahead() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now) - monotonic_now();
}

Nanoseconds received_at(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec time{};
        std::memcpy(&time, CMSG_DATA(part), sizeof time);
        return nanoseconds(time);
    }
    return 0;
}

}  // namespace

PacketSink::PacketSink(PacketSocket socket, Ledger& ledger)
    : socket_(std::move(socket)), ledger_(ledger), frames_(kBatch) {}

void PacketSink::receive() {
    while (receive_batch()) {
    }
}

bool PacketSink::receive_batch() {
    std::array<iovec, kBatch> parts{};
    std::array<mmsghdr, kBatch> messages{};
    alignas(cmsghdr) std::array<std::array<char, kControlOctets>, kBatch> controls{};
    for (std::size_t index = 0; index < kBatch; ++index) {
        parts[index] = {frames_[index].data(), frames_[index].size()};
        msghdr& header = messages[index].msg_hdr;
        header.msg_iov = &parts[index];
        header.msg_iovlen = 1;
        header.msg_control = controls[index].data();
        header.msg_controllen = kControlOctets;
    }
    const int count = ::recvmmsg(socket_.descriptor(), messages.data(), kBatch, 0, nullptr);
    const Nanoseconds ahead = realtime_ahead();
    for (int index = 0; index < count; ++index) {
        const auto at = static_cast<std::size_t>(index);
        const Frame& frame = frames_[at];
        std::uint64_t number = 0;
        std::memcpy(&number, frame.data() + kSequenceAt, sizeof number);
        // Node 0 is none of ours: it becomes one that is not there.
        const std::size_t node = std::size_t{packet::load16(frame.data() + 4)} - 1;
        ledger_.received(number, node, received_at(messages[at].msg_hdr) - ahead);
    }
    return count == static_cast<int>(kBatch);
}

std::uint64_t PacketSink::missed() {
    tpacket_stats statistics{};
    socklen_t size = sizeof statistics;
    ::getsockopt(socket_.descriptor(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size);
    return missed_ += statistics.tp_drops;
}

}  // namespace torii::bench
