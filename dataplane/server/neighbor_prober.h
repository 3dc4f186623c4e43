#pragma once

#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"
#include "platform/base/result.h"

#include <cstdint>
#include <memory>
#include <span>

namespace torii::dataplane {

// Has the kernel resolve neighbors, or check those it doubts, without the right to change its
// neighbor table: by a datagram to them, for which it needs their MAC. The datagram comes out of
// the port's TAP like all that the kernel sends, and goes no further.
class NeighborProber {
public:
    static Result<std::unique_ptr<NeighborProber>> open();
    NeighborProber(const NeighborProber&) = delete;
    NeighborProber& operator=(const NeighborProber&) = delete;
    ~NeighborProber();

    // The answer comes as an event of the neighbor table. An error where the link has no address or
    // is down.
    Result<void> probe(std::uint32_t link_index, const IpAddress& address);
    // Whether this frame of the kernel's is such a datagram.
    [[nodiscard]] bool is_own(std::span<const std::uint8_t> frame) const;

private:
    struct Socket {
        int descriptor = -1;
        std::uint16_t port = 0;
    };

    NeighborProber() = default;
    static Result<Socket> open_socket(IpFamily family);

    Socket v4_;
    Socket v6_;  // none where the kernel has no IPv6
};

}  // namespace torii::dataplane
