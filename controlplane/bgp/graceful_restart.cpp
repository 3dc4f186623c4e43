#include "controlplane/bgp/graceful_restart.h"

#include <algorithm>

namespace torii::bgp {

namespace {

// RFC 4724 section 4.2: only when the connection went without a word. With the N bit of both, a
// NOTIFICATION or an expired hold timer counts as that, unless it is a Hard Reset (RFC 8538
// section 4).
bool keeps_routes(const SessionDown& down, const Negotiated& negotiated) {
    if (!negotiated.graceful_restart || negotiated.graceful_restart->time.count() == 0) {
        return false;
    }
    switch (down.reason) {
        case DownReason::connection_lost:
        case DownReason::replaced: return true;
        case DownReason::stopped:
        case DownReason::notification_sent:
        case DownReason::notification_received: break;
    }
    return negotiated.restart_on_notification && down.notification &&
           !is_hard_reset(*down.notification);
}

}  // namespace

Actions RestartHelper::session_down(const SessionDown& down, const Negotiated& negotiated) {
    Actions actions;
    FamilySet kept;
    if (keeps_routes(down, negotiated)) {
        kept = negotiated.graceful_restart->families & negotiated.families;
    }
    // What is still stale from the restart before does not survive a second one.
    sweep(stale_ & kept, actions);
    stop_timers(actions);
    const FamilySet lost = negotiated.families - kept;
    if (!lost.empty()) actions.emplace_back(Flush{lost});
    stale_ = kept;
    if (kept.empty()) return actions;
    actions.emplace_back(MarkStale{kept});
    restart_timer_ = true;
    actions.emplace_back(StartTimer{
        TimerKind::restart, std::min(negotiated.graceful_restart->time, config_.stale_time_max)});
    return actions;
}

Actions RestartHelper::session_up(const Negotiated& negotiated) {
    Actions actions;
    stop_timers(actions);
    // RFC 4724 section 4.2: no capability, no such family or no F bit: the routes go at once.
    FamilySet intact;
    if (negotiated.graceful_restart) {
        intact = negotiated.graceful_restart->forwarding & negotiated.families;
    }
    sweep(stale_ - intact, actions);
    if (!stale_.empty()) {
        stale_timer_ = true;
        actions.emplace_back(StartTimer{TimerKind::stale, config_.stale_time_max});
    }
    return actions;
}

Actions RestartHelper::end_of_rib(Family family) {
    Actions actions;
    sweep(stale_ & FamilySet{family}, actions);
    if (stale_.empty()) stop_timers(actions);
    return actions;
}

Actions RestartHelper::timer_expired(TimerKind kind) {
    Actions actions;
    bool& running = kind == TimerKind::restart ? restart_timer_ : stale_timer_;
    if (!running) return actions;
    running = false;
    sweep(stale_, actions);
    return actions;
}

Actions RestartHelper::cancel() {
    Actions actions;
    sweep(stale_, actions);
    stop_timers(actions);
    return actions;
}

void RestartHelper::sweep(FamilySet families, Actions& actions) {
    if (families.empty()) return;
    stale_ = stale_ - families;
    actions.emplace_back(SweepStale{families});
}

void RestartHelper::stop_timers(Actions& actions) {
    if (std::exchange(restart_timer_, false)) actions.emplace_back(StopTimer{TimerKind::restart});
    if (std::exchange(stale_timer_, false)) actions.emplace_back(StopTimer{TimerKind::stale});
}

void SelectionDeferral::expect(PeerNumber peer) {
    absent_.insert(peer);
}

void SelectionDeferral::session_up(PeerNumber peer, const Negotiated& negotiated) {
    if (absent_.erase(peer) == 0) return;
    const auto& restart = negotiated.peer_capabilities.graceful_restart;
    if (!restart || restart->restarting) return;
    for (const Family family : kFamilies) {
        if (negotiated.families.contains(family)) due_.emplace(peer, family);
    }
}

void SelectionDeferral::session_down(PeerNumber peer) {
    const auto erased = std::erase_if(due_, [&](const auto& due) { return due.first == peer; });
    if (erased != 0) absent_.insert(peer);
}

void SelectionDeferral::end_of_rib(PeerNumber peer, Family family) {
    due_.erase({peer, family});
}

void SelectionDeferral::forget(PeerNumber peer) {
    absent_.erase(peer);
    std::erase_if(due_, [&](const auto& due) { return due.first == peer; });
}

}  // namespace torii::bgp
