#pragma once

#include "controlplane/bgp/message.h"
#include "controlplane/bgp/notification.h"
#include "controlplane/bgp/types.h"
#include "controlplane/bgp/update.h"
#include "platform/base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace torii::bgp {

enum class TimerKind : std::uint8_t {
    connect_retry,
    hold,
    keepalive,
    send_hold,        // the peer must take what we send before (RFC 9687)
    framing,          // a message that has begun must be whole before; only without a hold timer
    idle_hold,        // of the peer: no session until it ends
    restart,          // of the peer: it must be back before (RFC 4724 section 4.2)
    stale,            // of the peer: its End-of-RIB must have come before
    long_lived_ipv4,  // of the peer: its long-lived stale routes go (RFC 9494 section 4.2)
    long_lived_ipv6,
};
inline constexpr std::size_t kTimerKinds = 10;
[[nodiscard]] constexpr TimerKind long_lived_timer(Family family) {
    return family == Family::ipv4_unicast ? TimerKind::long_lived_ipv4 : TimerKind::long_lived_ipv6;
}

// What both OPENs of a session agreed on.
struct Negotiated {
    Asn local_as;
    Asn remote_as;
    RouterId remote_id;
    bool internal = false;
    Seconds hold_time{0};  // zero: no keepalives
    Seconds keepalive{0};
    FamilySet families;
    bool four_octet_as = false;
    bool route_refresh = false;
    bool enhanced_refresh = false;  // RFC 7313
    bool extended_message = false;
    bool extended_next_hop = false;
    FamilySet add_path_receive;  // the peer's prefixes have path identifiers (RFC 7911)
    FamilySet add_path_send;     // ours have
    // What the peer announced, if we are its helper; and whether both have the N bit of RFC 8538.
    std::optional<GracefulRestartCapability> graceful_restart;
    bool restart_on_notification = false;
    std::optional<LongLivedCapability> long_lived;  // likewise, beside graceful restart
    Capabilities peer_capabilities;

    [[nodiscard]] UpdateContext update_context() const;

    friend bool operator==(const Negotiated&, const Negotiated&) = default;
};

enum class DownReason : std::uint8_t {
    stopped,            // we were told to, and sent `notification` if there was a session
    connection_lost,    // TCP ended without a NOTIFICATION
    notification_sent,  // an error of the peer; hold timer expiry too
    notification_received,
    replaced,  // the peer came back on a new connection (RFC 4724 section 4.2)
};

// Actions of a session or of a peer. A driver carries them out in their order.
struct Connect {  // dial; answered by TcpConnected or TcpFailed
    friend bool operator==(const Connect&, const Connect&) = default;
};
struct Disconnect {  // let out what was sent before, then close
    friend bool operator==(const Disconnect&, const Disconnect&) = default;
};
struct Send {  // one message
    std::vector<std::uint8_t> bytes;
    friend bool operator==(const Send&, const Send&) = default;
};
struct StartTimer {  // restarts it when it runs
    TimerKind kind = TimerKind::hold;
    std::chrono::milliseconds delay{0};
    friend bool operator==(const StartTimer&, const StartTimer&) = default;
};
struct StopTimer {
    TimerKind kind = TimerKind::hold;
    friend bool operator==(const StopTimer&, const StopTimer&) = default;
};
struct SessionUp {  // Established: send the table, then End-of-RIB of each family
    Negotiated negotiated;
    friend bool operator==(const SessionUp&, const SessionUp&) = default;
};
struct SessionDown {  // only after a SessionUp
    DownReason reason = DownReason::stopped;
    std::optional<Notification> notification;
    friend bool operator==(const SessionDown&, const SessionDown&) = default;
};
struct Deliver {  // stands where what was received is read into
    const Update* update = nullptr;
    friend bool operator==(const Deliver& left, const Deliver& right) {
        return *left.update == *right.update;
    }
};
struct RefreshBegin {  // all routes of a family come again; what does not come is gone (RFC 7313)
    Family family = Family::ipv4_unicast;
    friend bool operator==(const RefreshBegin&, const RefreshBegin&) = default;
};
struct RefreshEnd {
    Family family = Family::ipv4_unicast;
    friend bool operator==(const RefreshEnd&, const RefreshEnd&) = default;
};
struct Refresh {  // the peer asks for our routes of a family again (RFC 2918)
    Family family = Family::ipv4_unicast;
    friend bool operator==(const Refresh&, const Refresh&) = default;
};
// What becomes of the routes learned from the peer; never contradictory within one list.
struct MarkStale {  // all of these families: keep them, but marked (RFC 4724 section 4.2)
    FamilySet families;
    bool silent = false;  // the peer said nothing for the hold time: it may not be there at all
    friend bool operator==(const MarkStale&, const MarkStale&) = default;
};
struct MarkLongLived {  // the stale ones: LLGR_STALE, or gone with NO_LLGR (RFC 9494 section 4.2)
    FamilySet families;
    friend bool operator==(const MarkLongLived&, const MarkLongLived&) = default;
};
struct SweepStale {  // those still marked go
    FamilySet families;
    friend bool operator==(const SweepStale&, const SweepStale&) = default;
};
struct Flush {  // all go
    FamilySet families;
    friend bool operator==(const Flush&, const Flush&) = default;
};

using Action =
    std::variant<Connect, Disconnect, Send, StartTimer, StopTimer, SessionUp, SessionDown, Deliver,
                 Refresh, RefreshBegin, RefreshEnd, MarkStale, MarkLongLived, SweepStale, Flush>;
using Actions = std::vector<Action>;

// "send OPEN as 65000 hold 90", "start hold 9s": for tests, traces and logs.
[[nodiscard]] std::string text(const Action& action);
[[nodiscard]] std::string text(const SessionDown& down);
[[nodiscard]] std::string_view text(TimerKind kind);

}  // namespace torii::bgp
