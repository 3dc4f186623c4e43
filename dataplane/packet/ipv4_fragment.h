#pragma once

#include "platform/base/byte_reader.h"

#include <cstddef>
#include <cstdint>

namespace torii::packet {

// Cuts a valid IPv4 packet into fragments of at most `mtu` octets (RFC 791 section 3.2), also one
// that is a fragment itself. The packet must stay until the last one is written.
class Ipv4Fragmenter {
public:
    // `packet` is its total length; `mtu` is at least 68 and less than that.
    Ipv4Fragmenter(Bytes packet, std::size_t mtu);

    [[nodiscard]] bool done() const { return done_ >= packet_.size() - header_size_; }
    // Writes the next one and returns its length, unless done(). `out` has room for `mtu` octets.
    std::size_t next(std::uint8_t* out);

private:
    Bytes packet_;
    std::size_t mtu_;
    std::size_t header_size_;
    std::size_t done_ = 0;  // octets of the payload
};

}  // namespace torii::packet
