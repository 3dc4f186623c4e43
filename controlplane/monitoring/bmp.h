#pragma once

#include "controlplane/bgp/message.h"
#include "controlplane/bgp/notification.h"
#include "controlplane/bgp/types.h"
#include "controlplane/monitoring/unix_time.h"
#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// Messages of the BGP Monitoring Protocol, version 3 (RFC 7854). They go one way: to the collector.
namespace torii::monitoring {

using Octets = std::vector<std::uint8_t>;

// Section 4.2: whom a message is about.
struct BmpPeer {
    IpAddress address;
    bgp::Asn as;
    bgp::RouterId router_id;
    bool post_policy = false;   // L flag: as import policy left it
    bool two_octet_as = false;  // A flag: the UPDATE inside has two-octet AS numbers
    UnixTime time{0};           // when what is told happened; 0: not known
};

// Section 4.10: the ends of the session, and both OPENs with their headers.
struct BmpPeerUp {
    IpAddress local_address;
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    Octets sent_open;
    Octets received_open;
};

// Section 4.9.
enum class BmpDownReason : std::uint8_t {
    local_notification = 1,   // with our NOTIFICATION
    local_event = 2,          // with the number of the FSM event (RFC 4271 section 8.1)
    remote_notification = 3,  // with the peer's NOTIFICATION
    remote_closed = 4,
    deconfigured = 5,  // the peer will not be told of any more
};

// FSM events of RFC 4271 section 8.1 that end a session without a NOTIFICATION of ours.
inline constexpr std::uint16_t kEventManualStop = 2;
inline constexpr std::uint16_t kEventTcpConnectionFails = 18;

struct BmpPeerDown {
    BmpDownReason reason = BmpDownReason::remote_closed;
    Octets notification;      // a whole message, for both notification reasons
    std::uint16_t event = 0;  // for local_event
};

// Section 4.8; what is absent is not told.
struct BmpStatistics {
    std::optional<std::uint32_t> rejected_by_policy;
    std::optional<std::uint32_t> as_path_loops;
    std::optional<std::uint32_t> treated_as_withdraw;  // UPDATE messages (RFC 7606)
    std::uint64_t adj_rib_in = 0;
    struct PerFamily {
        bgp::Family family = bgp::Family::ipv4_unicast;
        std::uint64_t adj_rib_in = 0;
    };
    std::vector<PerFamily> families;
};

// Section 4.3. Names are cut to 4096 octets.
[[nodiscard]] Octets bmp_initiation(std::string_view system_name, std::string_view description);
// Section 4.5, administratively closed.
[[nodiscard]] Octets bmp_termination(std::string_view reason);
[[nodiscard]] Octets bmp_peer_up(const BmpPeer& peer, const BmpPeerUp& up);
[[nodiscard]] Octets bmp_peer_down(const BmpPeer& peer, const BmpPeerDown& down);
// Section 4.6: one whole UPDATE message of the peer, or an End-of-RIB.
[[nodiscard]] Octets bmp_route_monitoring(const BmpPeer& peer, Bytes update);
[[nodiscard]] Octets bmp_statistics(const BmpPeer& peer, const BmpStatistics& statistics);

}  // namespace torii::monitoring
