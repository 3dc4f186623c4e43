#pragma once

#include "controlplane/bgp/action.h"
#include "controlplane/bgp/config.h"

#include <array>
#include <cstdint>
#include <set>
#include <utility>

namespace torii::bgp {

// What a helper does with the routes of one peer when its session goes and comes back (RFC 4724
// section 4.2, RFC 8538 section 4), and when it stays away longer (RFC 9494 section 4.2).
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
    // Of these: kept beyond the restart time, as a last resort.
    [[nodiscard]] FamilySet long_lived() const { return long_lived_; }
    // The session is away and its routes are kept.
    [[nodiscard]] bool waiting_for_peer() const {
        return restart_timer_ || (away_ && !long_lived_.empty());
    }

private:
    // The restart time is over: what may stay longer does, the rest goes.
    void outlast(Actions& actions);
    void sweep(FamilySet families, Actions& actions);
    void forget_long_lived(FamilySet families, Actions& actions);
    void stop_restart_timers(Actions& actions);
    [[nodiscard]] Seconds long_lived_time(const Negotiated& negotiated, Family family) const;

    GracefulRestartConfig config_;
    FamilySet stale_;
    FamilySet long_lived_;
    std::array<Seconds, 2> long_lived_time_{};  // of the last session, by family
    bool away_ = false;
    bool restart_timer_ = false;
    bool stale_timer_ = false;
};

// The restarting side (RFC 4724 section 4.1): selection waits until every peer that is expected has
// told all its routes. Peers are numbered by the caller. A cap on the time is the caller's. The
// same for any start, if it is asked to wait for all: FRR's update-delay.
class SelectionDeferral {
public:
    using PeerNumber = std::uint32_t;

    // Also for peers without graceful restart, and for those that nobody knew of before. Who sends
    // no End-of-RIB has told everything by its first KEEPALIVE in the session.
    void wait_for_all() { all_ = true; }
    // Before the first session: every peer whose routes are to be waited for. `came`: it came by
    // itself, so that it has never been waited for.
    void expect(PeerNumber peer, bool came = false);
    // Its End-of-RIBs are due. Peers that have restarted too (R bit) or will send none (no graceful
    // restart capability) are not waited for.
    void session_up(PeerNumber peer, const Negotiated& negotiated);
    // Its session ended before its last End-of-RIB: it is waited for again.
    void session_down(PeerNumber peer);
    void end_of_rib(PeerNumber peer, Family family);
    void keepalive(PeerNumber peer);
    // Those that have no session are not waited for any longer.
    void forget_absent() { absent_.clear(); }
    // It is no longer configured, or stopped.
    void forget(PeerNumber peer);

    // Nothing is waited for any more.
    [[nodiscard]] bool complete() const { return absent_.empty() && due_.empty(); }

private:
    bool all_ = false;
    std::set<PeerNumber> absent_;                  // no session yet
    std::set<std::pair<PeerNumber, Family>> due_;  // End-of-RIBs
};

}  // namespace torii::bgp
