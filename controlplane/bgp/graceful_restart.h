#pragma once

#include "controlplane/bgp/action.h"
#include "controlplane/bgp/config.h"

#include <cstdint>
#include <set>
#include <utility>

namespace torii::bgp {

// What a helper does with the routes of one peer when its session goes and comes back (RFC 4724
// section 4.2, RFC 8538 section 4).
class RestartHelper {
public:
    explicit RestartHelper(const GracefulRestartConfig& config) : config_(config) {}

    void update(const GracefulRestartConfig& config) { config_ = config; }

    [[nodiscard]] Actions session_down(const SessionDown& down, const Negotiated& negotiated);
    [[nodiscard]] Actions session_up(const Negotiated& negotiated);
    [[nodiscard]] Actions end_of_rib(Family family);
    [[nodiscard]] Actions timer_expired(TimerKind kind);
    // The peer was stopped: nothing is kept.
    [[nodiscard]] Actions cancel();

    // Families with routes that are marked stale.
    [[nodiscard]] FamilySet stale() const { return stale_; }
    // The session is away and its routes are kept.
    [[nodiscard]] bool waiting_for_peer() const { return restart_timer_; }

private:
    void sweep(FamilySet families, Actions& actions);
    void stop_timers(Actions& actions);

    GracefulRestartConfig config_;
    FamilySet stale_;
    bool restart_timer_ = false;
    bool stale_timer_ = false;
};

// The restarting side (RFC 4724 section 4.1): selection waits until every peer that is expected has
// told all its routes. Peers are numbered by the caller. A cap on the time is the caller's.
class SelectionDeferral {
public:
    using PeerNumber = std::uint32_t;

    // Before the first session: every peer whose routes are to be waited for.
    void expect(PeerNumber peer);
    // Its End-of-RIBs are due. Peers that have restarted too (R bit) or will send none (no graceful
    // restart capability) are not waited for.
    void session_up(PeerNumber peer, const Negotiated& negotiated);
    // Its session ended before its last End-of-RIB: it is waited for again.
    void session_down(PeerNumber peer);
    void end_of_rib(PeerNumber peer, Family family);
    // It is no longer configured, or stopped.
    void forget(PeerNumber peer);

    // Nothing is waited for any more.
    [[nodiscard]] bool complete() const { return absent_.empty() && due_.empty(); }

private:
    std::set<PeerNumber> absent_;                  // no session yet
    std::set<std::pair<PeerNumber, Family>> due_;  // End-of-RIBs
};

}  // namespace torii::bgp
