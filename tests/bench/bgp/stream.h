#pragma once

#include "tests/bench/bgp/numbering.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::bench {

// Of every announcement: a community that tells which one it is of several of the same prefix. It
// travels to the receivers, which MED does not (RFC 4271 section 5.1.4).
using Version = std::uint16_t;
inline constexpr std::uint16_t kVersionCommunity = 0x4242;  // its first half

// The version in the value of a COMMUNITIES attribute; 1 when there is none.
[[nodiscard]] Version version_of(Bytes communities);

// What one peer announces.
struct Share {
    std::size_t first = 0;
    std::size_t count = 0;
    std::size_t attribute_sets = 1;
    std::size_t prefixes_per_update = 100;
    bgp::Asn as;
    IpAddress next_hop;
    bool end_of_rib = false;  // after all of it
};

// The UPDATE messages of a share, encoded before the clock starts.
class Stream {
public:
    Stream() = default;
    Stream(const Numbering& numbering, const Share& share);

    [[nodiscard]] Bytes octets() const { return octets_; }
    [[nodiscard]] std::size_t messages() const { return ends_.size(); }
    // Where the message that holds the octet at `position` ends; `position` itself between two.
    [[nodiscard]] std::size_t boundary(std::size_t position) const;
    // Where the first `count` messages end.
    [[nodiscard]] std::size_t end_of(std::size_t count) const {
        return count == 0 ? 0 : ends_[count - 1];
    }
    // Of all messages.
    void set_version(Version version);

private:
    void append_update(const std::vector<std::uint8_t>& message);
    void append(const std::vector<std::uint8_t>& message);

    std::vector<std::uint8_t> octets_;
    std::vector<std::size_t> ends_;      // of the messages
    std::vector<std::size_t> versions_;  // where the two octets of each UPDATE are
};

}  // namespace torii::bench
