#pragma once

#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/packet_filter.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace torii::pipeline {

// What a stage did with a packet.
struct TraceLine {
    std::uint32_t packet = 0;     // from 1
    const char* stage = nullptr;  // a literal
    std::array<char, 116> text{};
};

// The next packets that fit a filter, stage by stage: each worker writes its own lines into memory
// that is there from the beginning, and anybody may read them meanwhile.
class Trace {
public:
    Trace(const PacketFilter& filter, std::uint32_t count, unsigned workers);

    // Worker: the number of a packet that is to be traced; 0: it is not.
    [[nodiscard]] std::uint32_t take(const packet::Packet& packet);
    // Worker. A line there is no room for is counted.
    template <class... Args>
    void write(unsigned worker, std::uint32_t packet, const char* stage,
               fmt::format_string<Args...> text, Args&&... args) {
        Lines& lines = *lines_[worker];
        const std::size_t place = lines.used.load(std::memory_order_relaxed);
        if (place == lines.lines.size()) {
            lost_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        TraceLine& line = lines.lines[place];
        line.packet = packet;
        line.stage = stage;
        const auto end = fmt::format_to_n(line.text.data(), line.text.size() - 1, text,
                                          std::forward<Args>(args)...);
        *end.out = '\0';
        lines.used.store(place + 1, std::memory_order_release);
    }

    [[nodiscard]] std::uint32_t wanted() const { return count_; }
    // All packets that are wanted have come.
    [[nodiscard]] bool complete() const { return taken_.load(std::memory_order_relaxed) >= count_; }
    [[nodiscard]] unsigned workers() const { return static_cast<unsigned>(lines_.size()); }
    [[nodiscard]] std::span<const TraceLine> lines(unsigned worker) const;
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    struct Lines {
        std::vector<TraceLine> lines;
        std::atomic<std::size_t> used{0};
    };

    PacketFilter filter_;
    std::uint32_t count_;
    std::atomic<std::uint32_t> taken_{0};
    std::atomic<std::uint64_t> lost_{0};
    std::vector<std::unique_ptr<Lines>> lines_;  // by worker
};

}  // namespace torii::pipeline
