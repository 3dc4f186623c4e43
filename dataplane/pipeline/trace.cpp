#include "dataplane/pipeline/trace.h"

namespace torii::pipeline {
namespace {

constexpr std::size_t kLinesPerPacket = 12;  // on every way through the stages

}  // namespace

Trace::Trace(const PacketFilter& filter, std::uint32_t count, unsigned workers)
    : filter_(filter), count_(count) {
    for (unsigned worker = 0; worker < workers; ++worker) {
        lines_.push_back(std::make_unique<Lines>());
        lines_.back()->lines.resize(kLinesPerPacket * count);
    }
}

std::uint32_t Trace::take(const packet::Packet& packet) {
    if (complete()) return 0;
    if (filter_.port != kNoPort && filter_.port != packet.in_port) return 0;
    if (!filter_.matches({packet.data, packet.length})) return 0;
    const std::uint32_t number = taken_.fetch_add(1, std::memory_order_relaxed) + 1;
    return number <= count_ ? number : 0;
}

std::span<const TraceLine> Trace::lines(unsigned worker) const {
    const Lines& lines = *lines_[worker];
    return std::span(lines.lines).first(lines.used.load(std::memory_order_acquire));
}

}  // namespace torii::pipeline
