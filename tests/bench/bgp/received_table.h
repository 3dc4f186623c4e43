#pragma once

#include "tests/bench/bgp/numbering.h"
#include "tests/bench/bgp/stream.h"
#include "tests/bench/bgp/update_view.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::bench {

// Which version of each prefix there should be; 0: it is withdrawn.
using Target = std::vector<Version>;

// What a session was told by the device, prefix by prefix, compared with a target: complete means
// that every prefix is there in the wanted version, and nothing else.
class ReceivedTable {
public:
    // The device may tell a peer its own prefixes or not: [own_first, own_end) is not looked at.
    ReceivedTable(const Numbering& numbering, const Target& target, std::size_t own_first,
                  std::size_t own_end);

    // A new session starts with nothing.
    void clear();
    // The target has changed.
    void recount();
    // False: it names a prefix that nobody announced.
    [[nodiscard]] bool apply(const UpdateView& update);

    [[nodiscard]] bool complete() const { return missing_ == 0; }
    [[nodiscard]] std::size_t missing() const { return missing_; }
    // Prefixes in messages, repetitions too.
    [[nodiscard]] std::uint64_t announcements() const { return announcements_; }
    [[nodiscard]] std::uint64_t withdrawals() const { return withdrawals_; }

private:
    void set(std::size_t number, Version version);

    const Numbering& numbering_;
    const Target& target_;
    std::size_t own_first_;
    std::size_t own_end_;
    std::vector<Version> seen_;
    std::size_t missing_ = 0;  // prefixes that are not as wanted
    std::uint64_t announcements_ = 0;
    std::uint64_t withdrawals_ = 0;
};

}  // namespace torii::bench
