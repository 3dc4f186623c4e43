#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/types.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// Dumps of a BGP table in the format TABLE_DUMP_V2 (RFC 6396 section 4.3), which bgpdump and the
// tools of route collectors read.
namespace torii::monitoring {

struct MrtPeer {
    IpAddress address;
    bgp::Asn as;
    bgp::RouterId router_id;
};

struct MrtPath {
    std::uint16_t peer = 0;        // its place in the peer index
    std::uint32_t originated = 0;  // seconds since 1970
    const bgp::PathAttributes* attributes = nullptr;
};

// The records of one dump, in their order. Each is a whole record, ready for the file.
class MrtTableDump {
public:
    // `unix_seconds` is the time of the dump.
    explicit MrtTableDump(std::uint32_t unix_seconds) : unix_seconds_(unix_seconds) {}

    // The first record (section 4.3.1).
    [[nodiscard]] std::vector<std::uint8_t> peer_index(bgp::RouterId collector,
                                                       std::string_view view,
                                                       std::span<const MrtPeer> peers) const;
    // All paths of one prefix (section 4.3.2); numbers itself.
    [[nodiscard]] std::vector<std::uint8_t> rib_entry(const Prefix& prefix,
                                                      std::span<const MrtPath> paths);

private:
    std::uint32_t unix_seconds_;
    std::uint32_t sequence_ = 0;
};

}  // namespace torii::monitoring
