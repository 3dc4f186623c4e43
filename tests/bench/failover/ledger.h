#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::bench {

// On CLOCK_MONOTONIC.
using Nanoseconds = std::int64_t;

[[nodiscard]] Nanoseconds monotonic_now();

// What became of each packet.
class Ledger {
public:
    explicit Ledger(std::size_t nodes) : nodes_(nodes) {}

    // The next one; its number is how many were sent before it.
    void sent(Nanoseconds time) { packets_.push_back({time, 0, 0, 0}); }
    // `node` counts from 0. A number that was not sent or a node that is not there is a stray.
    void received(std::uint64_t number, std::size_t node, Nanoseconds time);

    [[nodiscard]] std::uint64_t packets() const { return packets_.size(); }

    struct Account {
        std::uint64_t sent = 0;
        std::uint64_t lost = 0;      // of these
        Nanoseconds first_lost = 0;  // when it was sent; 0: none was
        Nanoseconds last_lost = 0;
        std::uint64_t twice = 0;   // likewise
        std::uint64_t strays = 0;  // ever
        // The fewest nodes that got any of kRunPerNode packets a node, sent in a row.
        std::size_t width = 0;
        // By node: when it last received something in the span of time; 0: it did not.
        std::vector<Nanoseconds> last;
    };
    // Of what was sent in a span of time.
    [[nodiscard]] Account account(Nanoseconds from, Nanoseconds to) const;

private:
    // A node that gets its share gets none of these once in half a billion times.
    static constexpr std::size_t kRunPerNode = 20;

    struct Packet {
        Nanoseconds sent = 0;
        Nanoseconds received = 0;
        std::uint16_t node = 0;
        std::uint16_t times = 0;
    };

    std::size_t nodes_;
    std::vector<Packet> packets_;
    std::uint64_t strays_ = 0;
};

}  // namespace torii::bench
