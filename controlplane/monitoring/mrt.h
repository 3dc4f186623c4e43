#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/types.h"
#include "controlplane/monitoring/unix_time.h"
#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// Records of the MRT format (RFC 6396), which bgpdump and the tools of route collectors read: dumps
// of a table (TABLE_DUMP_V2, section 4.3) and messages (BGP4MP_ET).
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

// The ends of a session of which messages are recorded.
struct MrtSession {
    bgp::Asn peer_as;
    bgp::Asn local_as;
    IpAddress peer;
    IpAddress local;
    bool two_octet_as = false;  // AS numbers in the messages have two octets
    bgp::FamilySet add_path;    // families whose prefixes have path identifiers
};

// A message that was received (RFC 6396 sections 3 and 4.4.3, BGP4MP_ET; RFC 8050).
[[nodiscard]] std::vector<std::uint8_t> mrt_message(UnixTime time, const MrtSession& session,
                                                    Bytes message);
// Section 4.4.4, with states as RFC 4271 numbers them; `up` as after it.
[[nodiscard]] std::vector<std::uint8_t> mrt_state_change(UnixTime time, const MrtSession& session,
                                                         bool up);

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
